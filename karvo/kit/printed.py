"""Printed documents over HTTP: the parameter `lang`, the answer with its name and languages."""

import re
import typing

import msgspec
from msgspec import Meta

from karvo.kit.http import Media, Reply
from karvo.kit.words import Form

#: What a responder of a document is annotated with.
Pdf = typing.Annotated[Reply, Media('application/pdf')]

Lang = typing.Annotated[
    str, Meta(description='fr, en or fr+en (French first)', examples=['fr', 'en', 'fr+en'])
]
UNSAFE = re.compile(r'[^A-Za-z0-9._-]+')


class PrintQuery(msgspec.Struct, kw_only=True):
    """The language of a document; its own when absent (L-1)."""

    lang: Lang | None = None


def languages_header(form: Form) -> dict[str, str]:
    """Says in which languages an answer is, since it may not be as asked (L-1)."""
    return {'Content-Language': ', '.join(form)}


def file_name(name: str) -> str:
    """A name that every system takes: `name.pdf`."""
    return f'{UNSAFE.sub("-", name).strip("-.") or "document"}.pdf'


def pdf_reply(body: bytes, name: str, form: Form) -> Reply:
    """The document, shown by browsers and saved as `name.pdf`."""
    headers = {
        'Content-Type': 'application/pdf',
        'Content-Disposition': f'inline; filename="{file_name(name)}"',
        **languages_header(form),
    }
    return Reply(body, headers)
