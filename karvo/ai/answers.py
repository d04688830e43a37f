"""A question asked of a company's books: read, planned, measured, said. Nothing is ever written."""

import datetime as dt

from karvo.ai import phrases
from karvo.ai.planner import plan
from karvo.ai.queries import labels_of
from karvo.ai.reads import read_names
from karvo.ai.schemas import Answer, Context, Language, Pending, Plan
from karvo.ai.sentences import Teller, chart_of
from karvo.analytics.model import the_model
from karvo.analytics.reads import MOST_TIME, run_query
from karvo.analytics.schemas import Result, SemanticQuery
from karvo.kit.actor import Actor
from karvo.kit.errors import Forbidden, missing
from karvo.kit.reading import TookTooLong, reading
from karvo.settings.reads import business_date, read_settings
from karvo.settings.schemas import Settings


def ask(
    message: str,
    previous: SemanticQuery | None = None,
    pending: Pending | None = None,
    *,
    actor: Actor,
    language: Language | None = None,
) -> Answer:
    """The answer to one turn of a conversation, in at most seven statements.

    `previous`: the query last answered; `pending`: what the last answer left open; `language`: of
    messages that show none (the company's). Raises Missing for an empty message.
    """
    if not message.strip():
        raise missing('message')
    plan_made: Plan | None = None
    try:
        with reading(MOST_TIME):
            settings = read_settings()
            today = business_date(settings)
            plan_made = _planned(message, previous, pending, settings, today, language)
            if plan_made.query is None:
                return said(plan_made)
            result = run_query(plan_made.query, today, actor=actor, language=plan_made.language)
    except Forbidden:
        return _refused(plan_made, 'scope', language)
    except TookTooLong:
        return _refused(plan_made, 'time', language)
    return told(plan_made, result, today, settings.currency)


def _planned(
    message: str,
    previous: SemanticQuery | None,
    pending: Pending | None,
    settings: Settings,
    today: dt.date,
    language: Language | None,
) -> Plan:
    context = Context(
        today=today,
        names=read_names(message),
        fiscal_start=settings.fiscal_year_start,
        language=language or settings.language,
    )
    made = plan(message, previous, pending, context)
    if made.query is not None:
        made.labels = labels_of(made.query, context)
    return made


def said(plan_made: Plan) -> Answer:
    """A question back or a refusal: no rows, no query."""
    language = plan_made.language
    if plan_made.kind == 'refusal':
        text = phrases.refusal(language, plan_made.why, plan_made.about)
    else:
        text = phrases.question(language, plan_made.why, plan_made.suggestions)
    return Answer(
        answer=text,
        kind=plan_made.kind,
        language=language,
        suggestions=plan_made.suggestions,
        pending=plan_made.pending,
    )


def told(plan_made: Plan, result: Result, today: dt.date, currency: str) -> Answer:
    """The figures, in words and as rows."""
    assert plan_made.query is not None
    return Answer(
        answer=Teller(plan_made, result, today, currency).sentence(),
        kind='result',
        language=plan_made.language,
        rows=result.rows,
        columns=result.columns,
        query=plan_made.query,
        chart=chart_of(plan_made.query, result),
        suggestions=plan_made.suggestions,
    )


def _refused(plan_made: Plan | None, why: str, language: Language | None) -> Answer:
    """Not allowed, or not in time; which figure it was."""
    spoken: Language = plan_made.language if plan_made else language or 'en'
    about = ''
    if plan_made and plan_made.query:
        metric = the_model().metrics[plan_made.query.metrics[0]]
        about = metric.label.of(spoken)
    return said(
        Plan(
            kind='refusal',
            language=spoken,
            why=why,
            about=about,
            suggestions=phrases.examples(spoken),
        )
    )
