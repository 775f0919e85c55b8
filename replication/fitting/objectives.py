"""Objectives by the papers' names: what a fit minimises over the residuals.

A residual is ``log(observed) - log(predicted)`` for the objectives named ``log-...`` and
``observed - predicted`` for the others. All of them are a Huber function of the residual: least
squares is its limit for a large delta, least absolute deviations its limit for a small one.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import numbers, single
from replication.errors import ArgumentError, one_of_names, shown

Array = NDArray[np.float64]

OBJECTIVES = {
    "log-huber": "Huber of log residuals (hoffmann2022, Eq. 3)",
    "log-lad": "absolute log residuals",
    "log-lsq": "half the squared log residuals",
    "huber": "Huber of residuals",
    "lad": "absolute residuals",
    "lsq": "half the squared residuals",
    "log-huber-likelihood": "log residuals with a scaled Huber density (besiroglu2024, Eq. 4)",
}
REDUCTIONS = ("sum", "mean")
HOFFMANN_DELTA = 1e-3
LEAST_DELTA = 1e-100
"""Where the Huber function is the absolute value to all digits, and squares still are floats."""


@dataclass(frozen=True)
class Objective:
    """What a fit minimises.

    Parameters
    ----------
    name : str
        One of `OBJECTIVES`.
    delta : float
        Where the Huber function turns from quadratic to linear, in the unit of the residual
        (for ``log-huber-likelihood``: in units of the fitted sigma). Other objectives ignore it.
    reduction : str
        ``"sum"`` or ``"mean"`` over the points. The minimum is the same; an optimiser that stops
        at an absolute tolerance, as in hoffmann2022, is not (see besiroglu2024).

    Raises
    ------
    UnknownNameError
        If `name` or `reduction` is not known.
    ArgumentError
        If `delta` is not positive.

    Examples
    --------
    >>> Objective("log-huber", delta=0.5).value([0.1, 2.0])
    0.88
    >>> Objective("log-huber", delta=0.5, reduction="mean").value([0.1, 2.0])
    0.44
    """

    name: str = "log-huber"
    delta: float = HOFFMANN_DELTA
    reduction: str = "sum"

    def __post_init__(self) -> None:
        """Refuse names and deltas that mean nothing."""
        one_of_names("objective", self.name, OBJECTIVES)
        one_of_names("reduction", self.reduction, REDUCTIONS)
        object.__setattr__(self, "delta", threshold(self.delta))

    @property
    def said(self) -> str:
        """The name, with delta where it is a Huber function's and not the papers' own."""
        plain = "huber" not in self.name or self.delta == HOFFMANN_DELTA
        return self.name if plain else f"{self.name}, delta={self.delta:g}"

    @property
    def log(self) -> bool:
        """Whether residuals are differences of logarithms."""
        return self.name.startswith("log-")

    @property
    def kind(self) -> str:
        """The name without the link: huber, lad, lsq or huber-likelihood."""
        return self.name.removeprefix("log-")

    @property
    def threshold(self) -> float:
        """The Huber delta in the unit of the residual; 0 and infinity are the two limits."""
        return {"lsq": np.inf, "lad": 0.0}.get(self.kind, self.delta)

    def with_delta(self, delta: float) -> "Objective":
        """Return the same objective with another delta."""
        return replace(self, delta=delta)

    def value(self, residuals: ArrayLike, weights: ArrayLike | None = None) -> float:
        """Return the objective of these residuals.

        Parameters
        ----------
        residuals : array_like, shape (n,)
            Observed minus predicted, in logarithms for the ``log-`` objectives.
        weights : array_like, shape (n,), optional
            A factor for each point; 1 by default.

        Returns
        -------
        float
            The sum (or weighted mean) of the Huber function; for ``log-huber-likelihood`` the
            negative log-likelihood with sigma at its maximum.
        """
        r, w = weighted(residuals, weights)
        if self.kind == "huber-likelihood":
            from replication.fitting.likelihood import scaled_huber

            total = -scaled_huber(r, self.delta, w).log_likelihood
        else:
            total = float(huber(r, self.threshold) @ w)
        return total / float(w.sum()) if self.reduction == "mean" else total


def threshold(delta: object) -> float:
    """Return a Huber delta as a float, or say that it is none.

    Raises
    ------
    ArgumentError
        If it is not a positive finite number.

    Examples
    --------
    >>> threshold(1)
    1.0
    """
    found = single("delta", delta)
    if not LEAST_DELTA <= found < np.inf:
        least = f", and at least {LEAST_DELTA:g}" if found > 0 else ""
        raise ArgumentError(
            f"delta is {shown(delta)}; it must be positive and finite{least}. hoffmann2022 uses "
            "1e-3."
        )
    return found


def weighted(residuals: ArrayLike, weights: ArrayLike | None) -> tuple[Array, Array]:
    """Return residuals and their weights as arrays of one shape, or say what is wrong with them.

    Raises
    ------
    ArgumentError
        If there are none, one is not a number, or the two do not fit together.

    Examples
    --------
    >>> weighted([0.1, -0.2], None)[1].tolist()
    [1.0, 1.0]
    """
    r = numbers("residuals", residuals)
    w = np.ones_like(r) if weights is None else numbers("weights", weights)
    if r.ndim != 1 or r.shape != w.shape or not len(r):
        raise ArgumentError(
            f"residuals have shape {r.shape} and weights {w.shape}; one weight for each of one or "
            "more residuals is expected."
        )
    return r, w


def huber(residuals: ArrayLike, delta: float) -> Array:
    """Return the Huber function of each residual.

    Parameters
    ----------
    residuals : array_like
        Any shape.
    delta : float
        ``r**2 / 2`` up to delta, ``delta (|r| - delta / 2)`` beyond; 0 gives ``|r|`` and infinity
        ``r**2 / 2``.

    Returns
    -------
    ndarray
        Same shape as `residuals`.

    Examples
    --------
    >>> huber([0.5, -2.0], delta=1.0).tolist()
    [0.125, 1.5]
    """
    r = numbers("residuals", residuals)
    if delta == 0:
        return np.abs(r)
    clipped = np.clip(r, -delta, delta)
    return clipped * (r - 0.5 * clipped)
