"""Making shipments: of an invoice, as the replacement of a claim (SHP-1, SHP-2, CLM-2)."""

import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET

from karvo.backorders.operations.create import record_shortage
from karvo.backorders.reads import unshipped_lines
from karvo.backorders.schemas import Shortage
from karvo.billing.operations.settle import invoice_id_of, locked_invoices
from karvo.customers.models import Party
from karvo.invoices.models import Document
from karvo.invoices.operations.attached import mark_attached
from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, Invalid, invalid, missing, not_found
from karvo.kit.text import fold
from karvo.kit.work import Work, atomic
from karvo.products.models import Product
from karvo.products.reads import products_for_lines
from karvo.settings.reads import business_date, read_settings
from karvo.shipments.compute import tracking_url
from karvo.shipments.models import Shipment, ShipmentLine
from karvo.shipments.operations.goods import (
    Wanted,
    choose_warehouse,
    is_tracked,
    refuse_short,
    split,
    wanted_lines,
)
from karvo.shipments.operations.rows import (
    SOURCE,
    announce,
    audit_override,
    check_credit,
    note,
)
from karvo.shipments.schemas import (
    Details,
    NewShipment,
    ResolvedClaim,
    ShipmentCreated,
)
from karvo.warehouses.operations.documents import announce_levels, warehouse_by_code
from karvo.warehouses.operations.stock import Stock


class Made(typing.NamedTuple):
    """A shipment and what is to be said about it."""

    id: int
    warnings: list[str]


def create_shipment(new: NewShipment, *, actor: Actor) -> Made:
    """Reserve what is there, put the rest on backorder (SHP-2).

    Raises Missing, Invalid (unknown invoice, other customer, more than is left), Conflict (state,
    nothing left, nothing there, credit hold), Forbidden (override without the scope).
    """
    if new.invoice_id is None and not new.invoice_number:
        raise missing('invoice')
    with atomic() as work:
        invoice_id = invoice_id_of(new.invoice_id, new.invoice_number)
        products = products_for_lines([line.sku for line in new.lines if line.sku], '')
        stock = Stock([n.product_id for n in unshipped_lines(invoice_id) if n.product_id])
        invoice = _shippable(invoice_id, new)
        wanted = wanted_lines(invoice_id, unshipped_lines(invoice_id), new.lines, products)
        settings = read_settings()
        _check_days(new)
        holds = check_credit(invoice.party_id, settings, new.override_reason, actor)
        asked = warehouse_by_code(new.warehouse) if new.warehouse else None
        home = invoice.party.default_warehouse
        warehouse_id = choose_warehouse(stock, [line.product_id for line in wanted], asked, home)
        split(wanted, stock, warehouse_id)
        refuse_short(wanted, stock, new.is_partial_allowed)
        values = of_invoice(invoice) | details(new) | {'method': new.method}
        if new.ship_to is not None:
            values['ship_to'] = msgspec.to_builtins(new.ship_to)
        row = write_shipment(values, wanted, warehouse_id, stock, work, actor)
        audit_override(row, holds, new.override_reason, work, actor)
    warnings = ['credit_hold_overridden'] if holds else []
    return Made(row.id, warnings + ['backordered'] * any(line.short for line in wanted))


def create_replacement(claim: ResolvedClaim, *, actor: Actor) -> int:
    """What a claim replaces, at no price: once for each claim, however often it is told.

    What is not there goes on backorder, all of it if need be.
    """
    with atomic() as work:
        known = Shipment.get_or_none(Shipment.claim_id == claim.id)
        if known is not None:
            return int(known.id)
        party = Party.get_or_none(Party.id == claim.party_id)
        if party is None:
            raise not_found('Customer')
        found = [_replaced(line.product_id, line.sku, line.qty) for line in claim.lines]
        wanted = [one for one in found if one is not None]
        if not wanted:
            raise Conflict('the claim names no goods to replace')
        stock = Stock([line.product_id for line in wanted if line.product_id])
        product_ids = [line.product_id for line in wanted]
        warehouse_id = choose_warehouse(stock, product_ids, None, party.default_warehouse)
        split(wanted, stock, warehouse_id)
        said = f'{claim.number or claim.id}'
        values = of_party(party) | {'method': 'delivery_run', 'claim_id': claim.id}
        values |= {'document': claim.invoice_id, 'notes': said}
        row = write_shipment(values, wanted, warehouse_id, stock, work, actor)
    return int(row.id)


def _replaced(product_id: int | None, sku: str | None, qty: Decimal) -> Wanted | None:
    product = Product.get_or_none(Product.id == product_id) if product_id else None
    if product is None and not sku:
        return None
    if product is not None and product.type == 'service':
        return None
    return Wanted(
        product_id=product.id if product else None,
        sku=product.sku if product else sku,
        description=product.name_en if product else typing.cast(str, sku),
        description_fr=product.name_fr if product else typing.cast(str, sku),
        uom=product.uom if product else 'unit',
        qty_ordered=qty,
        qty=qty,
    )


def of_invoice(invoice: Document) -> dict[str, typing.Any]:
    """What a shipment takes over from its invoice (G-15)."""
    found, ship_to = of_party(invoice.party), typing.cast(typing.Any, invoice.ship_to)
    return found | {
        'document': invoice,
        'customer_code': invoice.customer_code,
        'customer_name': invoice.customer_name,
        'ship_to': ship_to or found['ship_to'],
        'language': invoice.language,
        'po_reference': invoice.po_reference,
    }


