"""Templates: everything that is filled in is escaped, unless a template made it."""

import pytest

from karvo.kit.pages import Markup, fill


@pytest.fixture
def template(tmp_path):
    path = tmp_path / 'page.html'
    path.write_text('<p title="$name">$name</p>')
    return path


def test_texts_are_escaped(template):
    assert fill(template, {'name': '"><b>&\''}) == (
        '<p title="&quot;&gt;&lt;b&gt;&amp;&#x27;">&quot;&gt;&lt;b&gt;&amp;&#x27;</p>'
    )


def test_what_a_template_made_is_not(template):
    inner = fill(template, {'name': 'x'})
    assert isinstance(inner, Markup)
    assert str(inner) in fill(template, {'name': inner})


def test_texts_are_not_filled_in_twice(template):
    assert '$name' in fill(template, {'name': '$name'})


def test_a_word_that_is_missing(template):
    with pytest.raises(KeyError):
        fill(template, {})
