"""The operator's own language model: one OpenAI-compatible endpoint, asked over HTTP.

Its address is configuration of the installation, which no tenant can set, so it may well be
localhost or a machine of the private network; what `karvo.kit.outgoing` forbids is for addresses
that tenants choose (decision 0021). Nothing is followed, nothing of the environment is added.
"""

import os
import threading
import time
import typing

import msgspec

from karvo.config import config
from karvo.kit.lazy import lazy
from karvo.kit.log import log
from karvo.kit.outgoing import BadAddress, target_of

_requests = lazy('requests')

SECONDS = 10.0  #: for a question, a second attempt included
REST_SECONDS = 30.0  #: after it failed to answer it is left alone for so long
LARGEST = 200_000  #: bytes of a reply

Messages = list[dict[str, str]]


class NoAnswer(Exception):
    """Not reached, too slow, or what came back is no completion."""


class _Said(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    message: _Said


class _Completion(msgspec.Struct):
    choices: typing.Annotated[list[_Choice], msgspec.Meta(min_length=1)]


class _Rest:
    """A model that fails would cost every question its whole time: it is asked again later."""

    def __init__(self) -> None:
        self._until = 0.0
        self._lock = threading.Lock()

    def is_over(self) -> bool:
        return time.monotonic() >= self._until

    def begin(self) -> None:
        with self._lock:
            self._until = time.monotonic() + REST_SECONDS

    def end(self) -> None:
        with self._lock:
            self._until = 0.0


rest = _Rest()


def is_configured() -> bool:
    """Whether the operator named a model."""
    return bool(config.llm_base_url and config.llm_model)


def endpoint_url() -> str:
    """Where completions are asked for."""
    return f'{config.llm_base_url.rstrip("/")}/chat/completions'


def request_body(messages: Messages, schema: dict[str, typing.Any]) -> bytes:
    """What is posted: nothing random, an answer of this schema."""
    return msgspec.json.encode(
        {
            'model': config.llm_model,
            'temperature': 0,
            'messages': messages,
            'response_format': {
                'type': 'json_schema',
                'json_schema': {'name': 'semantic_query', 'schema': schema},
            },
        }
    )


def complete(body: bytes, deadline: float) -> str:
    """The text that the model answers, before `deadline` (monotonic seconds). Raises NoAnswer."""
    if not rest.is_over():
        raise NoAnswer('it failed a moment ago')
    try:
        text = _content(_posted(body, deadline))
    except (_requests.RequestException, BadAddress, msgspec.DecodeError, TimeoutError) as error:
        rest.begin()
        # The kind alone: a message of theirs may quote the request.
        log.warning('the language model did not answer', error=type(error).__name__)
        raise NoAnswer(type(error).__name__) from None
    rest.end()
    return text


def _content(body: bytes) -> str:
    completion = msgspec.json.decode(body, type=_Completion)
    return completion.choices[0].message.content or ''


def _posted(body: bytes, deadline: float) -> bytes:
    target_of(endpoint_url())  # raises BadAddress for credentials in it, or no host
    headers = {'Content-Type': 'application/json', 'Accept': 'application/json'}
    if config.llm_api_key:
        headers['Authorization'] = f'Bearer {config.llm_api_key}'
    with _requests.Session() as session:
        session.trust_env = False  # no proxies, no .netrc
        session.verify = os.environ.get('SSL_CERT_FILE') or True
        left = max(0.1, deadline - time.monotonic())
        with session.post(
            endpoint_url(),
            data=body,
            headers=headers,
            timeout=left,
            stream=True,
            allow_redirects=False,
        ) as reply:
            if reply.status_code != 200:
                raise _requests.HTTPError(f'status {reply.status_code}')
            return _read(reply, deadline)


def _read(reply: typing.Any, deadline: float) -> bytes:
    """The whole body, as long as it is neither too long nor too slow."""
    found = b''
    # Small parts, each with its own wait: a large one would be waited for as long as it drips.
    for part in reply.iter_content(256):
        found += part
        if len(found) > LARGEST or time.monotonic() > deadline:
            raise TimeoutError('too long or too slow')
    return found
