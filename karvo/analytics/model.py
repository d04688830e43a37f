"""The one semantic model: what the modules declare, and the figures that are computed."""

import functools

from karvo.analytics.computed import COMPUTED
from karvo.analytics.parts import PARTS, Model, model_of

__all__ = ['PARTS', 'Model', 'model_of', 'the_model']


@functools.cache
def the_model() -> Model:
    """The one model of this program."""
    return model_of(PARTS, COMPUTED)
