"""Finds out who asks before anything else is looked at (README, order of checks)."""

import contextlib
import random
import typing

import falcon

from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.db import Database
from karvo.kit.ended import Ended, tell
from karvo.kit.errors import Forbidden, NoRoute, RateLimited, Unauthenticated
from karvo.kit.http import Endpoint, Resource, Response, endpoint_of
from karvo.kit.inside import ACTOR, BATCHED, CHECKED
from karvo.kit.log import request_id
from karvo.kit.methods import is_rest
from tenants.access import authenticate, client_ip
from tenants.limits import Verdict
from tenants.scopes import PAYING
from tenants.signing import keep_received

NOBODY = Actor(kind='anonymous')
ALWAYS = {
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex',
    'cache-control': 'no-cache, must-revalidate, max-age=0, no-store, private',
}
SANDBOX = {'x-sandbox': 'true'}
NO_ROUTE = 'No route was found matching the URL and request method.'


class RequestLog:
    """A request id for every request, and one line of log for it."""

    def process_request(self, req: falcon.Request, resp: Response) -> None:
        given, context = req.env.get('HTTP_X_REQUEST_ID'), req.context
        name = given if given and _is_name(given) else ids.request_id()
        context.request_id, context.started = name, clock.epoch()
        request_id.set(name)
        # From the start: pages say themselves how long they may be kept.
        resp.add({'x-request-id': name, **ALWAYS})

    def process_response(
        self,
        req: falcon.Request,
        resp: Response,
        resource: object,
        req_succeeded: bool,
    ) -> None:
        if ACTOR in req.env:
            return  # a part of another request, which has a line of its own
        context = req.context
        actor: Actor = getattr(context, 'actor', NOBODY)
        tell(
            Ended(
                req.uri_template,
                req.method,
                req.path,
                resp.status_code,
                context.started,
                clock.epoch(),
                actor.tenant_slug,
                actor.ip or client_ip(req),
                context.request_id,
            )
        )
        request_id.set('')


def _is_name(given: str) -> bool:
    """Whether a client's own name for its request is fit for logs and headers."""
    return 8 <= len(given) <= 100 and given.isascii() and given.isprintable()


def preferred_language(header: str) -> str:
    """fr or en, whichever an Accept-Language header names first; '' for neither."""
    names = (part.strip()[:2].lower() for part in header.split(','))
    return next((name for name in names if name in ('fr', 'en')), '')


class Tenancy:
    """Credential → actor; rate headers; suspended tenants may read only."""

    def __init__(self, databases: typing.Sequence[Database]) -> None:
        self.databases = databases

    def process_resource(
        self,
        req: falcon.Request,
        resp: Response,
        resource: typing.Any,
        params: dict[str, typing.Any],
    ) -> None:
        context, env, method, dialect = req.context, req.env, req.method, resource.dialect
        context.resource, context.actor = resource, NOBODY
        if dialect.headers:
            resp.add(dialect.headers)
        if method == 'OPTIONS' and is_rest(resource):
            _recognize(req, resp, resource)
            return
        spec = context.spec = endpoint_of(resource, method)
        if spec is None:
            raise NoRoute(NO_ROUTE)
        if spec.scope is None:
            if 'HTTP_X_SIGNATURE' in env:
                keep_received(req)  # a batch: its parts are signed by the whole of it
            return
        if ACTOR in env:
            context.actor = env[ACTOR]
            _check(context.actor, resource, spec)
            return
        spoken = env.get('HTTP_ACCEPT_LANGUAGE')
        actor, verdict = authenticate(
            req,
            dialect,
            context.started,
            is_counted=env.get(BATCHED) != CHECKED,
            language=preferred_language(spoken) if spoken else '',
        )
        context.actor = actor
        resp.add(_told(actor, verdict))
        if not verdict.allowed:
            raise RateLimited('Rate limit exceeded', verdict.retry_after)
        _check(actor, resource, spec)

    def process_response(
        self,
        req: falcon.Request,
        resp: Response,
        resource: object,
        req_succeeded: bool,
    ) -> None:
        if not random.getrandbits(4):  # only who is busy has old connections, and comes again
            for database in self.databases:
                database.recycle()


def _told(actor: Actor, verdict: Verdict) -> dict[str, str]:
    """The headers that say what is left, and that it is not for real."""
    told = {
        'x-ratelimit-limit': str(verdict.limit),
        'x-ratelimit-remaining': str(verdict.remaining),
        'x-ratelimit-reset': str(verdict.reset),
    }
    return told | SANDBOX if actor.is_sandbox else told


def _check(actor: Actor, resource: Resource, spec: Endpoint) -> None:
    if resource.plugin in actor.plugins_off:
        raise NoRoute(NO_ROUTE)
    if actor.place is None and not spec.is_platform:
        raise Forbidden('a platform key belongs to no company')
    if actor.is_suspended and spec.is_write:
        raise Forbidden('tenant suspended')
    if actor.is_unpaid and spec.is_write and spec.scope != PAYING:
        raise Forbidden('the plan is not paid: see GET /billing-plan', code='erp_plan_unpaid')


def _recognize(req: falcon.Request, resp: Response, resource: Resource) -> None:
    """OPTIONS is open to all; who shows a good credential is told what he may do (Allow)."""
    if 'HTTP_X_SE_ERP_KEY' in req.env or 'HTTP_AUTHORIZATION' in req.env:
        with contextlib.suppress(Unauthenticated):
            actor, verdict = authenticate(req, resource.dialect, req.context.started)
            if not verdict.allowed:
                raise RateLimited('Rate limit exceeded', verdict.retry_after)
            req.context.actor = actor
            if actor.is_sandbox:
                resp.add(SANDBOX)
