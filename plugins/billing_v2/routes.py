"""/api/v2: every resource of it, each in a file of its own."""

from karvo.kit.http import Resource
from plugins.billing_v2.batch import routes as batch
from plugins.billing_v2.customers import routes as customers
from plugins.billing_v2.invoices import routes as invoices
from plugins.billing_v2.products import routes as products

routes: list[tuple[str, Resource]] = [
    *customers,
    *invoices,
    *products,
    *batch,
]
