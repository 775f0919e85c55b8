"""The model itself: random features and samples are drawn, and gradient flow is solved exactly."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.errors import ArgumentError
from replication.papers.bordelon2024.spectrum import Spectrum

__all__ = ["drawn", "simulate"]

Array = NDArray[np.float64]


def simulate(
    spectrum: Spectrum,
    times: ArrayLike,
    params: float = np.inf,
    samples: float = np.inf,
    *,
    members: int = 1,
    draws: int = 8,
    seed: int = 0,
) -> pd.DataFrame:
    """Train random-feature models on fresh draws, and average their losses.

    Each draw has its own target signs, samples and features. Gradient flow from zero on a squared
    loss is linear, so one decomposition of the features gives the model at every time, without
    steps.

    Parameters
    ----------
    spectrum : Spectrum
        Data and target, every mode listed: `power_law` with `modes` up to 4,096.
    times : array
        Gradient-flow times with a learning rate of one.
    params, samples : float
        N and P, one of them finite. Infinite N learns on the modes themselves, infinite P sees
        the population.
    members : int
        Models of a draw whose outputs are averaged: they share target and samples.
    draws, seed : int
        Independent repetitions, and the seed of the first; draw i has the seed `seed` + i.

    Returns
    -------
    DataFrame
        One row a time: ``time``, ``test_loss``, ``train_loss`` and, for each, the standard error
        of the mean over the draws, ``test_se`` and ``train_se``.

    Raises
    ------
    ArgumentError
        If the spectrum is a quadrature, nothing is finite, or there are fewer than two draws.

    Examples
    --------
    >>> from replication.papers.bordelon2024.spectrum import power_law
    >>> table = simulate(power_law(2, 1.5, modes=200), [1, 1000], samples=16, draws=4)
    >>> bool(table["train_loss"].iloc[1] < 1e-3 < table["test_loss"].iloc[1])
    True
    """
    if draws < 2:
        raise ArgumentError(f"draws is {draws}; a standard error needs 2 or more.")
    at = np.atleast_1d(np.asarray(times, float))
    found = np.array(
        [
            drawn(spectrum, at, params, samples, members=members, seed=seed + one)
            for one in range(draws)
        ]
    )
    mean, error = found.mean(axis=0), found.std(axis=0, ddof=1) / np.sqrt(draws)
    return pd.DataFrame(
        {
            "time": at,
            "test_loss": mean[0],
            "train_loss": mean[1],
            "test_se": error[0],
            "train_se": error[1],
        }
    )


def drawn(
    spectrum: Spectrum,
    times: Array,
    params: float,
    samples: float,
    *,
    members: int = 1,
    seed: int = 0,
) -> tuple[Array, Array]:
    """Return test and training loss along one draw.

    Parameters
    ----------
    spectrum, times, params, samples, members
        As for `simulate`.
    seed : int
        Of this draw.

    Returns
    -------
    pair of array
        Test and training loss at each time. With infinite samples they are the same.

    Examples
    --------
    >>> from replication.papers.bordelon2024.spectrum import power_law
    >>> test, train = drawn(power_law(2, 1.5, modes=50), np.array([5.0]), 8, np.inf)
    >>> bool(test[0] == train[0])
    True
    """
    if not spectrum.plain or (np.isinf(params) and np.isinf(samples)):
        raise ArgumentError(
            f"A simulation needs listed modes and a finite count, not {len(spectrum.counts)} "
            f"entries for {spectrum.counts.sum():.3g} modes, {params} parameters and {samples} "
            "samples. Give power_law(..., modes=2000), say, and params or samples."
        )
    rng = np.random.default_rng(seed)
    modes = len(spectrum.eigenvalues)
    scales = np.sqrt(spectrum.eigenvalues)
    target = rng.choice([-1.0, 1.0], modes) * np.sqrt(spectrum.power) / scales
    data = None
    if np.isfinite(samples):
        data = rng.standard_normal((int(samples), modes)) * scales
    left = np.zeros((modes, len(times)))
    for _ in range(members):
        features = None
        if np.isfinite(params):
            features = rng.standard_normal((modes, int(params))) / np.sqrt(params)
        left += (target[:, None] - _learnt(scales, target, times, data, features)) / members
    test = spectrum.eigenvalues @ left**2
    return test, test if data is None else np.mean((data @ left) ** 2, axis=0)


def _learnt(
    scales: Array, target: Array, times: Array, data: Array | None, features: Array | None
) -> Array:
    """Return what a model has learnt of each mode: a row a mode, a column a time.

    Its design matrix Z has the singular values z. In the direction of one, the weights have moved
    the part 1 - exp(-z^2 t) of the way to where they fit.
    """
    seen = np.diag(scales) if data is None else data / np.sqrt(len(data))
    if features is None:
        design = seen
    else:
        design = scales[:, None] * features if data is None else seen @ features
    wanted = scales * target if data is None else seen @ target
    left, values, right = np.linalg.svd(design, full_matrices=False)
    kept = values > values[0] * 1e-12
    left, values, right = left[:, kept], values[kept], right[kept]
    moved = -np.expm1(-np.outer(values**2, times)) * ((left.T @ wanted) / values)[:, None]
    weights: Array = right.T @ moved
    return weights if features is None else np.asarray(features @ weights)
