"""The stock of some products, locked: changed in memory, written by the unit's last statement.

Whoever changes stock makes one `Stock` for all the products of the unit of work. The rows of
`stock_cost` are the locks, taken in the order of product ids, so that no two can deadlock.
"""

import datetime as dt
import typing
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from karvo.kit.db import database
from karvo.kit.errors import Conflict
from karvo.kit.money import EXACT, quantize
from karvo.kit.outbox import as_json
from karvo.kit.work import Work
from karvo.warehouses.compute import COST_PLACES, Pool
from karvo.warehouses.operations.rows import (
    NOTHING,
    SAVE,
    Level,
    Move,
    PlaceRow,
    ProductRow,
    QuantRow,
    Reserved,
    lock_stock,
)


class Stock:
    """Lock with `Stock(ids)`, change, then `save`. `is_new` starts tracking those without stock."""

    def __init__(self, product_ids: Iterable[int], *, is_new: bool = False) -> None:
        loaded = lock_stock(sorted(set(product_ids)), is_new=is_new)
        self.products = {row.id: row for row in loaded.products}
        self._levels = {(row.warehouse_id, row.product_id): row for row in loaded.levels}
        self._available = {key: row.qty - row.reserved for key, row in self._levels.items()}
        self._quants = {(q.location_id, q.product_id, q.lot_id): q for q in loaded.quants}
        self._places = loaded.places
        self._reserved = {(r.source_type, r.source_id, r.warehouse_id): r for r in loaded.reserved}
        self.moves: list[Move] = []
        self._touched: set[tuple[str, int, int]] = set()

    # Asking ------------------------------------------------------------------------------------

    def is_tracked(self, product_id: int) -> bool:
        """WHS-6: once it has any stock move, or where the product says so; never a service."""
        row = self.products[product_id]
        return row.type not in ('service', 'kit') and (
            row.pool is not None or bool(row.track_stock)
        )

    def available(self, product_id: int, warehouse_id: int) -> Decimal:
        """On hand less what is spoken for."""
        level = self._level(warehouse_id, product_id)
        return level.qty - level.reserved

    def on_hand(
        self,
        product_id: int,
        warehouse_id: int,
        lot_id: int | None = None,
        location: str | None = None,
    ) -> Decimal:
        """In the warehouse; of one lot, at one location where these are given."""
        if lot_id is None and location is None:
            return self._level(warehouse_id, product_id).qty
        found = self._lying(product_id, warehouse_id, lot_id, location)
        return sum((quant.qty for quant in found), NOTHING)

    def reserved_for(self, source_type: str, source_id: int) -> dict[int, Decimal]:
        """Quantity by warehouse."""
        return {
            r.warehouse_id: r.qty
            for (kind, line, _), r in self._reserved.items()
            if (kind, line) == (source_type, source_id) and r.qty
        }

    def may_go_below(self, product_id: int, warehouse_id: int) -> bool:
        """WHS-4: the product's or the warehouse's switch."""
        return self.products[product_id].allow_negative or any(
            place.allow_negative for place in self._places if place.warehouse_id == warehouse_id
        )

    def fullest(self, product_ids: Iterable[int]) -> int | None:
        """The warehouse with most of these available, the oldest of equals; None without any."""
        ids = list(product_ids)
        sums: dict[int, Decimal] = {}
        for warehouse_id in self.warehouse_ids():
            free = (max(self.available(n, warehouse_id), NOTHING) for n in ids)
            sums[warehouse_id] = sum(free, NOTHING)
        return max(sums, key=lambda n: (sums[n], -n), default=None)

    def warehouse_ids(self) -> list[int]:
        """All of them, the oldest first."""
        return sorted({place.warehouse_id for place in self._places})

    # Changing ----------------------------------------------------------------------------------

    def receive(
        self,
        product_id: int,
        warehouse_id: int,
        qty: Decimal,
        *,
        value: Decimal,
        kind: str,
        line: int = 0,
        lot_id: int = 0,
        location: str | None = None,
    ) -> Decimal:
        """Goods worth `value` come in. Returns the correction of cost that goes to account 5000."""
        place = self._place(warehouse_id, location)
        correction = self._pool(product_id).receive(qty, value)
        self._move(product_id, place, lot_id, kind, qty, value, line)
        if correction:
            self._move(product_id, place, lot_id, 'correction', NOTHING, correction, line)
        return correction

    def issue(
        self,
        product_id: int,
        warehouse_id: int,
        qty: Decimal,
        *,
        kind: str,
        line: int = 0,
        lot_id: int | None = None,
        location: str | None = None,
    ) -> Decimal:
        """Goods leave, those that expire first; returns what they were worth.

        Raises Conflict where more leaves than is available (WHS-4).
        """
        self._refuse_short(product_id, warehouse_id, qty, lot_id, location)
        value = self._pool(product_id).issue(qty)
        left, left_value = qty, value
        for place, lot, some in self._picked(product_id, warehouse_id, qty, lot_id, location):
            part = left_value if some == left else _share(value, some, qty)
            self._move(product_id, place, lot, kind, -some, -part, line)
            left, left_value = left - some, left_value - part
        return value

    def reserve(
        self, source_type: str, line: int, product_id: int, warehouse_id: int, qty: Decimal
    ) -> None:
        """Speak for some more. Raises Conflict where less is available."""
        available = self.available(product_id, warehouse_id)
        if qty > available and not self.may_go_below(product_id, warehouse_id):
            raise self._short(product_id, qty, available)
        self._reserve(source_type, line, product_id, warehouse_id, qty)

    def release(self, source_type: str, line: int) -> None:
        """Nothing is spoken for by that line any more."""
        for (kind, own, warehouse_id), row in list(self._reserved.items()):
            if (kind, own) == (source_type, line) and row.qty:
                self._reserve(source_type, line, row.product_id, warehouse_id, -row.qty)

    def _reserve(
        self, source_type: str, line: int, product_id: int, warehouse_id: int, qty: Decimal
    ) -> None:
        key = (source_type, line, warehouse_id)
        row = self._reserved.setdefault(
            key,
            Reserved(
                source_type=source_type,
                source_id=line,
                warehouse_id=warehouse_id,
                product_id=product_id,
                qty=NOTHING,
            ),
        )
        row.qty += qty
        self._level(warehouse_id, product_id).reserved += qty
        self._touched.add(key)

    def _refuse_short(
        self,
        product_id: int,
        warehouse_id: int,
        qty: Decimal,
        lot_id: int | None,
        location: str | None,
    ) -> None:
        available = self.available(product_id, warehouse_id)
        there = self.on_hand(product_id, warehouse_id, lot_id, location)
        available = min(available, there)
        if qty > available and not self.may_go_below(product_id, warehouse_id):
            raise self._short(product_id, qty, available)

    def _short(self, product_id: int, qty: Decimal, available: Decimal) -> Conflict:
        sku = self.products[product_id].sku
        return Conflict(
            f'{sku}: {_plain(qty)} wanted, {_plain(max(available, NOTHING))} available',
            code='erp_insufficient_stock',
        )

    def _picked(
        self,
        product_id: int,
        warehouse_id: int,
        qty: Decimal,
        lot_id: int | None,
        location: str | None,
    ) -> list[tuple[PlaceRow, int, Decimal]]:
        """(place, lot, quantity): what expires first leaves first; what is missing, by default."""
        picked: list[tuple[PlaceRow, int, Decimal]] = []
        left = qty
        found = self._lying(product_id, warehouse_id, lot_id, location)
        for quant in sorted(found, key=lambda q: q.rank):
            if left > 0 and quant.qty > 0:
                some = min(left, quant.qty)
                picked.append((self._place_by_id(quant.location_id), quant.lot_id, some))
                left -= some
        if left > 0:
            picked.append((self._place(warehouse_id, location), lot_id or 0, left))
        return picked

    def _move(
        self,
        product_id: int,
        place: PlaceRow,
        lot_id: int,
        kind: str,
        qty: Decimal,
        value: Decimal,
        line: int,
    ) -> None:
        self._level(place.warehouse_id, product_id).qty += qty
        key = (place.location_id, product_id, lot_id)
        quant = self._quants.setdefault(
            key,
            QuantRow(
                warehouse_id=place.warehouse_id,
                location_id=place.location_id,
                product_id=product_id,
                lot_id=lot_id,
                lot='',
                rank=1 << 40,
                qty=NOTHING,
            ),
        )
        quant.qty += qty
        cost = quantize(EXACT.divide(value, qty), COST_PLACES) if qty else NOTHING
        self.moves.append(
            Move(
                product_id=product_id,
                warehouse_id=place.warehouse_id,
                location_id=place.location_id,
                lot_id=lot_id,
                kind=kind,
                qty=qty,
                value=value,
                unit_cost=cost,
                source_line=line,
            )
        )

    def _lying(
        self, product_id: int, warehouse_id: int, lot_id: int | None, location: str | None
    ) -> list[QuantRow]:
        """Of one lot, at one location where these are given. Raises Conflict (no such location)."""
        place = self._place(warehouse_id, location).location_id if location else None
        return [
            q
            for q in self._quants.values()
            if (q.product_id, q.warehouse_id) == (product_id, warehouse_id)
            and lot_id in (None, q.lot_id)
            and place in (None, q.location_id)
        ]

    def _pool(self, product_id: int) -> Pool:
        row = self.products[product_id]
        if row.pool is None:
            raise Conflict(f'{row.sku} has no stock', code='erp_insufficient_stock')
        return row.pool

    def _level(self, warehouse_id: int, product_id: int) -> Level:
        return self._levels.setdefault(
            (warehouse_id, product_id), Level(warehouse_id=warehouse_id, product_id=product_id)
        )

    def _place(self, warehouse_id: int, location: str | None) -> PlaceRow:
        own = [place for place in self._places if place.warehouse_id == warehouse_id]
        for place in own:
            if place.is_default if location is None else place.code == location.upper():
                return place
        raise Conflict(f'the warehouse has no location {location}')

    def _place_by_id(self, location_id: int) -> PlaceRow:
        return next(place for place in self._places if place.location_id == location_id)

    # Writing -----------------------------------------------------------------------------------

    def save(self, date: dt.date, source: tuple[str, int], note: str, *, work: Work) -> None:
        """With the last statement: moves, quantities, averages, reservations."""
        work.write(SAVE, self._params(date, source, note, work.at))

    def save_now(self, date: dt.date, source: tuple[str, int], note: str, *, work: Work) -> None:
        """At once, where more of the same products follows in this unit of work."""
        sql = f'WITH {SAVE.replace("§", "")} SELECT 1'
        database.run(sql, self._params(date, source, note, work.at))
        self.moves, self._touched = [], set()

    def _params(
        self, date: dt.date, source: tuple[str, int], note: str, at: dt.datetime
    ) -> dict[str, typing.Any]:
        moved = {move.product_id for move in self.moves}
        moved |= {self._reserved[key].product_id for key in self._touched}
        pools = [
            {'product_id': n, **msgspec.structs.asdict(row.pool)}
            for n, row in self.products.items()
            if n in moved and row.pool is not None
        ]
        quants = {(m.location_id, m.product_id, m.lot_id) for m in self.moves}
        return {
            'date': date,
            'source_type': source[0],
            'source_id': source[1],
            'note': note,
            'at': at,
            'moves': as_json(self.moves),
            'pools': as_json(pools),
            'levels': as_json([r for r in self._levels.values() if r.product_id in moved]),
            'quants': as_json([self._quants[key] for key in sorted(quants)]),
            'reserved': as_json([self._reserved[key] for key in sorted(self._touched)]),
        }

    def went_low(self) -> list[ProductRow]:
        """Products whose available stock fell to or below their reorder point just now."""
        found = []
        for product in self.products.values():
            if product.reorder_point is None:
                continue
            keys = [key for key in self._levels if key[1] == product.id]
            before = sum((self._available.get(key, NOTHING) for key in keys), NOTHING)
            now = sum((self.available(product.id, key[0]) for key in keys), NOTHING)
            if now <= product.reorder_point < before:
                found.append(product)
        return found

    def went_negative(self) -> list[tuple[ProductRow, int]]:
        """(product, warehouse) whose stock on hand is below zero after what moved here."""
        keys = {(move.product_id, move.warehouse_id) for move in self.moves if move.qty < 0}
        return [
            (self.products[product_id], warehouse_id)
            for product_id, warehouse_id in sorted(keys)
            if self._level(warehouse_id, product_id).qty < 0
        ]


def _share(value: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    return quantize(EXACT.divide(EXACT.multiply(value, part), whole), 2)


def _plain(qty: Decimal) -> str:
    return f'{qty.normalize():f}'
