"""What can be asked about stock, as it is now."""

from karvo.kit.semantics import Dimension, Fact, Label, Metric, Part

_LEVEL = """(SELECT s.product_id, s.warehouse_id, s.qty, NULL::text AS sku,
    NULL::text AS description FROM @stock_level s) f"""
_LOW = """(SELECT s.product_id, s.warehouse_id, s.qty, NULL::text AS sku,
    NULL::text AS description
  FROM @stock_level s JOIN @product q ON q.id = s.product_id
  WHERE s.qty < q.reorder_point AND q.status <> 'archived') f"""

PART = Part(
    facts={'stock': Fact(source=_LEVEL), 'low_stock': Fact(source=_LOW)},
    metrics=(
        Metric(
            name='stock_on_hand',
            label=Label('Stock on hand', 'Stock en main'),
            measures={'stock': 'coalesce(sum(f.qty), 0)'},
            unit='quantity',
            scope='warehouses:read',
            words=(
                'stock', 'stock on hand', 'on hand', 'inventory', 'in stock', 'stock level',
                'stock levels', 'units in stock', 'inventory level', 'quantity on hand',
                'quantity in stock', 'units on hand', 'inventory on hand', 'available stock',
                'inventaire', 'en stock', 'stock en main', 'en main', 'stocks', 'quantite en stock',
                'quantite en main', 'unites en stock', 'niveau de stock', 'niveaux de stock',
                'inventaire en main', 'stock disponible', 'unites en main', 'quantites en stock',
            ),
        ),
        Metric(
            name='below_reorder',
            label=Label('Products below their reorder point',
            'Produits sous leur point de commande'),
            measures={'low_stock': 'count(DISTINCT f.product_id)'},
            unit='count',
            scope='warehouses:read',
            subject='product',
            lists=True,
            words=(
                'below reorder', 'below reorder point', 'below their reorder point', 'low stock',
                'below the reorder point', 'under reorder point', 'reorder point', 'reorder',
                'running low', 'low on stock', 'low in stock', 'restock', 'reordered',
                'low inventory',
                'need reordering', 'to reorder', 'reordering', 'stock is low', 'replenish',
                'sous le point de commande', 'sous le seuil', 'point de commande', 'recommander',
                'seuil de reapprovisionnement', 'sous leur point de commande', 'stock bas',
                'reapprovisionner', 'a recommander', 'stock faible', 'point de reapprovisionnement',
                'sous le seuil de reapprovisionnement', 'sous le point de reapprovisionnement',
                'seuil de commande', 'sous le seuil de commande', 'sous le seuil de recommande',
                'a commander',
                'sous le minimum', 'stock insuffisant',
            ),
        ),
    ),
    dimensions=(
        Dimension(
            name='warehouse',
            field='warehouse.code',
            label=Label('warehouse', 'entrepôt'),
            plural=Label('warehouses', 'entrepôts'),
            key='w.code',
            columns={'warehouse': 'w.code', 'warehouse_name': 'w.name'},
            facts={'stock': ('warehouse',), 'low_stock': ('warehouse',)},
            words=(
                'warehouse', 'warehouses', 'location', 'locations', 'depot', 'depots', 'entrepot',
                'entrepots', 'magasin', 'magasins', 'site', 'sites',
            ),
        ),
    ),
    joins={'warehouse': 'JOIN @warehouse w ON w.id = f.warehouse_id'},
    values={
        'warehouse': "SELECT w.code, w.name, coalesce(w.address ->> 'city', '') FROM @warehouse w"
    },
)  # fmt: skip
