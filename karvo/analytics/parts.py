"""The parts of the semantic model that modules declare, and how they are put together."""

import msgspec

from karvo.backorders.metrics import PART as BACKORDERS
from karvo.billing.metrics import PART as BILLING
from karvo.customers.metrics import PART as CUSTOMERS
from karvo.invoices.metrics import PART as INVOICES
from karvo.kit.semantics import Computed, Dimension, Fact, Metric, Part
from karvo.products.metrics import PART as PRODUCTS
from karvo.receivables.metrics import PART as RECEIVABLES
from karvo.warehouses.metrics import PART as WAREHOUSES

#: Joins are made in this order.
PARTS = (CUSTOMERS, PRODUCTS, WAREHOUSES, INVOICES, BILLING, RECEIVABLES, BACKORDERS)


class Model(msgspec.Struct, frozen=True):
    """What can be asked: names to declarations."""

    facts: dict[str, Fact]
    metrics: dict[str, Metric | Computed]
    dimensions: dict[str, Dimension]
    joins: dict[str, str]
    values: dict[str, str]

    def dimension(self, name: str) -> Dimension | None:
        """By its name or its field (customer.city)."""
        return self.dimensions.get(name) or self._by_field().get(name)

    def _by_field(self) -> dict[str, Dimension]:
        return {one.field: one for one in self.dimensions.values()}

    def knows(self, metric: str, dimension: str) -> bool:
        """Whether the metric can be grouped and filtered by the dimension."""
        found = self.metrics[metric]
        if isinstance(found, Computed):
            return dimension in found.dimensions
        return any(fact in self.dimensions[dimension].facts for fact in found.measures)

    def fact_of(self, metrics: list[str], dimensions: list[str]) -> str:
        """The first fact that has all of it; '' when none has."""
        declared = [self.metrics[name] for name in metrics]
        measured = [one.measures for one in declared if isinstance(one, Metric)]
        if len(measured) != len(declared):
            return ''
        for fact in measured[0]:
            if all(fact in one for one in measured) and all(
                fact in self.dimensions[name].facts for name in dimensions
            ):
                return fact
        return ''

    def is_state(self, metric: str) -> bool:
        """Whether it is as of today, whatever the period."""
        found = self.metrics[metric]
        return isinstance(found, Metric) and all(self.facts[f].is_state for f in found.measures)


def model_of(parts: tuple[Part, ...], computed: tuple[Computed, ...] = ()) -> Model:
    """Raises ValueError where two parts declare the same name."""
    metrics: list[Metric | Computed] = [*(one for part in parts for one in part.metrics), *computed]
    dimensions = [one for part in parts for one in part.dimensions]
    names = [*(one.name for one in metrics), *(one.name for one in dimensions)]
    if len(names) != len(set(names)):
        raise ValueError('two declarations have the same name')
    return Model(
        {name: fact for part in parts for name, fact in part.facts.items()},
        {one.name: one for one in metrics},
        {one.name: one for one in dimensions},
        {name: sql for part in parts for name, sql in part.joins.items()},
        {name: sql for part in parts for name, sql in part.values.items()},
    )
