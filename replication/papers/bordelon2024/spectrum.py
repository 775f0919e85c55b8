"""The task: how strong each direction of the data is, and how much of the target lies in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from replication.errors import ArgumentError

__all__ = ["Spectrum", "power_law"]

Array = NDArray[np.float64]
FIRST = 256
"""Modes that are summed one by one; those above are smooth in k and are integrated."""
PANELS = 1.5
"""Length of a panel of the integral, in ln k."""
ORDER = 10
"""Gauss-Legendre nodes of a panel."""
LAST = 1e40
"""Where an endless spectrum is cut: what lies beyond changes no loss here in the ninth digit."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """A spectrum of the data and a target on it.

    Parameters
    ----------
    eigenvalues : array
        lambda_k, variance of the k-th direction of the features, positive.
    power : array
        lambda_k w_k^2, the part of the target's variance that lies in it, not negative.
    counts : array
        How many modes an entry stands for. One for each where the sum is plain; the weights of a
        quadrature where it is not.

    Raises
    ------
    ArgumentError
        If the arrays differ in length, or a value cannot be.

    Examples
    --------
    >>> two = Spectrum(np.array([1.0, 0.25]), np.array([0.8, 0.2]), np.ones(2))
    >>> two.variance, two.plain
    (1.0, True)
    """

    eigenvalues: Array
    power: Array
    counts: Array

    def __post_init__(self) -> None:
        shapes = {np.shape(part) for part in (self.eigenvalues, self.power, self.counts)}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            raise ArgumentError(
                f"eigenvalues, power and counts have the shapes {sorted(shapes)}; "
                "give three lists of one length."
            )
        if not (np.min(self.eigenvalues) > 0 and np.min(self.power) >= 0):
            raise ArgumentError(
                f"The least eigenvalue is {np.min(self.eigenvalues)} and the least power "
                f"{np.min(self.power)}; variances are positive, parts of a variance not negative."
            )

    @property
    def variance(self) -> float:
        """Variance of the target: the loss before training."""
        return float(self.counts @ self.power)

    @property
    def plain(self) -> bool:
        """Whether every entry is one mode, so that it can be simulated."""
        return bool(np.all(self.counts == 1))


def power_law(a: float, b: float, modes: float = np.inf, *, listed: bool | None = None) -> Spectrum:
    """Return the power laws of the paper: lambda_k = k^-b and lambda_k w_k^2 = k^-a.

    Parameters
    ----------
    a : float
        Exponent of the target, above one: how fast its power falls.
    b : float
        Exponent of the data. Above one if the modes do not end.
    modes : float
        How many modes there are.
    listed : bool, optional
        Whether each mode is an entry, as a simulation needs. If not, the sum over k is an integral
        over ln k from mode 256 on: as good for the theory, and faster. Unless it is said, up to
        4,096 modes are listed.

    Returns
    -------
    Spectrum
        The first eigenvalue is one.

    Raises
    ------
    ArgumentError
        If a sum would not converge, or there is no mode.

    Examples
    --------
    >>> from scipy.special import zeta
    >>> endless = power_law(1.5, 1.25)
    >>> round(endless.variance, 6), round(float(zeta(1.5)), 6)
    (2.612375, 2.612375)
    >>> power_law(1.5, 1.25, modes=3).eigenvalues.round(3)
    array([1.   , 0.42 , 0.253])
    """
    if not a > 1 or not (b > 1 or (b > 0 and np.isfinite(modes))):
        raise ArgumentError(
            f"a = {a:g} and b = {b:g}: a must be above 1, so that the target has a finite "
            "variance, and so must b, unless the modes end."
        )
    if listed and np.isinf(modes):
        raise ArgumentError("Endless modes cannot be listed; give modes, or listed=False.")
    if not modes >= 1:
        raise ArgumentError(f"modes is {modes:g}; give a count from 1, or infinity.")
    if modes <= FIRST or (modes <= 16 * FIRST if listed is None else listed):
        k, counts = np.arange(1, int(modes) + 1, dtype=float), np.ones(int(modes))
    else:
        k, counts = _quadrature(min(modes, LAST))
    return Spectrum(k**-b, k**-a, counts)


def _quadrature(last: float) -> tuple[Array, Array]:
    """Return places and weights of a sum over k = 1, 2, ..., last.

    From `FIRST` on the sum is the integral between half-integers, which for a power of k is off
    by one part in k^2.
    """
    low, high = np.log(FIRST + 0.5), np.log(last + 0.5)
    edges = np.linspace(low, high, int(np.ceil((high - low) / PANELS)) + 1)
    place, weight = np.polynomial.legendre.leggauss(ORDER)
    half = np.diff(edges) / 2
    k = np.exp((edges[:-1] + half)[:, None] + half[:, None] * place).ravel()
    first = np.arange(1, FIRST + 1, dtype=float)
    counts = (half[:, None] * weight).ravel() * k
    return np.concatenate([first, k]), np.concatenate([np.ones(FIRST), counts])
