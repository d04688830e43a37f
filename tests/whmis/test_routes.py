"""/whmis over HTTP: sheets, versions, labels, files."""

import base64
import datetime as dt

import pytest

from karvo.kit.db import database
from karvo.whmis.compute import classes, sections
from karvo.whmis.models import TRANSITIONS, Sds
from karvo.whmis.reads import missing_sds
from tests.conftest import Api, wide_key
from tests.days import stand_still
from tests.paper import text

CLASSES = [
    {'class_code': 'flammable_liquids', 'category': '2'},
    {'class_code': 'skin_corrosion_irritation', 'category': '1B'},
    {'class_code': 'eye_damage_irritation', 'category': '1'},
]
SHEET = {
    'revised_on': '2026-03-01',
    'product_identifier': 'Ultra 5L',
    'supplier': {'name': 'Chimie Boréale', 'phone': '418 555-0100'},
    'classification': CLASSES,
    'p_statements': [{'code': 'P210'}, {'code': 'P305+P351+P338'}],
    'ingredients': [{'name': 'Isopropanol', 'cas': '67-63-0', 'concentration_min': 10.5}],
    'sections': {'4': {'content_fr': 'Rincer.', 'content_en': 'Rinse.'}},
    'tdg': {'un': 'UN1219', 'class': '3', 'packing_group': 'II'},
}
PDF = base64.b64encode(b'%PDF-1.4 supplier').decode()


