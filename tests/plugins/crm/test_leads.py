"""Leads: entered, brought forward, made customers once (V2-7, domain §16)."""

import typing

import pytest

from karvo.customers.schemas import CustomerChange
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, Invalid, Missing, NotFound, PreconditionFailed
from karvo.kit.paging import Slice
from plugins.crm.models import LEAD_TRANSITIONS, Lead
from plugins.crm.operations.leads import (
    advance_lead,
    change_lead,
    convert_lead,
    create_lead,
    delete_lead,
    move_lead,
)
from plugins.crm.reads import list_leads, read_lead
from plugins.crm.schemas import Conversion, LeadChange, LeadFilter, LeadRead
from tests.conftest import Api
from tests.payfiles.paid import together

STATUSES = list(LEAD_TRANSITIONS)
#: domain §16, written out once more: the test is not to read the table that it tests.
ALLOWED = {
    ('new', 'contacted'),
    ('contacted', 'qualified'),
    ('qualified', 'converted'),
    ('new', 'lost'),
    ('contacted', 'lost'),
    ('qualified', 'lost'),
    ('lost', 'contacted'),
}
WAY = {
    'new': [],
    'contacted': ['contacted'],
    'qualified': ['contacted', 'qualified'],
    'lost': ['lost'],
}


def entered(actor: Actor, **values: typing.Any) -> int:
    return create_lead(LeadChange(**{'first_name': 'Marie'} | values), actor=actor)[0]


def at(actor: Actor, status: str, **values: typing.Any) -> int:
    """A lead that went the way to this status."""
    lead = entered(actor, **values)
    for step in WAY['qualified' if status == 'converted' else status]:
        advance_lead(lead, typing.cast(typing.Any, step), actor=actor)
    if status == 'converted':
        convert_lead(lead, actor=actor)
    return lead


def seen(lead: int) -> LeadRead:
    found = read_lead(lead)
    assert found
    return found


def told(api: Api, kind: str) -> list[typing.Any]:
    return [e['data'] for e in api.get(f'/events?type={kind}').json['data']]


class TestCreateLead:
    def test_it_is_new_and_as_it_was_sent(self, api: Api, actor: Actor) -> None:
        new = LeadChange(
            first_name=' John ',
            last_name='Smith',
            email='john@Example.com',
            company='Acme Corp',
            phone='1234567890',
            source='Website',
        )
        lead, warnings = create_lead(new, actor=actor)
        row = seen(lead)
        assert warnings == []
        assert (row.first_name, row.last_name, row.company) == ('John', 'Smith', 'Acme Corp')
        assert (row.email, row.phone, row.source) == ('john@example.com', '1234567890', 'Website')
        assert (row.status, row.version, row.customer_id, row.metadata) == ('new', 1, None, {})
        [event] = told(api, 'lead.created')
        assert event['object']['company'] == 'Acme Corp'
        assert event['object']['status'] == 'new'

    @pytest.mark.parametrize('values', [{}, {'last_name': 'Roy'}, {'first_name': ' '}])
    def test_a_first_name_or_a_company_is_needed(
        self, actor: Actor, values: dict[str, str]
    ) -> None:
        with pytest.raises(Missing) as refusal:
            create_lead(LeadChange(**values), actor=actor)
        assert set(refusal.value.fields) == {'first_name', 'company'}
        assert Lead.select().count() == 0

    def test_an_address_must_be_one(self, actor: Actor) -> None:
        with pytest.raises(Invalid) as refusal:
            entered(actor, email='not an address')
        assert set(refusal.value.fields) == {'email'}

    def test_the_same_address_is_a_warning_not_a_refusal(self, actor: Actor) -> None:
        entered(actor, email='a@b.example')
        twice, warnings = create_lead(LeadChange(company='Other', email='A@b.example'), actor=actor)
        assert warnings == ['duplicate_email']
        assert seen(twice).company == 'Other'


