"""Which plugins are loaded, and in which order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karvo.kit import plugins
from karvo.kit.plugins import BadPlugin, Plugin, chosen, ordered, without


def known(**requires: str) -> dict[str, Plugin]:
    """`known(a='', b='a c')`"""
    return {
        name: Plugin(name=name, package=f'plugins.{name}', requires=tuple(text.split()))
        for name, text in requires.items()
    }


def names(found: list[Plugin]) -> list[str]:
    return [plugin.name for plugin in found]


class TestOrder:
    def test_each_after_what_it_requires(self) -> None:
        assert names(ordered(known(a='b', b='c', c='', d='a'))) == ['c', 'b', 'a', 'd']

    def test_only_what_is_wanted_and_what_that_requires(self) -> None:
        assert names(ordered(known(a='b', b='', c=''), ['a'])) == ['b', 'a']

    @given(st.permutations(['a', 'b', 'c', 'd', 'e']))
    def test_whatever_order_they_are_found_in(self, order: list[str]) -> None:
        requires = {'a': 'b c', 'b': 'd', 'c': 'd', 'd': '', 'e': 'a'}
        found = names(ordered(known(**{name: requires[name] for name in order})))
        for name, text in requires.items():
            assert all(found.index(other) < found.index(name) for other in text.split())

    def test_a_circle_is_named(self) -> None:
        with pytest.raises(BadPlugin, match='a → b → c → a'):
            ordered(known(a='b', b='c', c='a'))
        with pytest.raises(BadPlugin, match='a → a'):
            ordered(known(a='a'))

    def test_an_unknown_one_is_named_and_who_wants_it(self) -> None:
        with pytest.raises(BadPlugin, match='no plugin ghost, which a requires; installed: a'):
            ordered(known(a='ghost'))
        with pytest.raises(BadPlugin, match='no plugin ghost; installed: a'):
            ordered(known(a=''), ['ghost'])


class TestChoice:
    THREE = known(sales='', api='sales', karbon='')

    @pytest.mark.parametrize(
        ('asked', 'loaded'),
        [
            ((), ['sales', 'api', 'karbon']),
            (('karbon',), ['karbon']),
            (('api',), ['sales', 'api']),
            (('-karbon',), ['sales', 'api']),
            (('-sales',), ['karbon']),
            (('api', 'karbon', '-karbon'), None),
            (('api', '-sales'), None),
            (('ghost',), None),
            (('-ghost',), None),
        ],
    )
    def test_of_an_installation(self, asked: tuple[str, ...], loaded: list[str] | None) -> None:
        if loaded is None:
            with pytest.raises(BadPlugin):
                chosen(self.THREE, asked)
        else:
            assert names(chosen(self.THREE, asked)) == loaded

    def test_off_takes_along_what_requires_it(self) -> None:
        assert without(self.THREE, ['sales']) == {'sales', 'api'}
        assert without(self.THREE, ['api']) == {'api'}
        assert without(self.THREE, []) == set()


class TestInstalled:
    def test_those_that_come_along(self) -> None:
        found = plugins.installed()
        assert {'sales', 'crm', 'banking', 'billing_v2', 'karbon', 'enapps'} <= set(found)
        assert all(plugin.summary and not plugin.version for plugin in found.values())
        assert found['billing_v2'].requires == ('banking', 'crm', 'sales')

    def test_a_tenants_forgotten_choice_does_not_count(self) -> None:
        assert plugins.off_for(('gone',)) == frozenset()
        assert plugins.off_for(('sales', 'gone')) == {'sales', 'billing_v2'}

    @pytest.mark.parametrize(
        ('name', 'package', 'said'),
        [
            ('odd', 'nowhere.at_all', r'plugin odd cannot be imported: .*nowhere'),
            ('Odd-One', 'plugins.sales', 'no name of a plugin'),
            ('odd', 'tests.kit.odd_plugins.broken', 'cannot be imported: SyntaxError'),
            ('odd', 'tests.kit.odd_plugins.stringy', '`requires` must be a tuple'),
        ],
    )
    def test_a_broken_one_is_named_when_it_is_to_be_loaded(
        self, name: str, package: str, said: str
    ) -> None:
        broken = plugins._described(name, package, '1.0')
        both = {name: broken} | known(sales='')
        with pytest.raises(BadPlugin, match=said):
            chosen(both, ())
        assert names(chosen(both, (f'-{name}',))) == ['sales']
        assert names(chosen(both, ('sales',))) == ['sales']
        assert broken.part('models') is None
