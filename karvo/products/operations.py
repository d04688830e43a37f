"""Creating and changing products (PRD-1, PRD-6)."""

import collections
import re
import typing
from collections.abc import Iterable
from decimal import Decimal

import msgspec
from msgspec import UNSET
from stdnum import ean

from karvo.customers.models import Party
from karvo.customers.operations import check_metadata, take_turn
from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, PreconditionFailed, invalid, missing, not_found
from karvo.kit.text import fold, searchable
from karvo.kit.work import Work, atomic
from karvo.products.models import Category, Product, ProductAlias
from karvo.products.schemas import (
    Alias,
    ProductArchived,
    ProductChange,
    ProductCreated,
    ProductEvent,
    ProductPriceChanged,
    ProductUpdated,
)

SKU = re.compile(r'[A-Za-z0-9][A-Za-z0-9._+-]{0,63}')
RESERVED = {'rules', 'negotiations'}  #: share a path with /pricing/{sku}
Given = list[Alias | str]  #: aliases as they were sent
Named = tuple[str, int]  #: an alias, and whose it is: a customer's id, 0 = everybody's
COPIED = (('name_fr', 'name_en'), ('name_en', 'name_fr'))
TAKEN = """
SELECT 1 FROM @product p WHERE upper(p.sku) = upper(%(name)s) AND p.id <> %(own)s
UNION ALL SELECT 1 FROM @product_alias a WHERE upper(a.alias) = upper(%(name)s)
  AND a.product_id <> %(own)s AND (a.party_id = %(party)s OR %(party)s IS NULL) LIMIT 1"""
ANY_TAKEN = """
SELECT sku FROM @product WHERE upper(sku) = ANY(%(names)s)
UNION ALL SELECT alias FROM @product_alias WHERE upper(alias) = ANY(%(names)s)
  AND (party_id = 0 OR upper(alias) = ANY(%(skus)s)) LIMIT 1"""
HIGHEST_SKU = """
SELECT coalesce(max(substr(p.sku, 2)::bigint), 0) FROM @product p WHERE p.sku ~ '^P[0-9]{5,9}$'"""
USED = """
SELECT 1 FROM @document_line WHERE product_id = %(id)s
UNION ALL SELECT 1 FROM @stock_move WHERE product_id = %(id)s LIMIT 1"""
STOCKED = 'SELECT 1 FROM @stock_level WHERE product_id = %(id)s AND qty <> 0 LIMIT 1'


def create_product(new: ProductChange, *, actor: Actor) -> int:
    """The new product's id; a SKU is made where none is given.

    Raises Conflict for a SKU or alias that exists (PRD-1).
    """
    with atomic():
        if new.sku is UNSET:
            new = msgspec.structs.replace(new, sku=_free_sku())
        return create_products([new], actor=actor)[0]


def _free_sku() -> str:
    """P00001, P00002, …: the next above the highest."""
    take_turn()
    row = database.run(HIGHEST_SKU).fetchone()
    return f'P{row[0] + 1:05d}' if row else ''


def create_products(news: list[ProductChange], *, actor: Actor) -> list[int]:
    """Ids of many new products, in one unit of work and a constant number of statements."""
    with atomic() as work:
        checked = [_new_values(new) for new in news]
        aliases = [values.pop('aliases') for values in checked]
        _check_all_free(checked, aliases)
        rows = [_row(v, a, work) for v, a in zip(checked, aliases, strict=True)]
        query = Product.insert_many([row.__data__ for row in rows]).returning(Product.id)
        for row, (product_id,) in zip(rows, query.tuples().execute(), strict=True):
            row.id = product_id
            _announce(ProductCreated, row, {}, work, actor)
        _insert_aliases(rows, aliases)
    return [row.id for row in rows]


def _new_values(new: ProductChange) -> dict[str, typing.Any]:
    values = _checked(new)
    if 'sku' not in values:
        raise missing('sku')
    _fill_names(values)
    values.setdefault('aliases', [])
    return values


def _row(values: dict[str, typing.Any], aliases: Given, work: Work) -> Product:
    return Product(
        **values,
        uid=ids.uuid7(),
        key=ids.random_key(),
        standard_cost=values.get('cost', Decimal(0)),
        search_text=_search_text(values, map(_written, aliases)),
        created_at=work.at,
        updated_at=work.at,
    )