class TestChangeLead:
    def test_what_is_absent_stays_and_null_clears(self, api: Api, actor: Actor) -> None:
        lead = entered(actor, company='Acme', email='a@b.example', metadata={'x': 1})
        assert change_lead(lead, LeadChange(first_name=None, owner='Luc'), actor=actor) == []
        row = seen(lead)
        assert (row.first_name, row.company, row.owner) == (None, 'Acme', 'Luc')
        assert (row.email, row.metadata, row.version) == ('a@b.example', {'x': 1}, 2)
        [event] = told(api, 'lead.updated')
        assert event['previous_attributes'] == {'first_name': 'Marie', 'owner': None}

    def test_no_change_says_nothing(self, api: Api, actor: Actor) -> None:
        lead = entered(actor)
        change_lead(lead, LeadChange(first_name='Marie'), actor=actor)
        assert seen(lead).version == 1
        assert told(api, 'lead.updated') == []

    def test_the_only_name_that_counts_cannot_be_taken(self, actor: Actor) -> None:
        lead = entered(actor, last_name='Roy')
        with pytest.raises(Missing):
            change_lead(lead, LeadChange(first_name=None), actor=actor)
        assert seen(lead).first_name == 'Marie'

    def test_another_version_is_refused(self, actor: Actor) -> None:
        with pytest.raises(PreconditionFailed):
            change_lead(entered(actor), LeadChange(owner='x'), actor=actor, version=2)

    def test_an_address_of_another_lead_is_a_warning(self, actor: Actor) -> None:
        entered(actor, email='a@b.example')
        lead = entered(actor)
        change = LeadChange(email='a@b.example')
        assert change_lead(lead, change, actor=actor) == ['duplicate_email']


class TestAdvanceLead:
    @pytest.mark.parametrize('before', STATUSES)
    @pytest.mark.parametrize('after', STATUSES)
    def test_only_the_steps_of_the_table(self, clerk: Actor, before: str, after: str) -> None:
        """Every pair; to converted by converting."""
        lead = at(clerk, before)

        def step() -> None:
            if after == 'converted':
                convert_lead(lead, actor=clerk)
            else:
                advance_lead(lead, typing.cast(typing.Any, after), actor=clerk)

        if (before, after) in ALLOWED:
            step()
            assert seen(lead).status == after
        else:
            with pytest.raises(Conflict):
                step()
            assert seen(lead).status == before

    def test_nobody_is_converted_by_a_word(self, actor: Actor) -> None:
        lead = at(actor, 'qualified')
        with pytest.raises(Conflict):
            advance_lead(lead, 'converted', actor=actor)

    def test_a_lost_lead_says_why_until_it_is_found_again(self, api: Api, actor: Actor) -> None:
        lead = entered(actor)
        advance_lead(lead, 'lost', reason='too dear', actor=actor)
        assert seen(lead).lost_reason == 'too dear'
        [event] = told(api, 'lead.lost')
        assert event['object']['lost_reason'] == 'too dear'
        assert event['previous_attributes']['status'] == 'new'
        advance_lead(lead, 'contacted', actor=actor)
        assert seen(lead).lost_reason is None


