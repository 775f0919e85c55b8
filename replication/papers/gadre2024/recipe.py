"""How the authors' code fits the loss law: other coordinates, 128 starts, Levenberg-Marquardt."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from replication._memo import cached
from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import positive
from replication.fitting import Fit, Recipe, fit
from replication.laws import Law, OverTraining, exponent
from replication.papers.gadre2024.data import runs
from replication.papers.gadre2024.fits import OBJECTIVE, loss_rows

__all__ = ["STARTS", "CodeLaw", "authors_fit"]

STARTS = Recipe(
    {
        "alpha": (1e2, 3e2, 1e3, 3e3),
        "beta": (1e2, 3e2, 1e3, 3e3),
        "p": (-0.1, -0.3),
        "E": (0.0, 1.0, 2.0, 10.0),
    },
    method="lm",
    options={"max_nfev": 10_000},
    gradient="numeric",
)
"""The grid of starts in the code, and scipy's ``curve_fit`` as it is called there."""


@dataclass(frozen=True)
class CodeLaw(Law):
    """L = E + alpha N**p + beta 6**(p/2) (M N)**p, the law as the authors' code writes it.

    The optimiser of the code moves these fields as they are, of either sign and not as logarithms.

    Parameters
    ----------
    alpha, beta : float
        Scales in nats per token. The power of six stands in the second term only, so beta is b of
        the paper while alpha is a / 6**eta.
    p : float
        Exponent, -2 eta.
    E : float
        Irreducible loss in nats per token.

    Examples
    --------
    >>> law = CodeLaw(alpha=166.2, beta=366.7, p=-0.2728, E=1.837)
    >>> {name: round(value, 4) for name, value in law.over_training().to_dict().items()}
    {'E': 1.837, 'a': 212.2124, 'b': 366.7, 'eta': 0.1364}
    """

    alpha: float = exponent()
    beta: float = exponent()
    p: float = exponent()
    E: float = exponent()

    inputs = ("params", "token_multiplier")

    def loss(self, params: ArrayLike, token_multiplier: ArrayLike) -> Any:
        """Predict the loss in nats per token."""
        size, data = self._powers(params, token_multiplier)
        return self.E + self.alpha * size + self.beta * data

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the loss for every field; see `Law.gradient`."""
        params, multiplier = (np.asarray(column, dtype=np.float64) for column in columns)
        size, data = self._powers(params, multiplier)
        tokens = np.sqrt(FLOPS_PER_PARAM_TOKEN) * params * multiplier
        slope = self.alpha * size * np.log(params) + self.beta * data * np.log(tokens)
        return {"alpha": size, "beta": data, "p": slope, "E": np.ones_like(size)}

    def _powers(self, params: ArrayLike, token_multiplier: ArrayLike) -> tuple[Any, Any]:
        """Return what alpha and beta multiply."""
        size = positive("params", params)
        tokens = size * positive("token_multiplier", token_multiplier)
        power = np.asarray(self.p)
        return size**power, FLOPS_PER_PARAM_TOKEN ** (power / 2) * tokens**power

    def over_training(self) -> OverTraining:
        """Return the law in the coefficients of the paper."""
        eta = -self.p / 2
        a = self.alpha * FLOPS_PER_PARAM_TOKEN**eta
        return OverTraining(E=self.E, a=a, b=self.beta, eta=eta)


@cached
def authors_fit(train_set: str) -> Fit:
    """Follow the authors' recipe from each of its 128 starts.

    Parameters
    ----------
    train_set : str
        One of `TRAIN_SETS`.

    Returns
    -------
    Fit
        Of a `CodeLaw`; ``attempts`` has where every start ended.

    Examples
    --------
    >>> found = authors_fit("redpajama")
    >>> len(found.attempts), round(found.law.over_training().eta, 5)
    (128, 0.13643)
    """
    table = runs(train_set)
    return fit(CodeLaw, table[loss_rows(table)], objective=OBJECTIVE, recipe=STARTS)