@pytest.fixture
def books(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    stand_still(monkeypatch, '2026-11-20')
    new = {'sku': 'ULTRA', 'name_en': 'Ultra', 'hazardous': True, 'aliases': ['OLD-ULTRA']}
    assert api.post('/products', new).status_code == 201
    return api


def entered(api: Api, sku: str = 'ULTRA', **values: object) -> dict:
    answer = api.post(f'/whmis/{sku}', SHEET | values)
    assert answer.status_code == 201, answer.text
    return answer.json


def refused(answer, *fields: str) -> str:
    assert answer.status_code == 422, answer.text
    assert set(fields) <= set(answer.json['data'].get('params') or []), answer.text
    return answer.json['error']


class TestEnter:
    def test_words_follow_from_the_classification(self, books: Api) -> None:
        sheet = entered(books)
        assert (sheet['status'], sheet['version_no'], sheet['signal_word']) == (
            'current',
            1,
            'danger',
        )
        assert [one['code'] for one in sheet['h_statements']] == ['H225', 'H314']  # not H318
        assert sheet['h_statements'][0]['text_fr'] == 'Liquide et vapeurs très inflammables'
        assert [one['code'] for one in sheet['pictograms']] == ['flame', 'corrosion']
        assert sheet['review_due'] == '2029-03-01'
        assert sheet['tdg']['class'] == '3'

    def test_its_product_shows_it_in_short(self, books: Api) -> None:
        assert books.get('/products/sku/ULTRA').json['whmis'] is None
        sheet = entered(books, status='current')
        [listed] = books.get('/products?sku=ULTRA').json['data']
        assert listed['whmis'] == books.get('/products/sku/ULTRA').json['whmis']
        assert listed['whmis'] == {
            'signal_word': sheet['signal_word'],
            'pictograms': [one['code'] for one in sheet['pictograms']],
            'sds_status': 'current',
            'review_due': sheet['review_due'],
        }

    def test_all_sixteen_sections_and_none_is_blank(self, books: Api) -> None:
        shown = entered(books)['sections']
        assert list(shown) == [str(n) for n in range(1, 17)]
        assert (shown['4']['title_fr'], shown['4']['content_fr']) == ('Premiers soins', 'Rincer.')
        assert shown['12']['title_en'] == 'Ecological information'
        assert (shown['12']['content_fr'], shown['12']['content_en']) == (
            'Non disponible',
            'Not available',
        )

    def test_one_language_is_flagged(self, books: Api) -> None:
        sheet = entered(books, sections={'4': {'content_en': 'Rinse.'}})
        assert (sheet['language_missing'], sheet['languages']) == (True, ['en'])
        with books.company():
            assert missing_sds([1]) == ['ULTRA']

    @pytest.mark.parametrize(
        ('change', 'field'),
        [
            ({'revised_on': None}, 'revised_on'),
            ({'revised_on': '1980-01-01'}, 'revised_on'),
            ({'issued_on': '2026-03-02'}, 'issued_on'),
            ({'signal_word': 'none'}, 'signal_word'),
            ({'signal_word': 'hazard'}, 'signal_word'),
            ({'classification': [{'class_code': 'magic'}]}, 'classification[0].class_code'),
            (
                {'classification': [{'class_code': 'flammable_liquids', 'category': '9'}]},
                'classification[0].category',
            ),
            ({'classification': []}, 'classification'),
            ({'h_statements': [{'code': 'H1'}]}, 'h_statements[0].code'),
            ({'h_statements': [{'code': 'H399'}]}, 'H399'),
            ({'p_statements': [{'code': 'P210+'}]}, 'p_statements[0].code'),
            ({'pictograms': ['dragon']}, 'pictograms[0]'),
            ({'sections': {'17': {}}}, 'sections.17'),
            ({'hpr_version': 2018}, 'hpr_version'),
            ({'review_months': 0}, 'review_months'),
            ({'status': 'superseded'}, 'status'),
            ({'tdg': {'un': '12'}}, 'tdg.un'),
        ],
    )
    def test_refusals_name_the_field(self, books: Api, change: dict, field: str) -> None:
        refused(books.post('/whmis/ULTRA', SHEET | change), field)
        assert books.get('/whmis').json['total'] == 0

    def test_danger_displaces_warning_and_the_skull_the_exclamation_mark(self, books: Api) -> None:
        toxic = [
            {'class_code': 'acute_toxicity_oral', 'category': '3'},
            {'class_code': 'acute_toxicity_dermal', 'category': '4'},
        ]
        sheet = entered(books, classification=toxic, signal_word='warning')
        assert sheet['signal_word'] == 'danger'
        assert [one['code'] for one in sheet['pictograms']] == ['skull']
        more = [*toxic, {'class_code': 'skin_sensitization', 'category': '1'}]
        sheet = entered(books, classification=more)
        assert [one['code'] for one in sheet['pictograms']] == ['skull', 'exclamation']

    def test_no_signal_word_where_no_class_has_one(self, books: Api) -> None:
        mild = [{'class_code': 'self_reactive', 'category': 'G'}]
        assert entered(books, classification=mild)['signal_word'] == 'none'

    def test_a_statement_of_ones_own_needs_its_words(self, books: Api) -> None:
        own = {'code': 'H350i', 'text_fr': 'Cancer par inhalation', 'text_en': 'Cancer if inhaled'}
        assert entered(books, h_statements=[own])['h_statements'][0]['text_en'] == own['text_en']


class TestRead:
    def test_by_alias_in_one_language(self, books: Api) -> None:
        entered(books)
        shown = books.get('/whmis/old-ultra?lang=fr').json
        assert (shown['sku'], shown['requested_sku']) == ('ULTRA', 'old-ultra')
        assert (
            'content_en' not in shown['sections']['4']
            and 'name_en' not in (shown['classification'][0])
        )
        assert shown['sections']['4']['content_fr'] == 'Rincer.'

    def test_unknown(self, books: Api, other: Api) -> None:
        assert books.get('/whmis/NOPE').json['error'] == 'Product not found'
        answer = books.get('/whmis/ULTRA')
        assert (answer.status_code, answer.json['error']) == (404, 'no SDS for this product')
        entered(books)
        assert books.get('/whmis/ULTRA?version=9').status_code == 404
        assert other.get('/whmis/ULTRA').status_code == 404
        for path in ('sheet', 'label', 'label/pdf', 'pdf/fr', 'customers'):
            assert other.get(f'/whmis/ULTRA/{path}').status_code == 404
        assert other.put('/whmis/ULTRA', {'review_months': 12}).status_code == 404

    def test_a_read_only_key_changes_nothing(self, books: Api) -> None:
        entered(books)
        headers = {'X-SE-ERP-Key': wide_key(books.tenant, scopes=['read-only'])}
        assert books.get('/whmis/ULTRA/label', headers=headers).status_code == 200
        for method, path in (('POST', ''), ('PUT', ''), ('PUT', '/pdf/fr')):
            answer = books.ask(method, f'/whmis/ULTRA{path}', {}, headers=headers)
            assert answer.status_code == 403

    @pytest.mark.parametrize(
        ('today', 'status'),
        [
            ('2026-11-20', 'current'),
            ('2028-12-01', 'review_due'),
            ('2029-03-01', 'review_due'),
            ('2029-03-02', 'expired'),
        ],
    )
    def test_the_status_follows_the_date(
        self, books: Api, monkeypatch: pytest.MonkeyPatch, today: str, status: str
    ) -> None:
        entered(books)
        stand_still(monkeypatch, today)
        assert books.get('/whmis/ULTRA').json['status'] == status
        assert books.get(f'/whmis?status={status}').json['total'] == 1
        with books.company():
            assert missing_sds([1]) == (['ULTRA'] if status == 'expired' else [])

    def test_sheets_under_the_old_rules_are_flagged(self, books: Api) -> None:
        sheet = entered(books, hpr_version=2015)
        assert sheet['hpr_transition_expired']
        with books.company():
            assert missing_sds([1, 2]) == ['ULTRA']

    def test_the_list_is_filtered(self, books: Api) -> None:
        entered(books)
        books.post('/products', {'sku': 'B', 'name_en': 'B'})
        mild = [{'class_code': 'skin_corrosion_irritation', 'category': '2'}]
        entered(books, 'B', classification=mild, supplier={'name': 'Zed'}, product_identifier='B')

        def skus(query: str) -> list[str]:
            return [row['sku'] for row in books.get(f'/whmis?{query}').json['data']]

        assert skus('orderby=product_identifier') == ['B', 'ULTRA']
        assert skus('signal_word=warning') == ['B']
        assert skus('class=flammable_liquids') == ['ULTRA']
        assert skus('supplier=boréale') == skus('search=boreale') == ['ULTRA']
        assert skus('review_before=2029-03-01') == []
        assert skus('status=draft,superseded') == []
        refused(books.get('/whmis?status=lost'), 'status')
        refused(books.get('/whmis?class=magic'), 'class')


class TestVersions:
    def test_a_change_of_what_is_in_force_is_the_next_version(self, books: Api) -> None:
        entered(books)
        changed = books.put('/whmis/ULTRA', {'revised_on': '2026-11-01'}).json
        assert (changed['version_no'], changed['review_due']) == (2, '2029-11-01')
        assert [(v['version_no'], v['status']) for v in changed['versions']] == [
            (2, 'current'),
            (1, 'superseded'),
        ]
        assert changed['sections']['4']['content_fr'] == 'Rincer.'
        assert books.get('/whmis/ULTRA?version=1').json['revised_on'] == '2026-03-01'
        assert books.get('/whmis').json['total'] == 1
        types = [event['type'] for event in books.get('/events').json['data']]
        assert types[-3:] == ['whmis.superseded', 'whmis.created', 'whmis.updated']

    def test_a_new_classification_brings_its_own_words(self, books: Api) -> None:
        entered(books)
        mild = [{'class_code': 'flammable_liquids', 'category': '4'}]
        sheet = books.put('/whmis/ULTRA', {'classification': mild}).json
        assert (sheet['signal_word'], sheet['pictograms']) == ('warning', [])
        assert [one['code'] for one in sheet['h_statements']] == ['H227']

    def test_a_draft_is_changed_in_place_and_leaves_what_is_in_force(self, books: Api) -> None:
        entered(books)
        draft = entered(books, status='draft', product_identifier='New')
        assert (draft['version_no'], draft['status']) == (2, 'draft')
        assert books.get('/whmis/ULTRA').json['version_no'] == 1
        changed = books.put('/whmis/ULTRA', {'product_identifier': 'Newer'})
        assert (changed.json['version_no'], changed.json['product_identifier']) == (2, 'Newer')
        stale = {'If-Match': '"1"'}
        assert books.put('/whmis/ULTRA', {'status': 'current'}, headers=stale).status_code == 412
        assert books.put('/whmis/ULTRA', {'status': 'current'}).json['status'] == 'current'
        assert books.get('/whmis/ULTRA').json['version_no'] == 2

    @pytest.mark.parametrize('status', sorted(TRANSITIONS))
    def test_every_step(self, books: Api, monkeypatch, status: str) -> None:
        """Each pair of the table, those that only the date brings, and those not in it."""
        days = {'review_due': '2029-02-01', 'expired': '2029-06-01'}
        by_hand = {'draft', 'current', 'superseded'}
        for target in TRANSITIONS:
            stand_still(monkeypatch, '2026-11-20')
            books.post('/products', {'sku': target, 'name_en': 'x'})
            entered(books, target, status='draft' if status == 'draft' else 'current')
            if status == 'superseded':
                books.put(f'/whmis/{target}', {'status': 'superseded'})
            stand_still(monkeypatch, days.get(status, '2026-11-20'))
            answer = books.put(f'/whmis/{target}', {'status': target})
            stays = target == status or (target == 'current' and status in days)
            if status == 'superseded':
                assert answer.status_code == (404 if target in by_hand else 422)
            elif target in by_hand and (stays or target in TRANSITIONS[status]):
                assert answer.status_code == 200, answer.text
            else:
                assert answer.status_code == 422, (status, target)
            if target in TRANSITIONS[status] - by_hand:  # as time goes by
                stand_still(monkeypatch, days[target])
                assert books.get(f'/whmis/{target}').json['status'] == target

    def test_two_at_once_in_force_cannot_be(self, books: Api) -> None:
        entered(books)
        entered(books)
        with books.company():
            states = [row.state for row in Sds.select().order_by(Sds.id)]
        assert states == ['superseded', 'current']


class TestPaper:
    def test_the_label(self, books: Api) -> None:
        entered(books)
        label = books.get('/whmis/ULTRA/label').json
        assert [column['signal'] for column in label['columns']] == ['Danger', 'Danger']
        assert label['columns'][0]['hazards'][0] == 'Liquide et vapeurs très inflammables'
        assert label['pictograms'][0] == {'name': 'flame', 'words': ['Flamme', 'Flame']}
        body = books.get('/whmis/ULTRA/label/pdf')
        assert body.headers['content-type'] == 'application/pdf'
        shown = text(body.content)
        for words in ('DANGER', 'Flamme', 'Consulter la fiche', 'See the safety data sheet'):
            assert words in shown
        french = text(books.get('/whmis/ULTRA/label/pdf?lang=fr').content)
        assert 'Consulter la fiche' in french and 'See the' not in french

    def test_the_sheet_has_every_heading_in_both_languages(self, books: Api) -> None:
        entered(books)
        shown = text(books.get('/whmis/ULTRA/sheet').content)
        for number, heading in sections().items():
            assert f'{number}. {heading.fr}' in shown and heading.en in shown
        for words in ('Isopropanol (CAS 67-63-0)', 'UN1219', 'Chimie Boréale', 'Rincer.', 'H314'):
            assert words in shown

    def test_every_pictogram_prints(self, books: Api) -> None:
        names = ['flame', 'flame_over_circle', 'gas_cylinder', 'corrosion', 'exploding_bomb']
        names += ['skull', 'health_hazard', 'exclamation', 'biohazard', 'environment']
        entered(books, classification=[CLASSES[0]], pictograms=names)
        shown = text(books.get('/whmis/ULTRA/label/pdf?lang=en').content)
        assert 'Gas cylinder' in shown and 'Environment' in shown and 'Exploding bomb' in shown


class TestFile:
    def test_kept_and_given_back(self, books: Api) -> None:
        entered(books)
        kept = books.put('/whmis/ULTRA/pdf/fr', {'content': PDF})
        assert kept.status_code == 200, kept.text
        assert (kept.json['pdf_fr'], kept.json['pdf_en']) == (True, False)
        assert books.get('/whmis/ULTRA/pdf/fr').content == b'%PDF-1.4 supplier'
        assert books.get('/whmis/ULTRA/pdf/en').status_code == 404
        books.put('/whmis/ULTRA', {'revised_on': '2026-11-01'})
        assert books.get('/whmis/ULTRA').json['pdf_fr'] is False  # it was of the other version
        assert books.get('/whmis/ULTRA/pdf/fr?version=1').status_code == 200

    def test_more_than_a_megabyte(self, books: Api) -> None:
        entered(books)
        large = base64.b64encode(b'%PDF-' + bytes(2_000_000)).decode()
        assert books.put('/whmis/ULTRA/pdf/en', {'content': large}).json['pdf_en']
        assert len(books.get('/whmis/ULTRA/pdf/en').content) == 2_000_005
        assert books.put('/whmis/ULTRA', {'supplemental_en': large}).status_code == 413

    def test_refusals(self, books: Api) -> None:
        entered(books)
        other = base64.b64encode(b'GIF89a of a cat').decode()
        refused(books.put('/whmis/ULTRA/pdf/fr', {'content': other}), 'content')
        refused(books.put('/whmis/ULTRA/pdf/fr', {'content': '?' * 12}), 'content')
        refused(books.put('/whmis/ULTRA/pdf/de', {'content': PDF}), 'lang')


def test_the_data_files_agree_with_one_another() -> None:
    """Each category names a statement and a pictogram that there are."""
    from_files = {
        code for one in classes().values() for c in one.categories.values() for code in c.h
    }
    assert len(classes()) == 36 and len(from_files) > 50


def test_settings_hold_the_policy(api: Api) -> None:
    assert api.get('/settings').json['block_ship_without_sds'] == 'warn'
    changed = api.put('/settings', {'block_ship_without_sds': 'block'})
    assert changed.json['block_ship_without_sds'] == 'block'
    refused(api.put('/settings', {'block_ship_without_sds': 'maybe'}), 'block_ship_without_sds')


def test_dates_are_months_later_at_most_on_the_last_day(books: Api) -> None:
    assert entered(books, revised_on='2026-08-31', review_months=6)['review_due'] == '2027-02-28'
    with books.company():
        assert database.run('SELECT max(review_due) FROM @sds').fetchone()[0] == dt.date(
            2027, 2, 28
        )
