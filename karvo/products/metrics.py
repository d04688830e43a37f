"""What can be asked about products."""

from karvo.kit.semantics import Dimension, Fact, Label, Metric, Part

#: Facts of modules above that know of which product they are: each names its joins.
_PRODUCT = {
    'sold_lines': ('product',),
    'invoiced_lines': ('product',),
    'credited_lines': ('product',),
    'stock': ('product',),
    'backorders': ('product',),
    'low_stock': ('product',),
    'products': ('product',),
}
_CATEGORY = {fact: (*joins, 'category') for fact, joins in _PRODUCT.items()}

PART = Part(
    facts={
        'products': Fact(
            source='(SELECT id AS product_id, sku, name_en AS description, status FROM @product) f',
            where="f.status <> 'archived'",
        ),
    },
    metrics=(
        Metric(
            name='product_count',
            label=Label('Products', 'Produits'),
            measures={'products': 'count(*)'},
            unit='count',
            scope='products:read',
            subject='product',
            words=('product count',),
        ),
    ),
    dimensions=(
        Dimension(
            name='product',
            field='product.sku',
            label=Label('product', 'produit'),
            plural=Label('products', 'produits'),
            key='coalesce(r.sku, f.sku)',
            # What was never in the catalogue has the SKU and the words of its line.
            columns={
                'sku': 'coalesce(r.sku, f.sku)',
                'name': 'coalesce(nullif(r.name_{language}, \'\'), r.name_en, f.description)',
            },
            facts=_PRODUCT,
            words=(
                'product', 'products', 'item', 'items', 'sku', 'skus', 'article', 'articles',
                'produit', 'produits', 'seller', 'sellers',
            ),
        ),
        Dimension(
            name='category',
            field='product.category',
            label=Label('category', 'catégorie'),
            plural=Label('categories', 'catégories'),
            key='k.name_en',
            columns={'category': 'k.name_{language}'},
            facts=_CATEGORY,
            words=(
                'category', 'categories', 'categorie', 'product category', 'product categories',
                'categorie de produit', 'categories de produits', 'categorie de produits',
                'product line', 'product lines', 'famille',
                'familles', 'family', 'families',
            ),
        ),
    ),
    joins={
        'product': 'LEFT JOIN @product r ON r.id = f.product_id',
        'category': 'LEFT JOIN @category k ON k.id = r.category_id',
    },
    values={
        'product': 'SELECT r.sku, r.name_en, r.name_fr FROM @product r',
        'category': 'SELECT k.name_en, k.name_en, k.name_fr FROM @category k',
    },
)  # fmt: skip
