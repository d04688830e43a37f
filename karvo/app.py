"""Puts it all together: modules and plugins → routes. The only module that imports everything."""

import contextlib
import functools
import typing

import falcon

import karvo
from karvo.ai import jobs as ai_jobs
from karvo.ai.routes import routes as ai
from karvo.analytics import jobs as analytics_jobs
from karvo.analytics.routes import routes as analytics
from karvo.backorders import jobs as backorders_jobs
from karvo.backorders.routes import routes as backorders
from karvo.batch import routes as batch
from karvo.billing.routes import routes as billing
from karvo.claims.routes import routes as claims
from karvo.cleaning import jobs as cleaning_jobs
from karvo.cleaning.routes import routes as cleaning
from karvo.config import config
from karvo.customers.routes import routes as customers
from karvo.events.routes import routes as events
from karvo.integrity import jobs as integrity_jobs
from karvo.invoices import jobs as invoices_jobs
from karvo.invoices.routes import routes as invoices
from karvo.kit import crypto, log, openapi, plugins
from karvo.kit.application import Rewriting, make_app
from karvo.kit.db import database
from karvo.kit.dialects import Dialect
from karvo.kit.errors import NoRoute
from karvo.kit.events import Event
from karvo.kit.http import JSON, Resource, encode
from karvo.kit.jobs import Carrier, Handler, Job, PlatformCarrier, PlatformJob
from karvo.kit.origin import default_origin, origin_of
from karvo.kit.pages import open_to_all
from karvo.kit.standing import found_by
from karvo.kit.structs import make_ready
from karvo.kit.wordpress import WordPress
from karvo.kit.work import after_commit
from karvo.ledger.routes import routes as ledger
from karvo.mail import jobs as mail_jobs
from karvo.payfiles import jobs as payfiles_jobs
from karvo.payfiles.routes import routes as payfiles
from karvo.payroll.calculator import routes as payroll_calculator
from karvo.payroll.routes import routes as payroll
from karvo.pricing import jobs as pricing_jobs
from karvo.pricing.routes import routes as pricing
from karvo.products.routes import routes as products
from karvo.receivables import jobs as receivables_jobs
from karvo.receivables.routes import routes as receivables
from karvo.se_erp import se_erp
from karvo.settings.routes import routes as settings
from karvo.shipments import jobs as shipments_jobs
from karvo.shipments.routes import routes as shipments
from karvo.site.examples import EXAMPLES
from karvo.site.routes import NO_PAGE, site, site_routes
from karvo.stripe import jobs as stripe_jobs
from karvo.stripe.client import load as load_stripe
from karvo.stripe.routes import routes as payments
from karvo.taxes.routes import routes as taxes
from karvo.warehouses.routes import routes as warehouses
from karvo.webhooks import jobs as webhooks_jobs
from karvo.webhooks.catalogue import openapi_webhooks
from karvo.webhooks.routes import routes as webhooks
from karvo.whmis import jobs as whmis_jobs
from karvo.whmis.routes import routes as whmis
from tenants import jobs as tenants_jobs
from tenants.access import share_with_other_machines
from tenants.grants import standing_of
from tenants.middleware import RequestLog, Tenancy
from tenants.models import control
from tenants.monitoring import routes as monitoring
from tenants.routes import routes as tenants
from tenants.stripe import jobs as tenants_stripe_jobs
from tenants.stripe.routes import routes as stripe
from tenants.wake import wake
from tenants.wordpress.authorize import routes as sign_in
from tenants.wordpress.routes import routes as wordpress

Routes = list[tuple[str, Resource]]


class OpenApi(Resource):
    """The API's own description."""

    dialect = se_erp

    @open_to_all(returns=dict[str, typing.Any])
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """This document."""
        resp.data = _written(se_erp.name, origin_of(req))
        resp.content_type = JSON


class Documents(Resource):
    """The description of every API that is spoken here."""

    dialect = site

    @open_to_all()
    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """That of the dialect with this name."""
        if name not in dialects:
            raise NoRoute(NO_PAGE)
        resp.data = _written(name, origin_of(req))
        resp.content_type = JSON


#: In the order in which they are documented, and looked for: the router compares an address with
#: one after the other.
routes: Routes = [
    *invoices,
    *billing,
    *customers,
    *products,
    *pricing,
    *tenants,
    *settings,
    *events,
    *ledger,
    *taxes,
    *warehouses,
    *whmis,
    *payroll,
    *payfiles,
    *backorders,
    *shipments,
    *receivables,
    *claims,
    *cleaning,
    *ai,
    *payroll_calculator,
    *analytics,
    *webhooks,
    *payments,
    *stripe,
    ('/openapi.json', OpenApi()),
    *wordpress,
]


