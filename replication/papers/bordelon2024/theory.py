"""The mean-field theory: losses at any time, size and number of samples, by contour inversion.

In the Laplace variable s of time, a finite model on finite data behaves in each mode as an
infinite one at another point kappa(s): the effective ridge. It solves

    s = kappa (1 - S/N) (1 - S/P),   S = sum_k lambda_k / (lambda_k + kappa).

The mean error of mode k is the inverse transform of kappa / (s (kappa + lambda_k)), and the loss
the inverse transform in two variables of a quotient of sums (`_correlation`). Derived here from
the cavity equations of the model; they agree with the paper's as far as those were seen.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.errors import ArgumentError
from replication.papers.bordelon2024.spectrum import Spectrum

__all__ = ["effective_ridge", "mode_error", "test_loss", "train_loss"]

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
NODES = 24
"""Nodes of the contour; the error falls by a factor of four with each, to rounding at 24."""
STEP = 2.5
"""By what factor s is lowered at a time on the way from where kappa = s."""


class _Contour(NamedTuple):
    """Nodes and weights with f(t) = Re sum weight F(node)."""

    nodes: Complex
    weights: Complex


def _contour(time: float) -> _Contour:
    """Return the modified Talbot contour of Weideman (2006) for one time."""
    angle = ((2 * np.arange(NODES) + 1) * np.pi / NODES - np.pi).astype(complex)
    turned = 0.6407 * angle
    place = 0.5017 * angle / np.tan(turned) - 0.6122 + 0.2645j * angle
    slope = 0.5017 * (1 / np.tan(turned) - turned / np.sin(turned) ** 2) + 0.2645j
    nodes = NODES / time * place
    weights = np.exp(nodes * time) * (NODES / time * slope) / (1j * NODES)
    return _Contour(nodes, weights)


def effective_ridge(spectrum: Spectrum, s: ArrayLike, params: float, samples: float) -> Complex:
    """Return kappa(s), the point at which an infinite model behaves as this one does at s.

    Parameters
    ----------
    spectrum : Spectrum
        Data and target.
    s : array
        Laplace variable of time, complex, off the negative axis.
    params, samples : float
        N and P, either may be infinite. If both are, kappa is s.

    Returns
    -------
    array of complex
        As many as `s`: the solution that is s for large s, followed from there by Newton's steps.

    Raises
    ------
    ArgumentError
        If the steps do not settle.

    Examples
    --------
    >>> from replication.papers.bordelon2024.spectrum import power_law
    >>> task = power_law(1.5, 1.25)
    >>> float(effective_ridge(task, [1e-9], 100, np.inf)[0].real.round(4))
    0.0193
    """
    wanted = np.atleast_1d(np.asarray(s, complex))
    if np.isinf(params) and np.isinf(samples):
        return wanted
    eigenvalues = spectrum.eigenvalues
    weighted = spectrum.counts * eigenvalues
    top = 10 * float(np.max(eigenvalues)) * (1 + weighted.sum() / min(params, samples))
    ratio = max(top / float(np.abs(wanted).min()), 1.0)
    stages = int(np.ceil(np.log(ratio) / np.log(STEP))) + 1
    kappa = wanted * ratio
    value, target = kappa, kappa
    for stage, factor in enumerate(np.geomspace(ratio, 1.0, stages)):
        target = wanted * factor
        for _ in range(60):
            apart = 1 / (eigenvalues + kappa[:, None])
            degrees = apart @ weighted
            falling = (apart**2) @ weighted
            first, second = 1 - degrees / params, 1 - degrees / samples
            value = kappa * first * second - target
            slope = first * second + kappa * falling * (first / samples + second / params)
            move = value / slope
            kappa = kappa - move
            # On the way near is enough; only the last stage is the answer.
            if np.all(np.abs(move) <= (1e-13 if stage == stages - 1 else 1e-3) * np.abs(kappa)):
                break
    if not np.all(np.abs(value) <= 1e-9 * (np.abs(target) + np.abs(kappa))):
        raise ArgumentError(
            f"The effective ridge of {params:g} parameters and {samples:g} samples did not settle "
            f"at s = {wanted[np.abs(value).argmax()]:.3g}. Ask for earlier times."
        )
    return np.asarray(kappa, complex)


def mode_error(
    spectrum: Spectrum,
    modes: ArrayLike,
    times: ArrayLike,
    params: float = np.inf,
    samples: float = np.inf,
) -> Array:
    """Return the mean error of single modes, H_k(t): what is left of the target in them.

    H_k(t) is the inverse Laplace transform of kappa / (s (kappa + lambda_k)), with kappa the
    `effective_ridge` at s. Of an infinite model on infinite data it is exp(-lambda_k t).

    Parameters
    ----------
    spectrum : Spectrum
        Data and target.
    modes : array of int
        Which modes, the first is 1.
    times : array
        Gradient-flow times with a learning rate of one, positive.
    params, samples : float
        N and P.

    Returns
    -------
    array
        A row for each time, a column for each mode; one at the start of training.

    Examples
    --------
    >>> from replication.papers.bordelon2024.spectrum import power_law
    >>> task = power_law(1.5, 1.25)
    >>> float(mode_error(task, [1], [2.0])[0, 0].round(6)), round(float(np.exp(-2)), 6)
    (0.135335, 0.135335)
    """
    chosen = spectrum.eigenvalues[np.atleast_1d(np.asarray(modes, int)) - 1]
    found = []
    for time in _times(times):
        nodes, weights = _contour(time)
        kappa = _on_contour(spectrum, nodes, params, samples)
        found.append((weights * kappa / nodes) @ (1 / (kappa[:, None] + chosen)))
    return np.real(np.array(found))


def test_loss(
    spectrum: Spectrum,
    times: ArrayLike,
    params: float = np.inf,
    samples: float = np.inf,
    members: float = 1,
) -> Array:
    """Return the loss on new data, the mean squared error, along training.

    Parameters
    ----------
    spectrum : Spectrum
        Data and target.
    times : array
        Gradient-flow times with a learning rate of one, positive.
    params, samples : float
        N and P; infinite if not given.
    members : float
        Models whose outputs are averaged: they have N parameters each, other random features, and
        share the samples. Infinitely many leave what all such models get wrong alike, the bias of
        the features.

    Returns
    -------
    array
        A loss for each time, in the units of the target's variance.

    Raises
    ------
    ArgumentError
        If a time is not positive.

    Examples
    --------
    An infinite model on infinite data, against the sum over its modes:

    >>> from replication.papers.bordelon2024.spectrum import power_law
    >>> task = power_law(1.5, 1.25)
    >>> plain = task.counts @ (task.power * np.exp(-2 * task.eigenvalues * 10))
    >>> float(test_loss(task, [10.0])[0].round(8)), float(plain.round(8))
    (0.53538971, 0.53538971)
    """
    return _losses(spectrum, times, params, samples, members, train=False)


def train_loss(
    spectrum: Spectrum, times: ArrayLike, params: float = np.inf, samples: float = np.inf
) -> Array:
    """Return the loss on the samples that are trained on.

    Parameters
    ----------
    spectrum, times, params, samples
        As for `test_loss`.

    Returns
    -------
    array
        A loss for each time.

    Examples
    --------
    >>> from replication.papers.bordelon2024.spectrum import power_law
    >>> task = power_law(1.5, 1.25)
    >>> seen, new = train_loss(task, [100.0], samples=64), test_loss(task, [100.0], samples=64)
    >>> float(seen[0].round(3)), float(new[0].round(3))
    (0.001, 0.51)
    """
    return _losses(spectrum, times, params, samples, 1, train=True)


def _on_contour(spectrum: Spectrum, nodes: Complex, params: float, samples: float) -> Complex:
    """Return the ridge at the nodes; the lower half of the contour mirrors the upper."""
    upper = effective_ridge(spectrum, nodes[NODES // 2 :], params, samples)
    return np.concatenate([np.conj(upper[::-1]), upper])


def _losses(
    spectrum: Spectrum,
    times: ArrayLike,
    params: float,
    samples: float,
    members: float,
    *,
    train: bool,
) -> Array:
    """Invert the correlation of the errors at two points, both at the same time."""
    for name, count in (("params", params), ("samples", samples), ("members", members)):
        if not count >= 1:
            raise ArgumentError(f"{name} is {count:g}; give a count from 1, or infinity.")
    found = []
    for time in _times(times):
        nodes, weights = _contour(time)
        kappa = _on_contour(spectrum, nodes, params, samples)
        image = _correlation(spectrum, nodes, kappa, params, samples, members)
        if train:
            degrees = (1 / (kappa[:, None] + spectrum.eigenvalues)) @ (
                spectrum.counts * spectrum.eigenvalues
            )
            kept = 1 - degrees / samples
            image = image * kept[:, None] * kept
        found.append(float(np.real(weights @ image @ weights)))
    return np.array(found)


def _correlation(
    spectrum: Spectrum, s: Complex, kappa: Complex, params: float, samples: float, members: float
) -> Complex:
    """Return the transform of the correlation of the errors at each pair of points.

    With [f] = sum_k f_k / ((lambda_k + kappa)(lambda_k + kappa')) it is, for one model,

        kappa kappa' / (s s')  times  ([v] (1 - [l^2]/N) + [l v] [l]/N) / det,
        det = (1 - [l^2]/N) (1 - [l^2]/P) - kappa kappa' [l]^2 / (N P),

    l = lambda, v = lambda w^2. Two models with features of their own keep only what they share:
    [v] / (1 - [l^2]/P).
    """
    apart = 1 / (kappa[:, None] + spectrum.eigenvalues)
    weighted = spectrum.counts * spectrum.eigenvalues

    def bracket(values: Array) -> Complex:
        product: Complex = (apart * values) @ apart.T
        return product

    target, both = bracket(spectrum.counts * spectrum.power), bracket(weighted * spectrum.power)
    one, two = bracket(weighted), bracket(weighted * spectrum.eigenvalues)
    ridge = kappa[:, None] * kappa
    of_size, of_data = 1 - two / params, 1 - two / samples
    single = (target * of_size + both * one / params) / (
        of_size * of_data - ridge * one**2 / (params * samples)
    )
    mixed = single / members + (1 - 1 / members) * target / of_data
    transform: Complex = mixed * ridge / (s[:, None] * s)
    return transform


def _times(times: ArrayLike) -> Array:
    """Return the times as a list; a time of zero has no contour."""
    values = np.atleast_1d(np.asarray(times, float))
    if not np.all((values > 0) & np.isfinite(values)):
        raise ArgumentError(f"times has {values.min():g}; give finite times above zero.")
    return values