def of_party(party: Party) -> dict[str, typing.Any]:
    """What a shipment takes over from its customer."""
    own = {'line1': party.address1, 'line2': party.address2, 'city': party.city}
    own |= {'province': party.province, 'postal_code': party.postal_code}
    own |= {'country': party.country}
    ship_to = typing.cast(typing.Any, party.ship_to)
    return {
        'party': party,
        'customer_code': party.code,
        'customer_name': party.name,
        'ship_to': ship_to or (own if any(own.values()) else None),
        'language': party.language,
    }


def details(given: Details) -> dict[str, typing.Any]:
    """Columns of what was said; the tracking page of carriers that we know."""
    values = {
        name: msgspec.to_builtins(getattr(given, name))
        if name == 'packages'
        else getattr(given, name)
        for name in Details.__struct_fields__
        if getattr(given, name) is not UNSET
    }
    if values.get('packages') and values.get('weight_kg') is None:
        weights = [package.weight_kg for package in typing.cast(list[typing.Any], given.packages)]
        values['weight_kg'] = sum((w for w in weights if w is not None), Decimal(0)) or None
    if 'packages' in values:
        values['packages'] = _plain(values['packages'])
    if values.get('tracking_number') and not values.get('tracking_url'):
        values['tracking_url'] = tracking_url(values.get('carrier'), values['tracking_number'])
    return values


def _plain(packages: list[dict[str, typing.Any]]) -> list[dict[str, typing.Any]]:
    """Weights as numbers of JSON, not as the texts of decimals."""
    return [
        p | {'weight_kg': float(p['weight_kg']) if p['weight_kg'] is not None else None}
        for p in packages
    ]


def write_shipment(
    values: dict[str, typing.Any],
    wanted: list[Wanted],
    warehouse_id: int | None,
    stock: Stock,
    work: Work,
    actor: Actor,
) -> Shipment:
    """The rows, the reservations, the backorders, the number and the event."""
    row = Shipment(
        uid=ids.uuid7(),
        key=ids.random_key(),
        state='pending',
        warehouse=warehouse_id,
        created_at=work.at,
        updated_at=work.at,
        **values,
    )
    row.search_text = search_text(row)
    note(row, 'pending', None, work, actor)
    row.save()
    lines = add_lines(row, wanted, 0, work)
    reserve(row, lines, stock, work, actor)
    for line in wanted:
        if line.short > 0:
            _backorder(row, line, work, actor)
    year = business_date(read_settings()).year
    number = work.take_number('SHP', year, 'shipment', row.id, is_searched=True)
    announce(ShipmentCreated, row, lines, work, actor, number=number.token)
    return row


def search_text(row: Shipment) -> str:
    """What a search looks at; the number comes in front when it is taken."""
    return fold(row.number, row.customer_code, row.customer_name, row.tracking_number)


def add_lines(row: Shipment, wanted: list[Wanted], position: int, work: Work) -> list[ShipmentLine]:
    """Lines after that position; their documents show them."""
    found = [
        ShipmentLine(
            shipment=row,
            position=position + n,
            document=line.document_id,
            document_line_id=line.document_line_id,
            backorder_id=line.backorder_id,
            product=line.product_id,
            sku=line.sku,
            description=line.description,
            description_fr=line.description_fr,
            uom=line.uom,
            qty_ordered=line.qty_ordered,
            qty=line.qty,
            qty_backordered=line.short,
            lot=line.lot,
            lot_id=line.lot_id,
        )
        for n, line in enumerate(wanted, 1)
    ]
    query = ShipmentLine.insert_many([line.__data__ for line in found]).returning(ShipmentLine.id)
    for line, (line_id,) in zip(found, query.tuples().execute(), strict=True):
        line.id = line_id
    mark_attached(line.document_id for line in found)
    return found


def reserve(
    row: Shipment, lines: list[ShipmentLine], stock: Stock, work: Work, actor: Actor
) -> None:
    """Speak for what is tracked, in the shipment's warehouse."""
    for line in lines:
        if line.qty > 0 and row.warehouse_id is not None and is_tracked(stock, line.product_id):
            product_id = typing.cast(int, line.product_id)
            stock.reserve(SOURCE, line.id, product_id, row.warehouse_id, line.qty)
    announce_levels(stock, work, actor)
    stock.save_now(work.at.date(), ('shipment', row.id), '', work=work)


def _backorder(row: Shipment, line: Wanted, work: Work, actor: Actor) -> None:
    short = Shortage(
        party_id=row.party_id,
        product_id=line.product_id,
        sku=line.sku or line.description,
        description=line.description,
        qty=line.short,
        document_id=line.document_id,
        document_line_id=line.document_line_id,
        warehouse_id=row.warehouse_id,
        po_number=row.po_reference,
    )
    record_shortage(short, work=work, actor=actor)


def _shippable(invoice_id: int, new: NewShipment) -> Document:
    invoice = locked_invoices([invoice_id])[invoice_id]
    if invoice.state not in ('posted', 'written_off'):
        raise Conflict(f'a {invoice.state} invoice cannot be shipped')
    if new.customer and new.customer.upper() != invoice.customer_code:
        raise Invalid('customer does not match the invoice', fields={'customer': 'does not match'})
    return invoice


def _check_days(new: NewShipment) -> None:
    today = business_date(read_settings())
    day = new.scheduled_date
    if day is not UNSET and day is not None and not clock.is_business_date(day, today):
        raise invalid(scheduled_date=f'must be from {clock.EARLIEST} to {clock.latest(today)}')