def _check_all_free(checked: list[dict[str, typing.Any]], aliases: list[Given]) -> None:
    """No SKU or common alias may exist, nor be those of two of them; one statement."""
    skus = [values['sku'].upper() for values in checked]
    names: collections.Counter[str] = collections.Counter()
    for sku, own in zip(skus, aliases, strict=True):
        names.update({sku} | {_written(a).upper() for a in own if not _customer_code(a)})
    row = database.run(ANY_TAKEN, {'names': list(names), 'skus': skus}).fetchone()
    twice = sorted(name for name, count in names.items() if count > 1)
    if row or twice:
        raise _taken(row[0] if row else twice[0])


def _taken(name: str) -> Conflict:
    return Conflict(f'{name} is the SKU or alias of a product already', code='erp_duplicate')


def _insert_aliases(rows: list[Product], aliases: list[Given]) -> None:
    for row, own in zip(rows, aliases, strict=True):
        if own:
            _set_aliases(row, _named(row.sku, own, []))


def change_product(
    product_id: int, change: ProductChange, *, actor: Actor, version: int | None = None
) -> None:
    """Merge the change into the row (G-10). Raises NotFound, Conflict, Invalid."""
    with atomic() as work:
        product = _locked(product_id, version)
        values = _checked(change)
        if empty := [name for name in ('name_fr', 'name_en') if values.get(name) == '']:
            raise missing(*empty)
        names = _new_names(product, values)
        changed = {n: v for n, v in values.items() if product.__data__.get(n) != v}
        if 'sku' in changed:
            _check_rename(product, changed['sku'])
        if changed.get('type') in ('service', 'kit') and _is_stocked(product):
            raise Conflict('a product with stock stays stockable')
        if names is not None:
            _set_aliases(product, names)
        elif not changed:
            return
        _save(product, changed, work, actor)


def _new_names(product: Product, values: dict[str, typing.Any]) -> list[Named] | None:
    """The aliases that are to be, taken out of the values; None where they are so already."""
    given = values.pop('aliases', None)
    if given is None:
        return None
    own = _names_of(product)
    names = _named(values.get('sku', product.sku), given, own)
    return None if set(names) == set(own) else names


def _names_of(product: Product) -> list[Named]:
    rows = ProductAlias.select(ProductAlias.alias, ProductAlias.party_id)
    mine = rows.where(ProductAlias.product == product).order_by(ProductAlias.id)
    return [*mine.tuples()]


def _named(sku: str, given: Given, own: list[Named]) -> list[Named]:
    """Each name once, letter case aside. A plain text may be a customer's part number as it was
    read: it stays that customer's. Raises Invalid for an unknown customer.
    """
    theirs: dict[str, list[int]] = {}
    for name, party_id in own:
        theirs.setdefault(name.upper(), []).append(party_id)
    found: dict[Named, str] = {}
    for one in given:
        name, code = _written(one), _customer_code(one)
        party_id = _party_id(code) if code else 0
        if isinstance(one, str) and theirs.get(name.upper()):
            party_id = theirs[name.upper()].pop(0)
        if name.upper() != sku.upper():
            found.setdefault((name.upper(), party_id), name)
    return [(name, party_id) for (_, party_id), name in found.items()]


def _written(alias: Alias | str) -> str:
    return alias if isinstance(alias, str) else alias.alias


def _customer_code(alias: Alias | str) -> str | None:
    return None if isinstance(alias, str) else alias.customer_code


def _save(product: Product, changed: dict[str, typing.Any], work: Work, actor: Actor) -> None:
    previous = {name: product.__data__.get(name) for name in changed}
    product.__data__.update(changed)
    product._dirty.update(changed)  # type: ignore[attr-defined]
    names = (name for name, _ in _names_of(product))
    product.search_text = _search_text(product.__data__, names)
    product.version, product.updated_at = product.version + 1, work.at
    product.save()
    _announce(ProductUpdated, product, previous, work, actor)
    if 'list_price' in changed:
        _announce(ProductPriceChanged, product, previous, work, actor)
    if changed.get('status') == 'archived':
        _announce(ProductArchived, product, previous, work, actor)


def _locked(product_id: int, version: int | None) -> Product:
    product = Product.select().where(Product.id == product_id).for_update().get_or_none()
    if product is None:
        raise not_found('Product')
    if version is not None and version != product.version:
        raise PreconditionFailed(f'the product is at version {product.version}')
    return product


