"""What is read of a request before a responder sees it: its body, the version it expects."""

import falcon

from karvo.kit.errors import Malformed, PreconditionFailed, TooLarge
from karvo.kit.parameters import FORM, MULTIPART, form_as_json, parts_as_json

LARGEST_BODY = 1_000_000  #: bytes (G-16)
LONGEST_VERSION = 18  #: digits


def read_body(req: falcon.Request, largest: int = LARGEST_BODY) -> bytes:
    """The raw body, once: JSON, or a form made JSON; other types count as empty (WordPress)."""
    if (req.content_length or 0) > largest:
        raise TooLarge(f'The body must have at most {largest} bytes')
    body: bytes = req.bounded_stream.read(largest + 1)
    if len(body) > largest:
        raise TooLarge(f'The body must have at most {largest} bytes')
    if not body:
        return b''
    mime, _, options = (req.content_type or '').lower().partition(';')
    if mime.strip() == FORM:
        return form_as_json(body)
    if mime.strip() == MULTIPART:
        return parts_as_json(body, req.content_type or '')
    if not (mime.strip() == 'application/json' or mime.strip().endswith('+json')):
        return b''
    if 'charset' in options and 'utf-8' not in options and 'utf8' not in options:
        raise Malformed('Invalid JSON body passed.')
    return _checked_text(body)


def _checked_text(body: bytes) -> bytes:
    try:
        body.decode()
    except UnicodeDecodeError:
        raise Malformed('Invalid JSON body passed.') from None
    return body.removeprefix(b'\xef\xbb\xbf')


def expected_version(req: falcon.Request) -> int | None:
    """The version that If-Match names; None for any. Raises PreconditionFailed (G-8)."""
    tag = (req.get_header('If-Match') or '*').strip()
    if tag == '*':
        return None
    text = tag.removeprefix('W/').strip('"')
    # Longer ones are no version of anything, and Python reads no number of thousands of digits.
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST_VERSION:
        raise PreconditionFailed('If-Match names no version of this record')
    return int(text)
