"""Creating, changing and removing customers (CUS-1 to CUS-4)."""

import importlib.resources
import re
import typing
from collections.abc import Sequence

import email_validator
import msgspec
import peewee
from msgspec import UNSET

from karvo.customers.models import CustomerGroup, Party, PaymentTerm
from karvo.customers.schemas import (
    CustomerChange,
    CustomerCreated,
    CustomerCreditHold,
    CustomerDeleted,
    CustomerEvent,
    CustomerUpdated,
)
from karvo.customers.terms import term_named
from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import (
    Conflict,
    Invalid,
    KarvoError,
    PreconditionFailed,
    invalid,
    missing,
    not_found,
)
from karvo.kit.text import searchable
from karvo.kit.work import Work, atomic, attempt
from karvo.settings.reads import read_settings
from karvo.settings.schemas import Settings

CODE = re.compile(r'[A-Z0-9][A-Z0-9_-]{0,31}')
OWN_CODE = re.compile(r'C[0-9]{5,9}')  #: of the series that codes are made in
GST = re.compile(r'[0-9]{9}RT[0-9]{4}')
QST = re.compile(r'[0-9]{10}TQ[0-9]{4}')
POSTAL_CODE = re.compile(
    r'[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d', re.IGNORECASE | re.ASCII
)


def create_customer(
    new: CustomerChange, *, actor: Actor, is_auto: bool = False
) -> tuple[int, list[str]]:
    """(id, warnings). Raises Conflict for a code that exists, deleted ones included (CUS-1)."""
    with atomic():
        warnings = _email_warnings(new.email or None)
        made = create_customers([new], actor=actor, is_auto=is_auto)
    return made[0], warnings


def create_customers(
    news: list[CustomerChange], *, actor: Actor, is_auto: bool = False
) -> list[int]:
    """Ids of many new customers, in one unit of work and a constant number of statements."""
    if any(not new.name for new in news):
        raise missing('name')
    with atomic() as work:
        _take_turn_for(news)
        settings = read_settings()
        checked = [_checked(new) for new in news]
        for values in checked:
            _check_postal_code(values)
            _check_interest(values, settings)
            _record_choice(values, None, work, actor)
        _check_codes_free([values['code'] for values in checked if values.get('code')])
        _fill_codes(checked)  # should another request give the same, the index has it retried
        rows = [_row(values, settings, work, is_auto) for values in checked]
        query = Party.insert_many([row.__data__ for row in rows]).returning(Party.id)
        for row, (party_id,) in zip(rows, query.tuples().execute(), strict=True):
            row.id = party_id
            event = CustomerCreated(id=row.id, uid=str(row.uid), object=_snapshot(row))
            work.record(event, actor)
    return [row.id for row in rows]


def create_each(
    news: Sequence[CustomerChange | KarvoError], *, is_whole: bool = False, actor: Actor
) -> list[int | KarvoError]:
    """What became of each: its id, or why not; what was refused before is passed on (V2-10).

    One unit of work; what is refused keeps nothing else from being made. With `is_whole` it does:
    raises Invalid naming the fields of all, as `customers[0].email`.
    """
    with atomic():
        sound = [new for new in news if not isinstance(new, KarvoError)]
        _take_turn_for(sound)  # before an attempt, which would give it back
        good = iter(_made(sound, actor))
        made = [new if isinstance(new, KarvoError) else next(good) for new in news]
        refused = {n: one for n, one in enumerate(made) if isinstance(one, KarvoError)}
        if is_whole and refused:
            fields = {
                f'customers[{n}].{name}': why
                for n, one in refused.items()
                for name, why in (one.fields or {'customer': one.message}).items()
            }
            raise Invalid('nothing was created', fields=fields)
    return made


def _made(news: list[CustomerChange], actor: Actor) -> list[int | KarvoError]:
    """At once where all are good, else each half by itself: a few bad ones cost little."""
    if not news:
        return []
    try:
        with attempt():
            return [*create_customers(news, actor=actor)]
    except KarvoError as refusal:
        if len(news) == 1:
            return [refusal]
    half = len(news) // 2
    return _made(news[:half], actor) + _made(news[half:], actor)


def _check_codes_free(codes: list[str]) -> None:
    if not codes:
        return
    taken = Party.select(Party.code).where(Party.code.in_(codes)).first()
    if taken is not None or len(set(codes)) < len(codes):
        code = taken.code if taken else next(c for c in codes if codes.count(c) > 1)
        raise _taken(code)


def _taken(code: str) -> Conflict:
    text = f'customer code {code} exists already'
    return Conflict(text, code='erp_duplicate', fields={'code': 'exists already'})


def _row(values: dict[str, typing.Any], settings: Settings, work: Work, is_auto: bool) -> Party:
    values.setdefault('currency', settings.currency)
    return Party(
        uid=ids.uuid7(),
        key=ids.random_key(),
        auto_created=is_auto,
        search_text=_search_text(values),
        created_at=work.at,
        updated_at=work.at,
        **values,
    )


