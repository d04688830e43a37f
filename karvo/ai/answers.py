"""A question asked of a company's books: read, planned, measured, said. Nothing is ever written."""

import datetime as dt

import msgspec

from karvo.ai import phrases
from karvo.ai.consulting import Request, consult, request_of, wants_model
from karvo.ai.planner import plan
from karvo.ai.queries import labels_of
from karvo.ai.reads import read_names, read_reading
from karvo.ai.schemas import Answer, Context, Language, Pending, Plan, Reading
from karvo.ai.sentences import Teller, chart_of
from karvo.analytics.model import the_model
from karvo.analytics.reads import MOST_TIME, run_query
from karvo.analytics.schemas import Result, SemanticQuery
from karvo.kit.actor import Actor
from karvo.kit.db import database
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
    """The answer to one turn of a conversation, in at most five statements; seven with a model.

    `previous`: the query last answered; `pending`: what the last answer left open; `language`: of
    messages that show none (the company's). Raises Missing for an empty message.
    """
    if not message.strip():
        raise missing('message')
    return _Asking(message, previous, pending, actor, language).answer()


def answer_saved(query: SemanticQuery, *, actor: Actor, language: Language | None) -> Answer:
    """The answer to a semantic query that somebody kept. Raises Invalid."""
    return _Asking('', None, None, actor, language).answer_of(query)


class _Asking:
    """One question: what is found out in one transaction is used in the next."""

    def __init__(
        self,
        message: str,
        previous: SemanticQuery | None,
        pending: Pending | None,
        actor: Actor,
        language: Language | None,
    ):
        self.message, self.previous, self.pending = message, previous, pending
        self.actor, self.language = actor, language
        self.plan: Plan | None = None
        self.result: Result | None = None
        self.request: Request | None = None  #: what the model is to be asked
        self.reading: Reading | None = None  #: what it made of it just now

    def answer(self) -> Answer:
        """By the rules; what they cannot read by the model, outside of any transaction."""
        self._check_alone()
        try:
            with reading(MOST_TIME):
                self._prepare()
                self._plan()
                self._measure()
            if self.request is not None:
                self._consult(self.request)
        except Forbidden:
            return self._refused('scope')
        except TookTooLong:
            return self._refused('time')
        return self._said()

    def answer_of(self, query: SemanticQuery) -> Answer:
        """Of a query that needs no reading."""
        self._check_alone()
        try:
            with reading(MOST_TIME):
                self._prepare()
                spoken = self.language or self.settings.language
                self.plan = Plan(kind='result', language=spoken, query=query)
                self._measure()
        except Forbidden:
            return self._refused('scope')
        except TookTooLong:
            return self._refused('time')
        return self._said()

    def _check_alone(self) -> None:
        # Inside another transaction this one would begin nothing, and could write.
        if database.in_transaction():
            raise RuntimeError('a question is asked in a transaction of its own')

    def _prepare(self) -> None:
        self.settings: Settings = read_settings()
        self.today: dt.date = business_date(self.settings)
        self.context = Context(
            today=self.today,
            names=read_names(self.message, self.actor),
            fiscal_start=self.settings.fiscal_year_start,
            language=self.language or self.settings.language,
        )

    def _plan(self) -> None:
        """By rules, or by what the model made of the very same request before."""
        self.plan = plan(self.message, self.previous, self.pending, self.context)
        if not wants_model(self.plan, self.settings):
            return
        request = request_of(self.message, self.previous, self.context)
        known = read_reading(request.digest)
        if known is None:
            self.request = request
        elif known.query is not None:
            self.plan = self._by_model(known.query)

    def _by_model(self, query: SemanticQuery) -> Plan:
        assert self.plan is not None
        language = self.plan.language
        return Plan(kind='result', language=language, query=query, read_by='model')

    def _consult(self, request: Request) -> None:
        self.reading = consult(request)
        if self.reading is not None and self.reading.query is not None:
            self.plan = self._by_model(self.reading.query)
            with reading(MOST_TIME):
                self._measure()

    def _measure(self) -> None:
        if self.plan is None or self.plan.query is None:
            return
        query = self.plan.query
        self.plan.labels = labels_of(query, self.context)
        language = self.plan.language
        self.result = run_query(query, self.today, actor=self.actor, language=language)

    def _said(self) -> Answer:
        assert self.plan is not None
        if self.result is None:
            answer = said(self.plan)
        else:
            answer = told(self.plan, self.result, self.today, self.settings.currency)
        return msgspec.structs.replace(answer, reading=self.reading)

    def _refused(self, why: str) -> Answer:
        """Not allowed, or not in time; which figure it was."""
        spoken: Language = self.plan.language if self.plan else self.language or 'en'
        about = ''
        if self.plan and self.plan.query:
            metric = the_model().metrics[self.plan.query.metrics[0]]
            about = metric.label.of(spoken)
        refusal = Plan(
            kind='refusal',
            language=spoken,
            why=why,
            about=about,
            suggestions=phrases.examples(spoken),
        )
        return msgspec.structs.replace(said(refusal), reading=self.reading)


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
        why=plan_made.why,
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
        read_by=plan_made.read_by,
    )
