"""What can be asked about customers."""

from karvo.kit.semantics import Dimension, Fact, Label, Metric, Part

#: Facts of modules above that know whose they are: each names the join to `party`.
_SALES = {
    'sales': ('party',),
    'invoices': ('party',),
    'credit_notes': ('party',),
    'invoiced_lines': ('party',),
    'credited_lines': ('party',),
    'sold_lines': ('party',),
    'sold_taxes': ('party',),
    'first_sales': ('party',),
    'drafts': ('party',),
    'payments': ('party',),
    'receivables': ('party',),
    'overdue': ('party',),
    'backorders': ('party',),
    'customers': (),
    'idle_customers': (),
}

PART = Part(
    facts={
        'customers': Fact(source='@party p', where='p.is_customer AND p.deleted_at IS NULL'),
    },
    metrics=(
        Metric(
            name='customer_count',
            label=Label('Customers', 'Clients'),
            measures={'customers': 'count(*)'},
            unit='count',
            scope='customers:read',
            subject='customer',
            words=('customer count',),
        ),
    ),
    dimensions=(
        Dimension(
            name='customer',
            field='customer.code',
            label=Label('customer', 'client'),
            plural=Label('customers', 'clients'),
            key='p.code',
            columns={'code': 'p.code', 'name': 'p.name'},
            facts=_SALES,
            words=(
                'customer', 'customers', 'client', 'clients', 'cliente', 'clientes', 'account',
                'buyer', 'buyers', 'acheteur', 'acheteurs', 'who', 'qui',
            ),
        ),
        Dimension(
            name='city',
            field='customer.city',
            label=Label('city', 'ville'),
            plural=Label('cities', 'villes'),
            key='p.city',
            columns={'city': 'p.city'},
            facts=_SALES,
            words=('city', 'cities', 'town', 'towns', 'ville', 'villes', 'municipalite'),
        ),
        Dimension(
            name='province',
            field='customer.province',
            label=Label('province', 'province'),
            plural=Label('provinces', 'provinces'),
            key='p.province',
            columns={'province': 'p.province'},
            facts=_SALES,
            words=('province', 'provinces', 'region', 'regions', 'state', 'states'),
        ),
    ),
    joins={'party': 'JOIN @party p ON p.id = f.party_id'},
    values={
        'customer': """SELECT p.code, p.name, '' FROM @party p
          WHERE p.is_customer AND p.deleted_at IS NULL""",
        'city': """SELECT DISTINCT p.city, p.city, '' FROM @party p
          WHERE p.city <> '' AND p.is_customer AND p.deleted_at IS NULL""",
        'province': """SELECT DISTINCT p.province, p.province, '' FROM @party p
          WHERE p.province <> '' AND p.is_customer AND p.deleted_at IS NULL""",
    },
)  # fmt: skip
