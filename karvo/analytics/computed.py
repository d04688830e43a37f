"""Figures that no SQL gives, for questions: the forecast, and how customers fare."""

from karvo.kit.semantics import Computed

COMPUTED: tuple[Computed, ...] = ()
