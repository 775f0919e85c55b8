"""Conventions of counting: rules by the name under which a paper states them."""

from collections.abc import Callable

import numpy as np

from replication.counting.shape import Array, Shape, as_shape
from replication.errors import one_of_names

Rule = Callable[[Shape], Array]
"""Takes one model or many, returns a count for each."""


class Conventions(dict[str, Rule]):
    """Rules of counting, by name.

    Parameters
    ----------
    counted : str
        What the rules count, for messages.

    Examples
    --------
    >>> layers = Conventions("layers")
    >>> @layers.rule("all")
    ... def _every_layer(shape):
    ...     return shape.n_layers
    >>> tiny = {"n_layers": 2, "d_model": 8, "n_heads": 2, "ffw_size": 32, "vocab_size": 100}
    >>> float(layers.count(Shape(**tiny, context=16), "all"))
    2.0
    """

    def __init__(self, counted: str) -> None:
        super().__init__()
        self.counted = counted

    def rule(self, name: str) -> Callable[[Rule], Rule]:
        """Return a decorator that enters a rule under a name."""

        def enter(rule: Rule) -> Rule:
            self[name] = rule
            return rule

        return enter

    def count(self, shape: Shape, name: str) -> Array:
        """Count by the rule of a name.

        Parameters
        ----------
        shape : Shape
            One model or many.
        name : str
            The convention.

        Returns
        -------
        ndarray
            One entry a model.

        Raises
        ------
        UnknownNameError
            If the convention is not known.
        """
        one_of_names(f"convention of counting {self.counted}", name, self)
        return np.asarray(self[name](as_shape(shape)))
