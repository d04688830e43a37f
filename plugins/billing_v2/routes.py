"""/api/v2: every resource of it, each in a file of its own."""

from karvo.kit.http import Resource

routes: list[tuple[str, Resource]] = []
