"""Pay stubs on paper."""

import pytest

from tests.paper import COMPANY, printed, text
from tests.payroll.conftest import BANK, NEXT, SIN


@pytest.fixture
def stub(office):
    """The second of two pays; the path of its PDF."""
    assert office.api.put('/settings', COMPANY).status_code == 200
    place = {'line1': '45, rue Saint-Jean', 'city': 'Québec', 'province': 'QC'}
    office.employee(sin=SIN, bank=BANK, address=place, deductions=[{'code': 'REER', 'amount': 50}])
    office.step(office.run(), 'approve', 'post')
    run = office.run(**NEXT)
    office.step(run, 'approve')
    return f'/payroll/runs/{run["id"]}/stubs/{office.stubs(run)[0]["id"]}/pdf'


class TestPaper:
    def test_both_languages_with_the_year_to_date(self, office, stub):
        answer = printed(office.api, stub)
        assert answer.headers['content-language'] == 'fr, en'
        said = text(answer.content)
        for words in ('Talon de paie / Pay stub', 'RRQ / QPP', 'Impôt fédéral / Federal income'):
            assert words in said
        for words in ('Ana Roy', '45, rue Saint-Jean', '2 000,00 $', '4 000,00 $', '100,00 $'):
            assert words in said.replace('\u00a0', ' '), words
        assert '815-*****-****567' in said
        assert '130' not in said and '1234567' not in said

    def test_french_alone_and_english_of_who_is_paid_in_english(self, office, stub):
        french = text(printed(office.api, f'{stub}?lang=fr').content)
        assert 'Talon de paie' in french and 'Pay stub' not in french
        both = printed(office.api, f'{stub}?lang=en')
        assert both.headers['content-language'] == 'fr, en'
        assert office.api.get(f'{stub}?lang=de').status_code == 422

    def test_what_may_still_change_says_so(self, office):
        office.employee()
        run = office.run()
        path = f'/payroll/runs/{run["id"]}/stubs/1/pdf'
        assert 'Provisoire' in text(printed(office.api, path).content)
        office.step(run, 'cancel')
        assert 'ANNULÉ' in text(printed(office.api, path).content)
        assert office.api.get(f'/payroll/runs/{run["id"]}/stubs/99/pdf').status_code == 404