class TestMoveLead:
    def test_the_change_and_the_step_at_once(self, actor: Actor) -> None:
        lead = entered(actor)
        assert move_lead(lead, LeadChange(notes='Call'), 'contacted', actor=actor) == []
        assert (seen(lead).notes, seen(lead).status) == ('Call', 'contacted')
        move_lead(lead, LeadChange(phone='1'), 'contacted', actor=actor)
        assert (seen(lead).phone, seen(lead).status) == ('1', 'contacted')
        move_lead(lead, LeadChange(), 'lost', reason='too dear', actor=actor)
        assert (seen(lead).status, seen(lead).lost_reason) == ('lost', 'too dear')

    def test_why_it_was_lost_may_be_said_later(self, actor: Actor) -> None:
        lead = at(actor, 'lost')
        move_lead(lead, LeadChange(notes='Call'), 'lost', reason='too dear', actor=actor)
        assert (seen(lead).notes, seen(lead).lost_reason) == ('Call', 'too dear')
        version = seen(lead).version
        move_lead(lead, LeadChange(), None, reason='too dear', actor=actor)
        move_lead(lead, LeadChange(), None, actor=actor)
        assert (seen(lead).version, seen(lead).lost_reason) == (version, 'too dear')
        move_lead(lead, LeadChange(), None, reason=None, actor=actor)
        assert seen(lead).lost_reason is None
        for status in (None, 'contacted'):
            with pytest.raises(Invalid) as refused:
                move_lead(entered(actor), LeadChange(), status, reason='x', actor=actor)
            assert [*refused.value.fields] == ['lost_reason']

    def test_both_or_neither(self, actor: Actor) -> None:
        lead = entered(actor)
        with pytest.raises(Conflict):
            move_lead(lead, LeadChange(notes='Call'), 'qualified', actor=actor)
        assert seen(lead).notes is None

    def test_another_version_is_refused(self, actor: Actor) -> None:
        with pytest.raises(PreconditionFailed):
            move_lead(entered(actor), LeadChange(), 'contacted', actor=actor, version=2)


class TestConvertLead:
    def test_the_customer_has_what_the_lead_said(self, api: Api, actor: Actor) -> None:
        lead = at(actor, 'qualified', company='Boréal inc.', email='m@boreal.example', phone='514')
        customer = convert_lead(lead, actor=actor)
        row = seen(lead)
        assert (row.status, row.customer_id) == ('converted', customer)
        assert row.converted_at is not None
        made = api.get(f'/customers/{customer}').json
        assert (made['name'], made['email'], made['phone']) == (
            'Boréal inc.',
            'm@boreal.example',
            '514',
        )
        assert row.customer_code == made['code']
        assert [e['object']['customer_id'] for e in told(api, 'lead.converted')] == [customer]
        assert len(told(api, 'customer.created')) == 1

    def test_a_person_is_a_customer_by_both_names(self, api: Api, actor: Actor) -> None:
        lead = at(actor, 'qualified', last_name='Roy')
        made = api.get(f'/customers/{convert_lead(lead, actor=actor)}').json
        assert (made['name'], made['type']) == ('Marie Roy', 'person')

    def test_what_the_conversion_says_wins(self, api: Api, actor: Actor) -> None:
        lead = at(actor, 'qualified', company='Boréal', email='m@boreal.example')
        more = CustomerChange(code='BOR', name='Boréal inc.')
        customer = convert_lead(lead, Conversion(customer=more), actor=actor)
        made = api.get(f'/customers/{customer}').json
        assert (made['code'], made['name'], made['email']) == (
            'BOR',
            'Boréal inc.',
            'm@boreal.example',
        )

    def test_the_same_address_is_the_same_customer_if_asked(self, api: Api, actor: Actor) -> None:
        known = api.post('/customers', {'name': 'Known', 'email': 'M@boreal.example'}).json['id']
        matched = at(actor, 'qualified', email='m@boreal.example')
        assert convert_lead(matched, Conversion(is_matched=True), actor=actor) == known
        by_name = at(actor, 'qualified', company='KNOWN')
        assert convert_lead(by_name, Conversion(is_matched=True), actor=actor) == known
        forced = at(actor, 'qualified', email='m@boreal.example')
        assert convert_lead(forced, actor=actor) != known

    def test_one_that_is_named_is_taken(self, api: Api, actor: Actor) -> None:
        known = api.post('/customers', {'name': 'Known'}).json['id']
        lead = at(actor, 'qualified')
        assert convert_lead(lead, Conversion(customer_id=known), actor=actor) == known
        with pytest.raises(Invalid) as refused:
            convert_lead(at(actor, 'qualified'), Conversion(customer_id=999), actor=actor)
        assert refused.value.fields == {'customer_id': 'not found'}

    def test_what_fails_leaves_no_customer(self, api: Api, actor: Actor) -> None:
        api.post('/customers', {'name': 'Known', 'code': 'BOR'})
        lead = at(actor, 'qualified')
        with pytest.raises(Conflict):
            convert_lead(lead, Conversion(customer=CustomerChange(code='BOR')), actor=actor)
        assert seen(lead).status == 'qualified'
        assert api.get('/customers').json['total'] == 1

    def test_four_at_once_make_one_customer(self, api: Api, actor: Actor) -> None:
        lead = at(actor, 'qualified')

        def convert(_: int) -> str:
            with api.company():
                try:
                    return str(convert_lead(lead, actor=actor))
                except Conflict:
                    return 'conflict'

        outcomes = together(4, convert)
        assert sorted(outcomes)[1:] == ['conflict'] * 3
        assert api.get('/customers').json['total'] == 1


