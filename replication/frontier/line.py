"""The straight lines of every frontier: log N_opt and log D_opt against log C."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.errors import DataError
from replication.laws import PowerLaw

Array = NDArray[Any]

# A power law of the package falls as x**-alpha; the frontier rises, so alpha is minus a.
PARAMS_LAW: type[PowerLaw] = PowerLaw.of("flops", "params")
TOKENS_LAW: type[PowerLaw] = PowerLaw.of("flops", "tokens")


@dataclass(frozen=True)
class Lines:
    """The power laws N_opt = params_prefactor C**a and D_opt = tokens_prefactor C**b of many draws.

    Parameters
    ----------
    a, params_prefactor, b, tokens_prefactor : ndarray, shape (draws,)
        NaN where a draw gives no frontier.
    """

    a: Array
    params_prefactor: Array
    b: Array
    tokens_prefactor: Array

    @property
    def usable(self) -> Array:
        """Which draws have both laws, shape (draws,)."""
        exponents, factors = (self.a, self.b), (self.params_prefactor, self.tokens_prefactor)
        # Minima that run away with a huge exponent leave a factor at C = 1 that no float holds.
        held = [np.isfinite(k) & (k > 0) for k in factors]
        return np.asarray(np.logical_and.reduce([*held, *map(np.isfinite, exponents)]))

    def laws(self) -> tuple[PowerLaw, PowerLaw]:
        """Return N_opt and D_opt in C as laws with an entry a draw."""
        return params_law(self.a, self.params_prefactor), _tokens(self.b, self.tokens_prefactor)

    def only(self, rows: Array) -> "Lines":
        """Return some of the draws."""
        values = (self.a, self.params_prefactor, self.b, self.tokens_prefactor)
        return Lines(*(v[rows] for v in values))

    def single(self) -> tuple[PowerLaw, PowerLaw]:
        """Return N_opt and D_opt in C of the only draw, as laws with plain floats.

        Raises
        ------
        DataError
            If the minima do not make a power law that a float can hold.
        """
        if not self.usable[0]:
            raise DataError(
                f"The minima go as C**{self.a[0]:.3g}, which is no frontier. Take budgets that lie "
                "further apart, or leave out those whose minimum runs away."
            )
        params = params_law(float(self.a[0]), float(self.params_prefactor[0]))
        return params, _tokens(float(self.b[0]), float(self.tokens_prefactor[0]))


def lines(flops: Array, params: Array, tokens: Array | None, weights: Array) -> Lines:
    """Draw both lines through optima of many draws.

    Parameters
    ----------
    flops : ndarray, shape (m,)
        Budgets C in FLOPs.
    params : ndarray, shape (draws, m)
        Compute-optimal parameters N at each.
    tokens : ndarray, shape (draws, m), or None
        Compute-optimal tokens D at each; None where they are C / (6 N).
    weights : ndarray, shape (draws, m)
        As for `line`.

    Returns
    -------
    Lines

    Examples
    --------
    >>> C = np.array([1e18, 1e20, 1e22])
    >>> found = lines(C, 0.1 * C[None] ** 0.5, None, np.ones((1, 3)))
    >>> found.b.round(6), found.tokens_prefactor.round(6)
    (array([0.5]), array([1.666667]))
    """
    a, prefactor = line(flops, params, weights)
    with np.errstate(all="ignore"):
        if tokens is None:
            return Lines(a, prefactor, 1.0 - a, 1.0 / (FLOPS_PER_PARAM_TOKEN * prefactor))
        return Lines(a, prefactor, *line(flops, tokens, weights))


def line(flops: Array, params: Array, weights: Array) -> tuple[Array, Array]:
    """Regress log N on log C by least squares, for many draws at once.

    Parameters
    ----------
    flops : ndarray, shape (m,)
        Budgets C in FLOPs.
    params : ndarray, shape (draws, m)
        Compute-optimal parameters N (or tokens D) at each.
    weights : ndarray, shape (draws, m)
        How much each counts; where that is zero (or False) it may be NaN.

    Returns
    -------
    a, prefactor : ndarray, shape (draws,)
        N_opt = prefactor C**a (hoffmann2022, section 3.1); NaN where fewer than two budgets count.

    Examples
    --------
    >>> C = np.array([1e18, 1e20, 1e22])
    >>> a, k = line(C, 0.1 * C[None] ** 0.5, np.ones((1, 3), bool))
    >>> round(float(a[0]), 6), round(float(k[0]), 6)
    (0.5, 0.1)
    """
    x, w = np.log(flops), weights.astype(np.float64)
    with np.errstate(all="ignore"):
        y = np.where(w > 0, np.log(params), 0.0)
        total = w.sum(axis=1)
        mean_x, mean_y = (w @ x) / total, (w * y).sum(axis=1) / total
        dx = x - mean_x[:, None]
        a = (w * dx * (y - mean_y[:, None])).sum(axis=1) / (w * dx * dx).sum(axis=1)
        a[(w > 0).sum(axis=1) < 2] = np.nan
        return a, np.exp(mean_y - a * mean_x)


def params_law(a: Any, prefactor: Any) -> PowerLaw:
    """Return N_opt = prefactor C**a as a law.

    Examples
    --------
    >>> round(params_law(0.5, 0.1).predict(1e22))
    10000000000
    """
    return PARAMS_LAW(A=prefactor, alpha=-a)


def tokens_law(params: PowerLaw) -> PowerLaw:
    """Return D_opt = C / (6 N_opt) as a law.

    Examples
    --------
    >>> round(tokens_law(params_law(0.5, 0.1)).predict(6e22) / 1e9, 2)
    408.25
    """
    return TOKENS_LAW(A=1.0 / (FLOPS_PER_PARAM_TOKEN * params.A), alpha=-(1.0 + params.alpha))


def _tokens(b: Any, prefactor: Any) -> PowerLaw:
    """Return D_opt = prefactor C**b as a law."""
    return TOKENS_LAW(A=prefactor, alpha=-b)
