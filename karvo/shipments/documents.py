"""Packing and delivery slips as data of a page: what goes, to whom; no prices (L-1 to L-5)."""

import datetime as dt
import pathlib
import typing

from karvo.customers.language import document_form, is_in_quebec
from karvo.customers.schemas import Address
from karvo.kit import paper, pdf, words
from karvo.kit.paper import Block, Column, Fact, Note, Row, Sheet, Sum
from karvo.kit.words import Form, word
from karvo.shipments.reads import Letter, ShipmentLineRead, ShipmentRead
from karvo.taxes.letterhead import letterhead

TEMPLATE = pathlib.Path(__file__).parent / 'templates/slip.typ'
PACKING = ('sku', 'description', 'location', 'lot', 'qty_ordered', 'qty_to_pack', 'uom', 'packed')
DELIVERY = ('sku', 'description', 'lot', 'qty_ordered', 'qty_delivered', 'qty_backordered', 'uom')
FIGURES = ('qty_ordered', 'qty_to_pack', 'qty_delivered', 'qty_backordered')
#: `carrier` names who carries; as a method it is said otherwise.
METHOD_WORDS = {'carrier': 'by_carrier'}
MARKS = {'cancelled': 'cancelled', 'on_hold': 'on_hold'}


def form_of(row: ShipmentRead, letter: Letter, asked: str | None) -> Form:
    """The languages that this slip is printed in (L-1). Raises Invalid."""
    place = row.ship_to or Address()
    at_home = is_in_quebec(place.country, place.province, letter.settings)
    spoken = row.language or letter.settings.language
    return document_form(asked, spoken, is_in_quebec=at_home, has_choice=letter.has_choice)


def slip_pdf(kind: str, row: ShipmentRead, letter: Letter, form: Form, day: dt.date) -> bytes:
    """A slip of that kind (packing_slip, delivery_slip) on paper."""
    return pdf.compile(TEMPLATE, slip_sheet(kind, row, letter, form, day), day)


def slip_sheet(kind: str, row: ShipmentRead, letter: Letter, form: Form, day: dt.date) -> Sheet:
    """Who sends what to whom, and where who receives it signs."""
    slip = _Slip(kind, row, letter, form)
    settings = letter.settings
    seller = letterhead(form, settings, {})
    rows = slip.rows()
    return Sheet(
        **paper.frame(form, kind, row.shipment_no, day, seller, settings.country),
        **paper.table(rows, slip.columns(rows), settings.country),
        mark=word(form, MARKS[row.status]) if row.status in MARKS else [],
        parties=[slip.receiver()],
        facts=slip.facts(),
        notes=slip.notes(),
        strip_label=word(form, 'packed_by' if kind == 'packing_slip' else 'received_by'),
        strip=slip.signature(),
    )


class _Slip:
    """A shipment and the languages it is printed in."""

    def __init__(self, kind: str, row: ShipmentRead, letter: Letter, form: Form) -> None:
        self.kind, self.row, self.letter, self.form = kind, row, letter, form
        names = PACKING if kind == 'packing_slip' else DELIVERY
        absent = {
            'location': not letter.location,
            'lot': not any(line.lot or line.lots for line in row.lines),
            'qty_backordered': not any(line.qty_backordered for line in row.lines),
        }
        self.names = [name for name in names if not absent.get(name)]

    def receiver(self) -> Block:
        to, home = self.row.ship_to or Address(), self.letter.settings.country
        lines = paper.address_lines(self.form, to.line1, to.line2, to, home)
        lines = [*filter(None, [to.attention]), *lines]
        return Block(label=word(self.form, 'ship_to'), name=self.row.customer_name, lines=lines)

    def day(self, date: dt.date) -> list[str]:
        return words.in_each(self.form, lambda one: words.day(date, one))

    def facts(self) -> list[Fact]:
        row, form = self.row, self.form
        found = [Fact(word(form, 'method'), word(form, METHOD_WORDS.get(row.method, row.method)))]
        if row.scheduled_date:
            found.append(Fact(word(form, 'scheduled_date'), self.day(row.scheduled_date)))
        if row.shipped_at:
            found.append(Fact(word(form, 'shipped_date'), self.day(row.shipped_at.date())))
        plain: dict[str, typing.Any] = {
            'invoice': row.invoice_no,
            'po_reference': row.po_reference,
            'customer_no': row.customer_code,
            'warehouse': row.warehouse,
            'carrier': ' '.join(filter(None, (row.carrier, row.service))),
            'tracking_number': row.tracking_number,
            'route': ' / '.join(str(part) for part in (row.route, row.stop_no) if part),
            'driver': row.driver,
            'packages': str(len(row.packages)) if row.packages else None,
        }
        found += [Fact(word(form, n), [paper.code(v)]) for n, v in plain.items() if v]
        if weighed := row.weight_kg:
            weight = words.in_each(form, lambda one: f'{words.number(weighed, one)} kg')
            found.append(Fact(word(form, 'weight'), weight))
        return found

    def columns(self, rows: list[Row]) -> list[Column]:
        """As wide as their texts; the description takes what is left."""
        found = []
        for at, name in enumerate(self.names):
            texts = [text for row in rows for text in row.cells[at]]
            column = paper.fitted(word(self.form, name), texts, is_figure=name in FIGURES)
            if name == 'description':
                column.width = 0
            found.append(column)
        return found

    def rows(self) -> list[Row]:
        return [self._line(line) for line in self.row.lines]

    def _line(self, line: ShipmentLineRead) -> Row:
        first = self.form[0]
        lots = ', '.join(one.lot for one in line.lots) or line.lot or ''
        cells = {
            'sku': [paper.code(line.sku or '')],
            'description': words.said(self.form, line.description_fr, line.description),
            'location': [self.letter.location.get(line.product_id or 0, '')],
            'lot': [paper.code(lots)],
            'qty_ordered': [words.number(line.qty_ordered, first)],
            'qty_to_pack': [words.number(line.qty, first)],
            'qty_delivered': [words.number(line.qty, first)],
            'qty_backordered': [words.number(line.qty_backordered, first)],
            'uom': [paper.code(text) for text in words.named(self.form, line.uom)],
            'packed': [''],
        }
        return paper.row([cells[name] for name in self.names])

    def notes(self) -> list[Note]:
        row, form = self.row, self.form
        parts = {'instructions': row.instructions, 'notes': row.notes}
        return [Note(word(form, name), [text]) for name, text in parts.items() if text]

    def signature(self) -> list[Sum]:
        """Who took it, where that is known; else boxes to sign in."""
        proof = self.row.proof_of_delivery if self.kind == 'delivery_slip' else None
        at = proof.at.date() if proof and proof.at else None
        known = {
            'signed_name': [proof.name] if proof and proof.name else [''],
            'signature': [proof.signature_ref] if proof and proof.signature_ref else [''],
            'date': self.day(at) if at else [''],
        }
        return [Sum(label=word(self.form, n), amounts=texts) for n, texts in known.items()]