def _routes_of_plugins() -> Routes:
    """All of them, in the plugins' order, each marked with whose it is."""
    found: Routes = []
    for plugin, own in plugins.gathered('routes', 'routes'):
        for path, resource in own:
            resource.plugin = plugin.name
            found.append((path, resource))
    return found


plugin_routes = _routes_of_plugins()


def _dialects() -> tuple[dict[str, Dialect], dict[str, plugins.Plugin]]:
    """(dialects, who brought them) by their names. Raises BadPlugin where one is spoken twice."""
    spoken, speakers = {se_erp.name: se_erp}, {}
    for plugin, dialect in plugins.gathered('dialect', 'dialect'):
        if dialect.name in spoken:
            raise plugins.BadPlugin(f'the plugin {plugin.name}: {dialect.name} is spoken already')
        spoken[dialect.name], speakers[dialect.name] = dialect, plugin
    return spoken, speakers


dialects, speakers = _dialects()

#: what modules have done outside of requests, by whom it may be extended
_edges: list[typing.Any] = [
    invoices_jobs,
    pricing_jobs,
    backorders_jobs,
    shipments_jobs,
    receivables_jobs,
    payfiles_jobs,
    whmis_jobs,
    cleaning_jobs,
    ai_jobs,
    analytics_jobs,
    webhooks_jobs,
    stripe_jobs,
    integrity_jobs,
    mail_jobs,
    tenants_jobs,
    tenants_stripe_jobs,
    *(module for _, module in plugins.parts('jobs')),
]
jobs: list[Job] = [job for edge in _edges for job in getattr(edge, 'jobs', [])]
platform_jobs: list[PlatformJob] = [
    job for edge in _edges for job in getattr(edge, 'platform_jobs', [])
]
carriers: list[Carrier] = [one for edge in _edges for one in getattr(edge, 'carriers', [])]
platform_carriers: list[PlatformCarrier] = [
    one for edge in _edges for one in getattr(edge, 'platform_carriers', [])
]


def _handlers() -> dict[str, list[Handler]]:
    """Modules map types of events to who handles them; here by the events' names."""
    found: dict[str, list[Handler]] = {}
    for edge in _edges:
        known: dict[type[Event], list[Handler]] = getattr(edge, 'handlers', {})
        for event, those in known.items():
            found.setdefault(event.name, []).extend(those)
    return found


handlers = _handlers()
found_by(standing_of)

#: for people, not for programs: in no document of an API
pages: Routes = [*site_routes(control), ('/openapi/{name}.json', Documents())]


def document_of(name: str = 'se-erp', origin: str = '') -> dict[str, typing.Any]:
    """OpenAPI 3.1 of a dialect; its samples ask `origin`, or where KARVO is by default.

    Raises KeyError for a dialect that is not installed.
    """
    dialect = dialects[name]
    return openapi.document(
        [*routes, *plugin_routes],
        dialect,
        karvo.__version__,
        origin=origin or default_origin(),
        examples=EXAMPLES if dialect is se_erp else _examples(name),
        webhooks=openapi_webhooks() if dialect is se_erp else None,
    )


def _examples(name: str) -> openapi.Examples:
    """What a dialect's plugin says of its own operations."""
    module = speakers[name].part('examples')
    return module.EXAMPLES if module else {}


@functools.lru_cache(maxsize=64)
def _written(name: str, origin: str) -> bytes:
    return encode(document_of(name, origin))


def create_app() -> falcon.App[falcon.Request, falcon.Response]:
    """The WSGI application; refuses to start on a weak secret (README §2)."""
    log.configure()
    after_commit(wake)
    if config.secret_key:
        crypto.check_secret_key(config.secret_key)
    if not config.database_embedded:
        share_with_other_machines()
    if config.stripe_webhook_secret:
        load_stripe()
    all_routes = [*routes, *plugin_routes, *batch, *pages, *sign_in, *monitoring]
    wordpress = WordPress(all_routes, se_erp)
    rewrites = (rewrite for _, rewrite in plugins.gathered('dialect', 'rewrite'))
    middleware = [Rewriting(rewrites), RequestLog(), Tenancy([database, control]), wordpress]
    wordpress.app = make_app(wordpress.routes, middleware, _worded(), wordpress.router)
    make_ready()
    return wordpress.app


def _worded() -> list[Dialect]:
    """Whose words an unknown address is answered in: one that is switched off has its own too."""
    known = list(dialects.values())
    for plugin in plugins.installed().values():
        if plugin not in plugins.active():
            with contextlib.suppress(plugins.BadPlugin):  # off, perhaps since it is broken
                part = plugin.part('dialect')
                known += [part.dialect] if part else []
    return known
