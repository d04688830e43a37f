"""Puts it all together: modules and plugins → routes. The only module that imports everything."""

import functools
import typing

import falcon

import karvo
from karvo.batch import routes as batch
from karvo.billing.routes import routes as billing
from karvo.config import config
from karvo.customers.routes import routes as customers
from karvo.events.routes import routes as events
from karvo.invoices.routes import routes as invoices
from karvo.kit import crypto, log, openapi
from karvo.kit.db import database
from karvo.kit.http import JSON, Resource, encode, make_app
from karvo.kit.origin import default_origin, origin_of
from karvo.kit.pages import open_to_all
from karvo.kit.wordpress import WordPress
from karvo.ledger.routes import routes as ledger
from karvo.pricing.routes import routes as pricing
from karvo.products.routes import routes as products
from karvo.se_erp import se_erp
from karvo.settings.routes import routes as settings
from karvo.site.examples import EXAMPLES
from karvo.site.routes import site_routes
from karvo.taxes.routes import routes as taxes
from karvo.warehouses.routes import routes as warehouses
from tenants.access import share_with_other_machines
from tenants.middleware import RequestLog, Tenancy
from tenants.models import control
from tenants.monitoring import routes as monitoring
from tenants.routes import routes as tenants
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
    *pricing,
    *invoices,
    *billing,
    ('/openapi.json', OpenApi()),
    *wordpress,
]


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
    )


@functools.lru_cache(maxsize=16)
def _written(origin: str) -> bytes:
    return encode(se_erp_document(origin))


def create_app() -> falcon.App[falcon.Request, falcon.Response]:
    """The WSGI application; refuses to start on a weak secret (README §2)."""
    log.configure()
    if config.secret_key:
        crypto.check_secret_key(config.secret_key)
    if not config.database_embedded:
        share_with_other_machines()
    wordpress = WordPress([*routes, *batch, *pages, *sign_in, *monitoring], se_erp)
    middleware = [RequestLog(), Tenancy([database, control]), wordpress]
    wordpress.app = make_app(wordpress.routes, middleware, se_erp, wordpress.router)
    return wordpress.app
