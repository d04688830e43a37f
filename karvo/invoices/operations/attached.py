"""That something hangs on a document: it was shipped, backordered or claimed, now or ever."""

import typing

from karvo.kit.db import database

MARK = """
UPDATE @document SET has_attached = true WHERE id = ANY(%(ids)s::bigint[]) AND NOT has_attached"""


def mark_attached(document_ids: typing.Iterable[int | None]) -> None:
    """Say so in the rows of these documents, once; None is of no document.

    For whoever makes a row that names one and holds its lock. It is no change of the document: no
    version, no event. Nobody takes it back: an answer that looks in vain shows nothing.
    """
    ids = sorted({id for id in document_ids if id is not None})
    if ids:
        database.run(MARK, {'ids': ids})
