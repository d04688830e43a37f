"""HTML out of the files under `templates/`: `$name` is replaced, and escaped on the way."""

import functools
import html
import pathlib
import string
from collections.abc import Mapping

TEMPLATES = pathlib.Path(__file__).parent / 'templates'


@functools.cache
def _template(name: str) -> string.Template:
    return string.Template((TEMPLATES / name).read_text(encoding='utf-8'))


def fill(name: str, values: Mapping[str, str]) -> str:
    """The page; KeyError on a `$name` that `values` lacks."""
    return _template(name).substitute({key: html.escape(text) for key, text in values.items()})
