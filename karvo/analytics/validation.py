"""Whether a semantic query can be answered: names are known, go together and may be seen."""

import difflib
from collections.abc import Iterable

from karvo.analytics.parts import Model
from karvo.analytics.schemas import Filter, SemanticQuery
from karvo.kit.actor import Actor
from karvo.kit.errors import Invalid
from karvo.kit.semantics import Computed, Metric


def check(query: SemanticQuery, model: Model) -> None:
    """Raises Invalid; an unknown name comes with the names that there are."""
    for where, names in (('metrics', query.metrics), ('dimensions', query.dimensions)):
        if len(set(names)) < len(names):
            raise Invalid(f'{where}: a name is given twice', fields={where: 'given twice'})
    for metric in query.metrics:
        _known('metrics', metric, model.metrics)
    for dimension in query.dimensions:
        _known('dimensions', dimension, model.dimensions)
    for one in query.filters:
        if one.field not in query.metrics and model.dimension(one.field) is None:
            _known('filters', one.field, _fields(model))
        _check_value(one, is_metric=one.field in query.metrics)
    extra = ['change', 'change_pct'] if query.compare else []
    extra += ['share'] if query.share else []
    for order in query.order:
        names = [*query.metrics, *query.dimensions, query.grain or '', *extra]
        _known('order', order.by, names)
    _check_together(query, model)
    _check_days(query)


def check_scopes(query: SemanticQuery, model: Model, actor: Actor) -> None:
    """Raises Forbidden: each metric needs its module's scope."""
    for metric in query.metrics:
        actor.require(model.metrics[metric].scope)


def dimensions_of(query: SemanticQuery, model: Model) -> list[str]:
    """All that are grouped or filtered by."""
    filtered = [model.dimension(one.field) for one in query.filters]
    return list(dict.fromkeys([*query.dimensions, *(one.name for one in filtered if one)]))


def _fields(model: Model) -> list[str]:
    return [one.field for one in model.dimensions.values()]


def _known(where: str, name: str, names: Iterable[str]) -> None:
    candidates = sorted(one for one in names if one)
    if name in candidates:
        return
    near = difflib.get_close_matches(name, candidates, n=3, cutoff=0.5) or candidates
    raise Invalid(f'{where}: {name!r} is not known; try {", ".join(near)}', fields={where: name})


def _check_value(one: Filter, *, is_metric: bool) -> None:
    if is_metric and (one.op == 'in' or not isinstance(one.value, int | float)):
        raise Invalid(
            f'filters: {one.field} is compared with a number', fields={'filters': 'value'}
        )
    if not is_metric and one.op not in ('=', 'in', '!='):
        raise Invalid(f'filters: {one.field} takes =, in or !=', fields={'filters': 'op'})


def _check_together(query: SemanticQuery, model: Model) -> None:
    used = dimensions_of(query, model)
    if any(not isinstance(model.metrics[name], Metric) for name in query.metrics):
        for name in used:
            if len(query.metrics) > 1 or not model.knows(query.metrics[0], name):
                raise Invalid(f'{query.metrics[0]} cannot be asked by {name}')
        _check_computed(query, model)
        return
    fact = model.fact_of(query.metrics, used)
    if not fact:
        asked = ', '.join([*query.metrics, *used])
        raise Invalid(f'metrics and dimensions do not go together: {asked}')
    if query.grain and not model.facts[fact].day:
        raise Invalid(f'grain: {query.metrics[0]} is as of today', fields={'grain': 'no date'})
    if query.compare and not model.facts[fact].day:
        raise Invalid(f'compare: {query.metrics[0]} is as of today', fields={'compare': 'no date'})
    if query.compare and not all(model.metrics[name].is_comparable for name in query.metrics):
        raise Invalid('compare: cannot be compared', fields={'compare': 'no date'})


def _check_computed(query: SemanticQuery, model: Model) -> None:
    """A figure that no SQL gives stands alone, and is neither compared nor shared out."""
    if len(query.metrics) > 1 or query.compare or query.share:
        raise Invalid(f'{query.metrics[0]} stands alone', fields={'metrics': 'stands alone'})
    metric = model.metrics[query.metrics[0]]
    if query.grain and isinstance(metric, Computed) and metric.dimensions:
        raise Invalid(f'{query.metrics[0]} is as of today', fields={'grain': 'no date'})


def _check_days(query: SemanticQuery) -> None:
    if query.compare and not query.time:
        raise Invalid('compare: needs a time to compare with', fields={'time': 'is required'})
    for name, span in (('time', query.time), ('compare', query.compare)):
        if span and span.start > span.end:
            raise Invalid(f'{name}: from is after to', fields={name: 'from is after to'})
