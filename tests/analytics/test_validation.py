"""What cannot be answered is refused before any SQL is made of it."""

import msgspec
import pytest

from karvo.analytics.model import the_model
from karvo.analytics.schemas import SemanticQuery
from karvo.analytics.validation import check
from karvo.kit.errors import Invalid

YEAR = {'from': '2026-01-01', 'to': '2026-12-31', 'label': ''}
BEFORE = {'from': '2025-01-01', 'to': '2025-12-31', 'label': ''}


def checked(**asked: object) -> None:
    query = msgspec.convert(asked, SemanticQuery)
    check(query, the_model())


@pytest.mark.parametrize(
    ('asked', 'said'),
    [
        ({'metrics': ['revenue'], 'compare': BEFORE}, 'needs a time'),
        ({'metrics': ['revenue', 'revenue']}, 'given twice'),
        ({'metrics': ['revenue'], 'dimensions': ['customer', 'customer']}, 'given twice'),
        (
            {'metrics': ['revenue'], 'filters': [{'field': 'revenue', 'op': 'in', 'value': 5}]},
            'compared with a number',
        ),
        (
            {'metrics': ['revenue'], 'filters': [{'field': 'revenue', 'op': '>', 'value': [5]}]},
            'compared with a number',
        ),
        ({'metrics': ['ar_balance'], 'compare': BEFORE, 'time': YEAR}, 'as of today'),
        ({'metrics': ['churn_risk'], 'dimensions': ['customer'], 'grain': 'month'}, 'as of today'),
        ({'metrics': ['churn_risk', 'revenue']}, 'stands alone'),
        ({'metrics': ['health'], 'share': True}, 'stands alone'),
        ({'metrics': ['salary']}, 'not known'),
    ],
)
def test_is_refused_with_the_reason(asked: dict[str, object], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        checked(**asked)


def test_what_goes_together_passes() -> None:
    checked(metrics=['revenue'], compare=BEFORE, time=YEAR, dimensions=['customer'])
    condition = {'field': 'revenue', 'op': '>=', 'value': 5}
    checked(metrics=['revenue'], dimensions=['customer'], filters=[condition])
