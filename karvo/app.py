"""Puts it all together: modules and plugins → routes. The only module that imports everything."""

import typing

import falcon

import karvo
from karvo.billing.routes import routes as billing
from karvo.config import config
from karvo.customers.routes import routes as customers
from karvo.events.routes import routes as events
from karvo.invoices.routes import routes as invoices
from karvo.kit import crypto, log, openapi
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.http import Resource, endpoint, make_app
from karvo.ledger.routes import routes as ledger
from karvo.products.routes import routes as products
from karvo.se_erp import se_erp
from karvo.settings.routes import routes as settings
from karvo.taxes.routes import routes as taxes
from tenants.access import share_with_other_machines
from tenants.middleware import RequestLog, Tenancy
from tenants.models import control
from tenants.monitoring import routes as monitoring
from tenants.routes import routes as tenants

Routes = list[tuple[str, Resource]]

SCHEMES = {
    'apiKey': {'type': 'apiKey', 'in': 'header', 'name': 'X-SE-ERP-Key'},
    'applicationPassword': {'type': 'http', 'scheme': 'basic'},
}


class OpenApi(Resource):
    """The API's own description."""

    dialect = se_erp

    @endpoint(scope=None)
    def on_get(self, actor: Actor) -> dict[str, typing.Any]:
        """This document."""
        return se_erp_document()


routes: Routes = [
    *tenants,
    *settings,
    *events,
    *ledger,
    *taxes,
    *customers,
    *products,
    *invoices,
    *billing,
    ('/openapi.json', OpenApi()),
]


def se_erp_document() -> dict[str, typing.Any]:
    """OpenAPI 3.1 of se-erp/v2."""
    return openapi.document(routes, se_erp, karvo.__version__, SCHEMES)


def create_app() -> falcon.App[falcon.Request, falcon.Response]:
    """The WSGI application; refuses to start on a weak secret (README §2)."""
    log.configure()
    if config.secret_key:
        crypto.check_secret_key(config.secret_key)
    if not config.database_embedded:
        share_with_other_machines()
    return make_app([*routes, *monitoring], [RequestLog(), Tenancy([database, control])], se_erp)
