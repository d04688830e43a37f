"""/api/v2: every resource of it, each in a file of its own."""

from karvo.kit.http import Resource
from plugins.billing_v2.batch import routes as batch
from plugins.billing_v2.customers import routes as customers
from plugins.billing_v2.invoices import routes as invoices
from plugins.billing_v2.leads import routes as leads
from plugins.billing_v2.products import routes as products
from plugins.billing_v2.quotes import routes as quotes
from plugins.billing_v2.reports import routes as reports
from plugins.billing_v2.tickets import routes as tickets
from plugins.billing_v2.transactions import routes as transactions
from plugins.billing_v2.users import routes as users
from plugins.billing_v2.webhooks import routes as webhooks

routes: list[tuple[str, Resource]] = [
    *customers,
    *invoices,
    *products,
    *batch,
    *transactions,
    *quotes,
    *tickets,
    *leads,
    *users,
    *reports,
    *webhooks,
]
