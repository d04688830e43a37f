"""What can be asked about what customers wait for, as it is now."""

from karvo.backorders.models import OPEN
from karvo.kit.semantics import Fact, Label, Metric, Part

_OPEN = ', '.join(f"'{state}'" for state in OPEN)

PART = Part(
    facts={'backorders': Fact(source='@backorder f', where=f'f.state IN ({_OPEN})')},
    metrics=(
        Metric(
            name='backorders_open',
            label=Label('Open backorders', 'Commandes en attente'),
            measures={'backorders': 'count(*)'},
            unit='count',
            scope='backorders:read',
            words=(
                'backorders', 'backorder', 'open backorders', 'open backorder', 'back orders',
                'back order', 'backordered', 'on backorder', 'pending orders', 'backlog',
                'commandes en attente', 'commande en attente', 'reliquats', 'reliquat',
                'arrieres de commande', 'commandes en souffrance', 'commandes en rupture',
                'commandes ouvertes', 'en attente', 'ruptures', 'articles en attente',
                'commandes en retard', 'arriere de commande', 'commandes non livrees',
            ),
        ),
        Metric(
            name='backorder_units',
            label=Label('Units on backorder', 'Unités en attente'),
            measures={'backorders': 'coalesce(sum(f.qty - f.qty_fulfilled), 0)'},
            unit='quantity',
            scope='backorders:read',
            words=(
                'units on backorder', 'backorder units', 'backordered units', 'units backordered',
                'quantity on backorder', 'backorder quantity', 'units are on backorder',
                'units in backorder', 'quantity backordered', 'unites en attente',
                'quantite en attente', 'unites en commande en attente', 'unites en reliquat',
                'unites en rupture', 'quantites en attente', 'unites sont en attente',
            ),
        ),
    ),
)  # fmt: skip
