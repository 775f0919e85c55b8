"""How the minimum of an isoFLOP slice is found: a registry of methods, so far the parabola."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

FLAT = 1e-9
"""Ratio of eigenvalues of the normal equations below which sizes coincide."""


@dataclass(frozen=True)
class Minima:
    """The minimum of one slice in many draws.

    Parameters
    ----------
    log_params : ndarray, shape (draws,)
        Its place, log10 of parameters; NaN where there is none.
    loss : ndarray, shape (draws,)
        The loss there in nats per token.
    curvature : ndarray, shape (draws,)
        Coefficient of (log10 N)**2 in nats per token and squared decade; negative at a maximum.
    scatter : ndarray, shape (draws,)
        Root mean square of observed minus fitted loss, in nats per token.
    """

    log_params: Array
    loss: Array
    curvature: Array
    scatter: Array


Method = Callable[[Array, Array, Array], Minima]


def parabola(log_params: Array, loss: Array, weights: Array) -> Minima:
    """Fit a parabola in log N to the losses of a slice (hoffmann2022, section 3.2).

    Parameters
    ----------
    log_params : ndarray, shape (n,)
        log10 of parameters N.
    loss : ndarray, shape (n,)
        Loss in nats per token.
    weights : ndarray, shape (draws, n)
        How often each run counts in each draw.

    Returns
    -------
    Minima
        One entry a draw; NaN where fewer than three sizes count.

    Examples
    --------
    >>> x = np.array([8.0, 8.5, 9.0, 9.5])
    >>> found = parabola(x, 2.5 + 0.3 * (x - 8.8) ** 2, np.ones((1, 4)))
    >>> found.log_params.round(6), found.loss.round(6), found.curvature.round(6)
    (array([8.8]), array([2.5]), array([0.3]))
    """
    # Centred and scaled, the normal equations lose no digits that matter.
    middle = log_params.mean()
    scale = float(np.ptp(log_params)) or 1.0
    u = (log_params - middle) / scale
    columns = np.stack([np.ones_like(u), u, u * u])
    shift = loss.mean()
    target = loss - shift
    gram = np.einsum("kn,in,jn->kij", weights, columns, columns)
    right = np.einsum("kn,in,n->ki", weights, columns, target)
    eigenvalues = np.linalg.eigvalsh(gram)
    ok = eigenvalues[:, 0] > FLAT * eigenvalues[:, -1]
    c = np.full((len(weights), 3), np.nan)
    c[ok] = np.linalg.solve(gram[ok], right[ok][..., None])[..., 0]
    with np.errstate(all="ignore"):
        vertex = -c[:, 1] / (2 * c[:, 2])
        lowest = c[:, 0] + c[:, 1] * vertex / 2 + shift
        misfit = weights * (target - c @ columns) ** 2
        scatter = np.sqrt(misfit.sum(axis=1) / weights.sum(axis=1))
    return Minima(middle + scale * vertex, lowest, c[:, 2] / scale**2, scatter)


METHODS: dict[str, Method] = {"parabola": parabola}
"""Methods of `isoflop` by name. A method takes log10 of parameters and the losses of one slice,
both of shape (n,), and weights of shape (draws, n), and returns `Minima`."""