def change_customer(
    customer_id: int, change: CustomerChange, *, actor: Actor, version: int | None = None
) -> list[str]:
    """Merge the change into the row (G-10); returns warnings."""
    with atomic() as work:
        party = locked_customer(customer_id, version)
        values = _checked(change)
        if values.get('interest_rate_annual'):
            _check_interest(values, read_settings())
        _record_choice(values, party.language_choice_recorded_ref, work, actor)
        changed = {n: v for n, v in values.items() if getattr(party, n) != v}
        _check_frozen(party, changed)
        if not changed.keys().isdisjoint(('postal_code', 'country')):
            _check_postal_code(party.__data__ | changed)
        warnings = _email_warnings(changed.get('email'), party.id)
        if changed:
            _save(party, changed, work, actor)
    return warnings


def _save(party: Party, changed: dict[str, typing.Any], work: Work, actor: Actor) -> None:
    previous = {name: getattr(party, name) for name in changed}
    for name, value in changed.items():
        setattr(party, name, value)
    party.search_text = _search_text(party.__data__)
    party.version, party.updated_at = party.version + 1, work.at
    party.save()
    announced: list[type[CustomerEvent]] = [CustomerUpdated]
    if 'credit_hold' in changed:
        announced.append(CustomerCreditHold)
    for kind in announced:
        event = kind(id=party.id, uid=str(party.uid), object=_snapshot(party), previous=previous)
        work.record(event, actor)


def locked_customer(customer_id: int, version: int | None = None) -> Party:
    """The row, locked; raises NotFound, or PreconditionFailed for another version."""
    query = Party.select().where(
        (Party.id == customer_id) & Party.is_customer & Party.deleted_at.is_null()
    )
    party = query.for_update().get_or_none()
    if party is None:
        raise not_found('Customer')
    if version is not None and version != party.version:
        raise PreconditionFailed(f'the customer is at version {party.version}')
    return party


def delete_customer(customer_id: int, *, actor: Actor, has_history: bool, balance: object) -> None:
    """Archive one with history, remove one without; owing anything forbids it (CUS-3, G-11)."""
    with atomic() as work:
        party = locked_customer(customer_id)
        if balance:
            raise Conflict(f'the customer has an open balance of {balance}')
        if has_history or not _remove(party):
            party.deleted_at = party.updated_at = work.at
            party.version += 1
            party.save()
        work.record(
            CustomerDeleted(id=party.id, uid=str(party.uid), object=_snapshot(party)), actor
        )


def _remove(party: Party) -> bool:
    """False where something refers to it: claims, negotiations, whatever lies above (G-11)."""
    try:
        with database.savepoint():
            party.delete_instance()
    except peewee.IntegrityError:
        return False
    return True


def _record_choice(
    values: dict[str, typing.Any], before: str | None, work: Work, actor: Actor
) -> None:
    """L-1: the server says when, and who recorded it; null takes the record back."""
    reference = values.get('language_choice_recorded_ref', before)
    if reference != before:
        values['language_choice_recorded_at'] = work.at if reference else None
        values['language_choice_recorded_by'] = (actor.name or actor.kind) if reference else None


def _check_interest(values: dict[str, typing.Any], settings: Settings) -> None:
    """AR-8: never above the criminal rate. Raises Invalid."""
    most = settings.criminal_interest_rate
    if (values.get('interest_rate_annual') or 0) > most:
        raise invalid(interest_rate_annual=f'must be at most {most}')


#: Payments have lines in the ledger, documents of 0.00 have none.
POSTED = """
SELECT 1 FROM @journal_line WHERE party_id = %(id)s
UNION ALL SELECT 1 FROM @document WHERE party_id = %(id)s AND state <> 'draft' LIMIT 1"""


def _check_frozen(party: Party, changed: dict[str, typing.Any]) -> None:
    """Code and currency stand still once something is posted (CUS-4)."""
    frozen = {'code', 'currency'} & changed.keys()
    if frozen and database.run(POSTED, {'id': party.id}).fetchone():
        name = min(frozen)
        raise Conflict(f'{name} cannot change once a document is posted')
    if 'code' in changed and Party.select().where(Party.code == changed['code']).exists():
        raise _taken(changed['code'])


def _fill_codes(rows: list[dict[str, typing.Any]]) -> None:
    """C00001, C00002, …: the next above the highest, there and among those that are given."""
    lacking = [values for values in rows if not values.get('code')]
    if not lacking:
        return
    given = [values['code'] for values in rows if values.get('code')]
    highest = peewee.fn.max(peewee.fn.substr(Party.code, 2).cast('bigint'))
    known = Party.select(highest).where(Party.code.regexp(r'^C[0-9]{5,9}$')).scalar() or 0
    number = max(known, *(int(code[1:]) for code in given if OWN_CODE.fullmatch(code)), 0)
    for n, values in enumerate(lacking, number + 1):
        values['code'] = f'C{n:05d}'


def _take_turn_for(news: Sequence[CustomerChange]) -> None:
    """First of all: whoever waits for a turn holds nothing that the others need."""
    if any(not new.code for new in news):
        take_turn()


