"""Finds out who asks before anything else is looked at (README, order of checks)."""

import contextlib
import typing

import falcon

from karvo.kit import clock, ids, metrics
from karvo.kit.actor import Actor
from karvo.kit.db import Database
from karvo.kit.errors import Forbidden, NoRoute, RateLimited, Unauthenticated
from karvo.kit.http import Endpoint, Resource, Response, endpoint_of
from karvo.kit.inside import ACTOR, BATCHED, CHECKED
from karvo.kit.log import log_request, request_id
from karvo.kit.methods import is_rest
from tenants.access import authenticate, client_ip
from tenants.scopes import PAYING
from tenants.signing import keep_received

NOBODY = Actor(kind='anonymous')
ALWAYS = {
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex',
    'cache-control': 'no-cache, must-revalidate, max-age=0, no-store, private',
}
NO_ROUTE = 'No route was found matching the URL and request method.'


class RequestLog:
    """A request id for every request, and one line of log for it."""

    def process_request(self, req: falcon.Request, resp: Response) -> None:
        given = req.env.get('HTTP_X_REQUEST_ID', '')
        is_sane = 8 <= len(given) <= 100 and given.isascii() and given.isprintable()
        req.context.request_id = given if is_sane else ids.request_id()
        req.context.started = clock.epoch()
        request_id.set(req.context.request_id)
        # From the start: pages say themselves how long they may be kept.
        resp.add({'x-request-id': req.context.request_id, **ALWAYS})

    def process_response(
        self,
        req: falcon.Request,
        resp: Response,
        resource: object,
        req_succeeded: bool,
    ) -> None:
        if ACTOR in req.env:
            return  # a part of another request, which has a line of its own
        actor = getattr(req.context, 'actor', NOBODY)
        status, seconds = resp.status_code, clock.epoch() - req.context.started
        metrics.count_request((req.uri_template, req.method, status), seconds)
        log_request(
            method=req.method,
            path=req.path,
            status=status,
            ms=round(seconds * 1000, 1),
            tenant=actor.tenant_slug,
            ip=actor.ip or client_ip(req),
            request_id=req.context.request_id,
        )
        request_id.set('')


def preferred_language(header: str) -> str:
    """fr or en, whichever an Accept-Language header names first; '' for neither."""
    if not header:
        return ''
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
        req.context.resource = resource
        req.context.actor = NOBODY
        if resource.dialect.headers:
            resp.add(resource.dialect.headers)
        if req.method == 'OPTIONS' and is_rest(resource):
            _recognize(req, resource)
            return
        spec = endpoint_of(resource, req.method)
        if spec is None:
            raise NoRoute(NO_ROUTE)
        if spec.scope is None:
            if 'HTTP_X_SIGNATURE' in req.env:
                keep_received(req)  # a batch: its parts are signed by the whole of it
            return
        if ACTOR in req.env:
            req.context.actor = req.env[ACTOR]
            _check(req.context.actor, resource, spec)
            return
        is_counted = req.env.get(BATCHED) != CHECKED
        actor, verdict = authenticate(
            req,
            resource.dialect,
            is_counted,
            request_id=req.context.request_id,
            language=preferred_language(req.env.get('HTTP_ACCEPT_LANGUAGE', '')),
        )
        req.context.actor = actor
        resp.add(
            {
                'x-ratelimit-limit': str(verdict.limit),
                'x-ratelimit-remaining': str(verdict.remaining),
                'x-ratelimit-reset': str(verdict.reset),
            }
        )
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
        if getattr(req.context, 'actor', NOBODY).is_sandbox:
            resp.add({'x-sandbox': 'true'})
        for database in self.databases:
            database.recycle()


def _check(actor: Actor, resource: Resource, spec: Endpoint) -> None:
    if resource.plugin in actor.plugins_off:
        raise NoRoute(NO_ROUTE)
    if actor.place is None and not spec.is_platform:
        raise Forbidden('a platform key belongs to no company')
    if actor.is_suspended and spec.is_write:
        raise Forbidden('tenant suspended')
    if actor.is_unpaid and spec.is_write and spec.scope != PAYING:
        raise Forbidden('the plan is not paid: see GET /billing-plan', code='erp_plan_unpaid')


def _recognize(req: falcon.Request, resource: Resource) -> None:
    """OPTIONS is open to all; who shows a good credential is told what he may do (Allow)."""
    if 'HTTP_X_SE_ERP_KEY' in req.env or 'HTTP_AUTHORIZATION' in req.env:
        with contextlib.suppress(Unauthenticated):
            actor, verdict = authenticate(req, resource.dialect)
            if not verdict.allowed:
                raise RateLimited('Rate limit exceeded', verdict.retry_after)
            req.context.actor = actor
