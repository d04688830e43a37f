"""When the external model is asked to read a question, and what is made of its answer.

The rules read first: at once, at no cost, the same every time. The model reads only what they do
not understand, never what they refuse (decision 0021). Its answer is a query like any other: judged
by the same validator, run with the asker's scopes, told by the same templates.
"""

import hashlib
import time

import msgspec

from karvo.ai import provider
from karvo.ai.briefing import answer_schema, briefing, read_answer
from karvo.ai.provider import Messages, NoAnswer
from karvo.ai.schemas import Context, Plan, Reading
from karvo.analytics.schemas import SemanticQuery
from karvo.kit.errors import Invalid
from karvo.settings.schemas import Settings

NOT_UNDERSTOOD = ('unknown', 'metric')  #: why a plan is no query, where a model may help
LONGEST_REPAIR = 2000  #: characters of a wrong answer that are shown to the model again
REPAIR = 'That is no valid query: {0}. Answer with the corrected JSON only.'


class Request(msgspec.Struct, frozen=True):
    """What would be asked; `digest` is of all that leaves and of where it goes."""

    message: str
    previous: SemanticQuery | None
    context: Context
    messages: Messages
    digest: str


def wants_model(plan: Plan, settings: Settings) -> bool:
    """Installed by the operator, wanted by the company, and the rules do not understand."""
    is_on = settings.ai_external == 'on' and provider.is_configured()
    return is_on and plan.query is None and plan.why in NOT_UNDERSTOOD


def request_of(message: str, previous: SemanticQuery | None, context: Context) -> Request:
    """The same question on the same day about the same names is the same request."""
    messages = [
        {'role': 'system', 'content': briefing(message, previous, context)},
        {'role': 'user', 'content': message},
    ]
    body = provider.request_body(messages, answer_schema())
    digest = hashlib.sha256(provider.endpoint_url().encode() + b'\n' + body).hexdigest()
    return Request(message, previous, context, messages, digest)


def consult(request: Request) -> Reading | None:
    """What the model reads; a wrong answer is shown to it once. None when it does not answer."""
    deadline = time.monotonic() + provider.SECONDS
    messages = list(request.messages)
    try:
        for _ in range(2):
            text = provider.complete(provider.request_body(messages, answer_schema()), deadline)
            try:
                query = read_answer(text, request.message, request.previous, request.context)
            except Invalid as error:
                messages += [
                    {'role': 'assistant', 'content': text[:LONGEST_REPAIR]},
                    {'role': 'user', 'content': REPAIR.format(error.message)},
                ]
            else:
                return Reading(digest=request.digest, query=query)
    except NoAnswer:
        return None
    return Reading(digest=request.digest)
