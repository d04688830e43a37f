"""Creating and changing products (PRD-1, PRD-6)."""

import re
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET
from stdnum import ean

from karvo.customers.models import Party
from karvo.customers.operations import check_metadata
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
COPIED = (('name_fr', 'name_en'), ('name_en', 'name_fr'))
TAKEN = """
SELECT 1 FROM @product p WHERE upper(p.sku) = %(name)s AND p.id <> %(own)s
UNION ALL SELECT 1 FROM @product_alias a
  WHERE upper(a.alias) = %(name)s AND a.product_id <> %(own)s AND a.party_id = %(party)s LIMIT 1"""
ANY_TAKEN = """
SELECT sku FROM @product WHERE upper(sku) = ANY(%(names)s)
UNION ALL SELECT alias FROM @product_alias WHERE upper(alias) = ANY(%(names)s) AND party_id = 0
LIMIT 1"""
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


def _row(values: dict[str, typing.Any], aliases: list[Alias], work: Work) -> Product:
    return Product(
        **values,
        uid=ids.uuid7(),
        key=ids.random_key(),
        standard_cost=values.get('cost', Decimal(0)),
        search_text=_search_text(values, aliases),
        created_at=work.at,
        updated_at=work.at,
    )


def _check_all_free(checked: list[dict[str, typing.Any]], aliases: list[list[Alias]]) -> None:
    """No SKU or common alias may exist, nor be there twice; one statement."""
    names = [values['sku'].upper() for values in checked]
    names += [a.alias.upper() for own in aliases for a in own if not a.customer_code]
    twice = {name for name in names if names.count(name) > 1} if len(names) < 2000 else set()
    row = database.run(ANY_TAKEN, {'names': names}).fetchone()
    if row or twice:
        name = row[0] if row else min(twice)
        raise Conflict(f'{name} is the SKU or alias of a product already', code='erp_duplicate')


def _insert_aliases(rows: list[Product], aliases: list[list[Alias]]) -> None:
    for row, own in zip(rows, aliases, strict=True):
        if own:
            _set_aliases(row, own)


def change_product(
    product_id: int, change: ProductChange, *, actor: Actor, version: int | None = None
) -> None:
    """Merge the change into the row (G-10). Raises NotFound, Conflict, Invalid."""
    with atomic() as work:
        product = _locked(product_id, version)
        values = _checked(change)
        aliases = values.pop('aliases', None)
        changed = {n: v for n, v in values.items() if product.__data__.get(n) != v}
        if 'sku' in changed:
            _check_rename(product, changed['sku'])
        if changed.get('type') in ('service', 'kit') and _is_stocked(product):
            raise Conflict('a product with stock stays stockable')
        if aliases is not None:
            _set_aliases(product, aliases)
        elif not changed:
            return
        _save(product, changed, aliases, work, actor)


def _save(
    product: Product,
    changed: dict[str, typing.Any],
    aliases: list[Alias] | None,
    work: Work,
    actor: Actor,
) -> None:
    previous = {name: product.__data__.get(name) for name in changed}
    product.__data__.update(changed)
    product._dirty.update(changed)  # type: ignore[attr-defined]
    if aliases is None:
        rows = ProductAlias.select().where(ProductAlias.product == product)
        aliases = [Alias(alias=row.alias) for row in rows]
    product.search_text = _search_text(product.__data__, aliases)
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
    _check_free(sku, product.id)


def _check_free(name: str, own_id: int = 0, party_id: int = 0) -> None:
    named = {'name': name.upper(), 'own': own_id, 'party': party_id}
    if database.run(TAKEN, named).fetchone():
        raise Conflict(f'{name} is the SKU or alias of a product already', code='erp_duplicate')


def _set_aliases(product: Product, aliases: list[Alias]) -> None:
    """Replace the aliases of a product."""
    ProductAlias.delete().where(ProductAlias.product == product).execute()
    seen: set[tuple[str, int]] = set()
    for alias in aliases:
        party_id = _party_id(alias.customer_code)
        name = (alias.alias.upper(), party_id)
        if name in seen or alias.alias.upper() == product.sku.upper():
            continue
        seen.add(name)
        _check_free(alias.alias, product.id, party_id)
        kind = 'customer' if party_id else 'alias'
        ProductAlias.create(product=product, alias=alias.alias, kind=kind, party_id=party_id)


def _party_id(code: str | None) -> int:
    if not code:
        return 0
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


def _search_text(values: typing.Mapping[str, typing.Any], aliases: list[Alias]) -> str:
    names = (values.get(name) for name in ('sku', 'name_fr', 'name_en', 'barcode'))
    return searchable(*names, *(alias.alias for alias in aliases))


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
    if 'aliases' in values:
        values['aliases'] = [
            a if isinstance(a, Alias) else Alias(alias=a) for a in values['aliases']
        ]
    return values


def _check_sku(sku: str) -> None:
    if not SKU.fullmatch(sku) or sku.lower() in RESERVED:
        raise invalid(sku='must be 1 to 64 of letters, digits and ._+-')


def _check_barcode(code: str) -> None:
    if code.isdigit() and len(code) in (8, 12, 13, 14) and not ean.is_valid(code):
        raise invalid(barcode='has a wrong check digit')


def _category_id(name: str | None) -> int | None:
    """The category of that code, made when it is new."""
    if not name:
        return None
    code = re.sub(r'[^A-Z0-9]+', '-', fold(name).upper()).strip('-') or 'OTHER'
    row = Category.get_or_none(Category.code == code)
    row = row or Category.create(code=code, name_fr=name, name_en=name)
    return row.id
