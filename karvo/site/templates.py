"""HTML out of the files under `templates/`: `$name` is replaced, and escaped on the way."""

import pathlib
from collections.abc import Mapping

from karvo.kit import pages

TEMPLATES = pathlib.Path(__file__).parent / 'templates'


def fill(name: str, values: Mapping[str, str]) -> str:
    """The page; KeyError on a `$name` that `values` lacks."""
    return pages.fill(TEMPLATES / name, values)