def _is_stocked(product: Product) -> bool:
    return database.run(STOCKED, {'id': product.id}).fetchone() is not None


def _check_rename(product: Product, sku: str) -> None:
    """PRD-6: a SKU that documents carry stays; add an alias instead."""
    if database.run(USED, {'id': product.id}).fetchone():
        raise Conflict('the SKU is on documents already; add an alias instead')
    _check_free(sku, product.id, None)


def _check_free(name: str, own_id: int, party_id: int | None) -> None:
    """As a SKU (None) it may be nobody's name for another product. Raises Conflict."""
    named = {'name': name, 'own': own_id, 'party': party_id}
    if database.run(TAKEN, named).fetchone():
        raise _taken(name)


def _set_aliases(product: Product, names: list[Named]) -> None:
    """Replace the aliases of a product."""
    ProductAlias.delete().where(ProductAlias.product == product).execute()
    for name, party_id in names:
        _check_free(name, product.id, party_id)
        kind = 'customer' if party_id else 'alias'
        ProductAlias.create(product=product, alias=name, kind=kind, party_id=party_id)


def _party_id(code: str) -> int:
    party = Party.get_or_none(Party.code == code.upper())
    if party is None:
        raise invalid(aliases=f'customer {code} is unknown')
    return party.id


def _announce(
    kind: type[ProductEvent],
    product: Product,
    previous: dict[str, typing.Any],
    work: Work,
    actor: Actor,
) -> None:
    snapshot = {
        name: product.__data__[name]
        for name in ('id', 'sku', 'name_fr', 'name_en', 'type', 'list_price', 'status', 'version')
    }
    event = kind(id=product.id, uid=str(product.uid), object=snapshot, previous=previous)
    work.record(event, actor)


def _search_text(values: typing.Mapping[str, typing.Any], aliases: Iterable[str]) -> str:
    names = (values.get(name) for name in ('sku', 'name_fr', 'name_en', 'barcode'))
    return searchable(*names, *aliases)


def _fill_names(values: dict[str, typing.Any]) -> None:
    """One name is enough; the other is a copy, and that is noted."""
    if not (values.get('name_fr') or values.get('name_en')):
        raise missing('name')
    values['translation_missing'] = not (values.get('name_fr') and values.get('name_en'))
    for name, other in COPIED:
        values[name] = values.get(name) or values.get(other)


def _checked(change: ProductChange) -> dict[str, typing.Any]:
    """Column values, each checked. Raises Invalid."""
    values = {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
    if 'sku' in values:
        _check_sku(values['sku'])
    if values.get('barcode'):
        _check_barcode(values['barcode'])
    if 'category' in values:
        values['category'] = _category_id(values['category'])
    if values.get('metadata') is not None:
        check_metadata(values['metadata'])
    elif 'metadata' in values:
        values['metadata'] = {}
    for name in {'name_fr', 'name_en'} & values.keys():
        values[name] = values[name].strip()
    if 'aliases' in values:
        values['aliases'] = [_checked_alias(alias) for alias in values['aliases']]
    return values


def _checked_alias(alias: Alias | str) -> Alias | str:
    """Without blanks around it. Raises Invalid."""
    name = _written(alias).strip()
    if not name:
        raise invalid(aliases='must not be blank')
    return name if isinstance(alias, str) else Alias(alias=name, customer_code=alias.customer_code)


def _check_sku(sku: str) -> None:
    if not SKU.fullmatch(sku) or sku.lower() in RESERVED:
        raise invalid(sku='must be 1 to 64 of letters, digits and ._+-')


def _check_barcode(code: str) -> None:
    if code.isdigit() and len(code) in (8, 12, 13, 14) and not ean.is_valid(code):
        raise invalid(barcode='has a wrong check digit')


def _category_id(name: str | None) -> int | None:
    """The category of that code, made when it is new."""
    code = category_code(name or '')
    if name is None or not code:
        return None
    name = name.strip()
    # By its name too: codes were once made of the letters A to Z alone.
    same = (Category.name_fr == name) | (Category.name_en == name)
    row = Category.get_or_none(Category.code == code) or Category.get_or_none(same)
    row = row or Category.create(code=code, name_fr=name, name_en=name)
    return row.id


def category_code(name: str) -> str:
    """What a category of that name is called: letters and digits of any script; '' for blanks."""
    return re.sub(r'[\W_]+', '-', fold(name).upper()).strip('-') or (
        'OTHER' if name.strip() else ''
    )