def take_turn() -> None:
    """Whoever makes codes or SKUs does so after the one before has committed. What is locked is
    nobody's group, since those have a code.
    """
    row, names = CustomerGroup.insert(kind='series', code=''), ('kind', 'code')
    row.on_conflict(conflict_target=names, preserve=(CustomerGroup.code,)).execute()


def _email_warnings(email: str | None, own_id: int = 0) -> list[str]:
    if not email:
        return []
    same = (peewee.fn.lower(Party.email) == email.lower()) & (Party.id != own_id)
    return ['duplicate_email'] if Party.select().where(same).exists() else []


def _search_text(values: typing.Mapping[str, typing.Any]) -> str:
    return searchable(*(values.get(name) for name in ('code', 'name', 'email', 'city')))


def _snapshot(party: Party) -> dict[str, typing.Any]:
    names = ('id', 'code', 'name', 'email', 'group', 'credit_hold', 'version')
    return {name: getattr(party, name) for name in names}


def _checked(change: CustomerChange) -> dict[str, typing.Any]:
    """Column values, each checked and in its canonical form. Raises Invalid."""
    values = {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
    days = values.pop('payment_terms_days', None)
    if days is not None and not values.get('payment_terms'):
        values['payment_terms'] = f'NET{days}' if days else 'COD'
    for name, check in _CHECKS.items():
        if values.get(name) is not None:
            values[name] = check(values[name])
    if values.get('payment_terms'):
        values['payment_terms'] = ensure_term(values['payment_terms'])
    if values.get('metadata', UNSET) is None:
        values['metadata'] = {}
    _ensure_groups(values)
    return values


def _ensure_groups(values: dict[str, typing.Any]) -> None:
    for kind in ('group', 'price_tier'):
        if values.get(kind):
            CustomerGroup.insert(kind=kind, code=values[kind]).on_conflict_ignore().execute()


def _address(address: msgspec.Struct) -> typing.Any:
    _check_postal_code(values := msgspec.to_builtins(address), 'ship_to.postal_code')
    return values


def _check_postal_code(values: typing.Mapping[str, typing.Any], field: str = 'postal_code') -> None:
    """Of the whole address: a change may bring the code, the country or both. Raises Invalid."""
    code = values.get('postal_code')
    if code and values.get('country') == 'CA' and not POSTAL_CODE.fullmatch(code):
        raise invalid(**{field: 'must be a Canadian postal code like H2X 1Y4'})


def customer_code(text: str) -> str:
    """The code in capitals; raises Invalid."""
    text = text.strip()
    code = text.upper()
    # Capitals of some letters that are no ASCII are: those of ß are SS.
    if not text.isascii() or not CODE.fullmatch(code):
        raise invalid(code='must be 1 to 32 of A-Z, 0-9, - and _')
    return code


def checked_email(text: str) -> str:
    """The address as it is written rightly; nobody is asked whether it exists. Raises Invalid."""
    try:
        return email_validator.validate_email(
            text, check_deliverability=False, test_environment=True
        ).normalized
    except email_validator.EmailNotValidError:
        raise invalid(email='must be an e-mail address') from None


def _name(text: str) -> str:
    if not text.strip():
        raise missing('name')
    return text.strip()


def _tax_number(text: str, form: re.Pattern[str], **example: str) -> str:
    """Without the blanks within. Raises Invalid."""
    number = text.replace(' ', '')
    if not form.fullmatch(number):
        raise invalid(**{name: f'must be like {one}' for name, one in example.items()})
    return number


def check_metadata(value: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """At most 50 keys of at most 500 characters each (G-16). Raises Invalid."""
    if len(value) > 50 or any(len(str(v)) > 500 or len(k) > 100 for k, v in value.items()):
        raise invalid(metadata='must have at most 50 keys of 500 characters')
    return value


_CHECKS: dict[str, typing.Callable[[typing.Any], typing.Any]] = {
    'code': customer_code,
    'name': _name,
    'email': checked_email,
    'gst_number': lambda text: _tax_number(text, GST, gst_number='123456789RT0001'),
    'qst_number': lambda text: _tax_number(text, QST, qst_number='1234567890TQ0001'),
    'metadata': check_metadata,
    'ship_to': _address,
    'province': str.upper,
}


def ensure_term(code: str) -> str:
    """The code, with its row in place; raises Invalid when it is no term."""
    term = term_named(code.upper())
    name = f'Net {term.days}'
    row = {'code': term.code, 'name_fr': f'{name} jours', 'name_en': f'{name} days'}
    PaymentTerm.insert(**row, days=term.days).on_conflict_ignore().execute()
    return term.code


def open_terms() -> None:
    """The terms of a new company; provisioning's only."""
    text = importlib.resources.files(__package__).joinpath('terms.json').read_bytes()
    names = ('code', 'name_fr', 'name_en', 'days', 'kind', 'discount_pct', 'discount_days')
    rows = [dict(zip(names, row, strict=True)) for row in msgspec.json.decode(text)]
    PaymentTerm.insert_many(rows).on_conflict_ignore().execute()
