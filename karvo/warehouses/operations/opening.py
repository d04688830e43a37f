"""A product that comes with its stock: both or neither (PRD-1, WHS-6)."""

from karvo.kit.actor import Actor
from karvo.kit.work import atomic
from karvo.products.models import Product
from karvo.products.operations import create_product
from karvo.products.schemas import ProductChange
from karvo.warehouses.operations.documents import receive_goods
from karvo.warehouses.schemas import NewReceipt, Opening, StockLine


def create_stocked_product(new: ProductChange, openings: list[Opening], *, actor: Actor) -> int:
    """The new product's id; each opening posts Dr 1200 / Cr 3000, dated today, at the product's
    cost where it names none.

    Raises as create_product; Invalid for an unknown warehouse and for what has no stock.
    """
    with atomic():
        product_id = create_product(new, actor=actor)
        product = Product.get_by_id(product_id) if openings else None
        for one in openings:
            if product is not None and one.qty > 0:
                # Not at the average of those before it, as any later receipt would be.
                cost = product.cost if one.unit_cost is None else one.unit_cost
                line = StockLine(sku=product.sku, qty=one.qty, unit_cost=cost, lot=one.lot)
                receipt = NewReceipt(warehouse=one.warehouse, lines=[line], is_opening=True)
                receive_goods(receipt, actor=actor, goes_on=True)
    return product_id