class TestDeleteLead:
    def test_it_is_gone(self, api: Api, actor: Actor) -> None:
        lead = entered(actor)
        delete_lead(lead, actor=actor)
        assert read_lead(lead) is None
        assert [e['object']['id'] for e in told(api, 'lead.deleted')] == [lead]
        with pytest.raises(NotFound):
            delete_lead(lead, actor=actor)

    def test_one_that_became_a_customer_stays(self, actor: Actor) -> None:
        lead = at(actor, 'converted')
        with pytest.raises(Conflict):
            delete_lead(lead, actor=actor)

    def test_its_customer_is_archived_not_removed(self, api: Api, actor: Actor) -> None:
        lead = at(actor, 'converted')
        customer = seen(lead).customer_id
        assert api.delete(f'/customers/{customer}').status_code == 200
        assert seen(lead).customer_id == customer


class TestListLeads:
    @pytest.mark.parametrize(
        ('wanted', 'names'),
        [
            (LeadFilter(), ['Zoé', 'Luc', 'Marie']),
            (LeadFilter(status=['lost', 'contacted']), ['Luc']),
            (LeadFilter(search='côte'), ['Zoé']),
            (LeadFilter(search='100%'), []),
            (LeadFilter(email='M@x.example'), ['Marie']),
            (LeadFilter(source='website'), ['Zoé']),
            (LeadFilter(owner='Julie'), ['Luc']),
        ],
        ids=str,
    )
    def test_filters(self, actor: Actor, wanted: LeadFilter, names: list[str]) -> None:
        entered(actor, email='m@x.example')
        advance_lead(entered(actor, first_name='Luc', owner='Julie'), 'lost', actor=actor)
        entered(actor, first_name='Zoé', last_name='Côté', source='Website')
        rows, total = list_leads(wanted, Slice())
        assert [row.first_name for row in rows] == names
        assert total == len(names)

    def test_pages_and_what_changed_since(self, actor: Actor) -> None:
        made = [entered(actor, first_name=f'N{n}') for n in range(5)]
        rows, total = list_leads(LeadFilter(), Slice(limit=2, offset=2))
        assert ([row.id for row in rows], total) == ([made[2], made[1]], 5)
        change_lead(made[0], LeadChange(owner='x'), actor=actor)
        since = seen(made[0]).updated_at
        rows, total = list_leads(LeadFilter(updated_since=since), Slice())
        assert ([row.id for row in rows], total) == ([made[0]], 1)

    def test_another_company_has_none_of_it(self, actor: Actor, other: Api) -> None:
        lead = entered(actor)
        with other.company():
            assert read_lead(lead) is None
            assert list_leads(LeadFilter(), Slice()) == ([], 0)
            with pytest.raises(NotFound):
                change_lead(lead, LeadChange(owner='x'), actor=actor)
            with pytest.raises(NotFound):
                convert_lead(lead, actor=actor)
        assert seen(lead).owner is None
