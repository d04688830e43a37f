"""Puts it all together: modules and plugins → routes. The only module that imports everything."""

import functools
import typing

import falcon

import karvo
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
from karvo.kit import crypto, log, openapi
from karvo.kit.db import database
from karvo.kit.events import Event
from karvo.kit.http import JSON, Resource, encode, make_app
from karvo.kit.jobs import Carrier, Handler, Job, PlatformCarrier, PlatformJob
from karvo.kit.origin import default_origin, origin_of
from karvo.kit.pages import open_to_all
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
from karvo.site.routes import site_routes
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

SCHEMES = {
    'apiKey': {'type': 'apiKey', 'in': 'header', 'name': 'X-SE-ERP-Key'},
    'applicationPassword': {'type': 'http', 'scheme': 'basic'},
}


class OpenApi(Resource):
    """The API's own description."""

    dialect = se_erp

    @open_to_all(returns=dict[str, typing.Any])
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """This document."""
        resp.data = _written(origin_of(req))
        resp.content_type = JSON


routes: Routes = [
    *tenants,
    *settings,
    *events,
    *ledger,
    *taxes,
    *customers,
    *products,
    *warehouses,
    *whmis,
    *pricing,
    *invoices,
    *billing,
    *payroll,
    *payfiles,
    *backorders,
    *shipments,
    *receivables,
    *claims,
    *cleaning,
    *payroll_calculator,
    *analytics,
    *webhooks,
    *payments,
    *stripe,
    ('/openapi.json', OpenApi()),
    *wordpress,
]


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
    analytics_jobs,
    webhooks_jobs,
    stripe_jobs,
    integrity_jobs,
    mail_jobs,
    tenants_jobs,
    tenants_stripe_jobs,
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

#: for people, not for programs: in no document of an API
pages: Routes = site_routes(control)


def se_erp_document(origin: str = '') -> dict[str, typing.Any]:
    """OpenAPI 3.1 of se-erp/v2; its samples ask `origin`, or where KARVO is by default."""
    return openapi.document(
        routes,
        se_erp,
        karvo.__version__,
        SCHEMES,
        origin=origin or default_origin(),
        examples=EXAMPLES,
        webhooks=openapi_webhooks(),
    )


@functools.lru_cache(maxsize=16)
def _written(origin: str) -> bytes:
    return encode(se_erp_document(origin))


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
    wordpress = WordPress([*routes, *batch, *pages, *sign_in, *monitoring], se_erp)
    middleware = [RequestLog(), Tenancy([database, control]), wordpress]
    wordpress.app = make_app(wordpress.routes, middleware, se_erp, wordpress.router)
    return wordpress.app
