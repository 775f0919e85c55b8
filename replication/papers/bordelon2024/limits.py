"""Where one thing runs out: losses in closed form, and the exponents that they have.

If only time is finite, a mode falls by itself, exp(-lambda t). If only the size or only the
samples are, training ends at a ridge kappa that depends on their number.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from replication.errors import ArgumentError
from replication.papers.bordelon2024.spectrum import Spectrum

__all__ = ["data_limited", "final_ridge", "local_exponent", "size_limited", "time_limited"]

Array = NDArray[np.float64]


def time_limited(spectrum: Spectrum, times: ArrayLike) -> Array:
    """Return the loss of an infinite model on infinite data: sum lambda w^2 exp(-2 lambda t).

    Parameters
    ----------
    spectrum : Spectrum
        Data and target.
    times : array
        Gradient-flow times.

    Returns
    -------
    array
        A loss for each time.

    Examples
    --------
    >>> from replication.papers.bordelon2024.spectrum import power_law
    >>> task = power_law(2, 1.5)
    >>> bool(abs(time_limited(task, 0)[0] - task.variance) < 1e-12)
    True
    """
    at = np.atleast_1d(np.asarray(times, float))
    left: Array = np.exp(-2 * np.outer(at, spectrum.eigenvalues)) @ (
        spectrum.counts * spectrum.power
    )
    return left


def final_ridge(spectrum: Spectrum, count: float) -> float:
    """Return the ridge at which training ends: the modes learnt are as many as the count.

    It solves sum lambda / (lambda + kappa) = count.

    Parameters
    ----------
    spectrum : Spectrum
        Data and target.
    count : float
        Parameters or samples, whichever is finite; fewer than the modes.

    Returns
    -------
    float
        kappa, in the unit of the eigenvalues.

    Raises
    ------
    ArgumentError
        If there are no more modes than the count.

    Examples
    --------
    For lambda = k^-b the sum is about kappa^(-1/b) (pi/b) / sin(pi/b):

    >>> from replication.papers.bordelon2024.spectrum import power_law
    >>> kappa = final_ridge(power_law(3, 2), 1000)
    >>> round(kappa * (1000 / (np.pi / 2)) ** 2, 2)
    1.0
    """
    weighted = spectrum.counts * spectrum.eigenvalues
    if not 0 < count < spectrum.counts.sum():
        raise ArgumentError(
            f"count is {count:g} and there are {spectrum.counts.sum():g} modes; with as many "
            "parameters or samples as modes nothing is left to learn."
        )

    def excess(log_ridge: float) -> float:
        found = (weighted / (spectrum.eigenvalues + np.exp(log_ridge))).sum()
        return float(np.log(found / count))

    top = np.log(weighted.sum() / count)
    return float(np.exp(brentq(excess, np.log(spectrum.eigenvalues.min()) - 40, top, xtol=1e-12)))


def size_limited(spectrum: Spectrum, params: ArrayLike, members: float = 1) -> Array:
    """Return the loss after endless training on infinite data, for each number of parameters.

    One model ends at sum lambda w^2 kappa / (lambda + kappa). That is the square of the mean error,
    with (kappa / (lambda + kappa))^2, and the variance over the draw of the features, with
    kappa lambda / (lambda + kappa)^2. Averaging over models divides the variance.

    Parameters
    ----------
    spectrum : Spectrum
        Data and target.
    params : array
        N.
    members : float
        Models whose outputs are averaged, as for `test_loss`.

    Returns
    -------
    array
        A loss for each N.

    Examples
    --------
    >>> from replication.papers.bordelon2024.spectrum import power_law
    >>> one, many = (size_limited(power_law(4, 1.25), [1e4, 2e4], e) for e in (1, np.inf))
    >>> np.log2(one[0] / one[1]).round(2), np.log2(many[0] / many[1]).round(2)
    (np.float64(1.25), np.float64(2.49))
    """
    found = []
    for count in np.atleast_1d(np.asarray(params, float)):
        kappa = final_ridge(spectrum, count)
        left = kappa / (spectrum.eigenvalues + kappa)
        each = left**2 + left * (1 - left) / members
        found.append(spectrum.counts @ (spectrum.power * each))
    return np.array(found)


def data_limited(spectrum: Spectrum, samples: ArrayLike) -> Array:
    """Return the loss of an infinite model after endless training, for each number of samples.

    It is sum lambda w^2 left^2 / (1 - (1/P) sum (1 - left)^2) with left = kappa/(lambda + kappa).

    Parameters
    ----------
    spectrum : Spectrum
        Data and target.
    samples : array
        P.

    Returns
    -------
    array
        A loss for each P.

    Examples
    --------
    >>> from replication.papers.bordelon2024.spectrum import power_law
    >>> found = data_limited(power_law(4, 1.25), [1e4, 2e4])
    >>> np.log2(found[0] / found[1]).round(2)
    np.float64(2.49)
    """
    found = []
    for count in np.atleast_1d(np.asarray(samples, float)):
        kappa = final_ridge(spectrum, count)
        left = kappa / (spectrum.eigenvalues + kappa)
        lost = 1 - spectrum.counts @ (1 - left) ** 2 / count
        found.append(spectrum.counts @ (spectrum.power * left**2) / lost)
    return np.array(found)


def local_exponent(loss: Callable[[Array], Array], at: float, factor: float = 1.1) -> float:
    """Return by which power a loss falls at a place: minus its slope on log axes.

    Parameters
    ----------
    loss : callable
        Takes a list of places and returns a loss for each.
    at : float
        Where.
    factor : float
        The slope is taken between ``at / factor`` and ``at * factor``.

    Returns
    -------
    float
        The exponent.

    Examples
    --------
    >>> round(local_exponent(lambda n: 3 * n**-0.5, 100.0), 9)
    0.5
    """
    low, high = loss(np.array([at / factor, at * factor]))
    return float(np.log(low / high) / (2 * np.log(factor)))
