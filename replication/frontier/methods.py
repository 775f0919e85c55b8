"""How the minimum of an isoFLOP slice is found: a registry of methods."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.frontier.minima import Method, Minima
from replication.frontier.splines import LEAST_KNOTS, akima, hollows

Array = NDArray[Any]

FLAT = 1e-9
"""Ratio of eigenvalues of the normal equations below which sizes coincide."""
LEVEL = 1e-13
"""Rise of a parabola over its sizes, as a share of the loss, below which it is rounding."""
HANKEL = np.add.outer(np.arange(3), np.arange(3))
"""Which power of the size belongs where in the normal equations."""


def parabola(log_params: Array, loss: Array, weights: Array) -> Minima:
    """Fit a parabola in log N to the losses of a slice (hoffmann2022, section 3.2).

    Parameters
    ----------
    log_params : ndarray, shape (n,)
        log10 of parameters N.
    loss : ndarray, shape (n,) or (draws, n)
        Loss in nats per token, the same in all draws or one row a draw.
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
    columns = u ** np.arange(3)[:, None]
    shift = loss.mean()
    target = loss - shift
    # Noisy copies share their weights, and with them the normal equations.
    shared = weights.strides[0] == 0
    w = weights[:1] if shared else weights
    moments = w @ (u ** np.arange(5)[:, None]).T
    gram = np.broadcast_to(moments[:, HANKEL], (len(weights), 3, 3))
    right = target @ (w * columns).T if shared else (w * target) @ columns.T
    right = np.broadcast_to(right, (len(weights), 3))
    eigenvalues = np.linalg.eigvalsh(gram)
    ok = eigenvalues[:, 0] > FLAT * eigenvalues[:, -1]
    c = np.full((len(weights), 3), np.nan)
    c[ok] = np.linalg.solve(gram[ok], right[ok][..., None])[..., 0]
    c[np.abs(c[:, 2]) <= LEVEL * abs(shift), 2] = 0.0
    with np.errstate(all="ignore"):
        vertex = -c[:, 1] / (2 * c[:, 2])
        lowest = c[:, 0] + c[:, 1] * vertex / 2 + shift
        if shared and target.ndim == 2:
            misfit = np.einsum("kn,kn,n->k", target, target, w[0]) - (c * right).sum(axis=1)
        else:
            misfit = (w * (target - c @ columns) ** 2).sum(axis=1)
        scatter = np.sqrt(np.maximum(misfit, 0.0) / w.sum(axis=1))
    return Minima(middle + scale * vertex, lowest, c[:, 2] / scale**2, scatter)


METHODS: dict[str, Method] = {
    "parabola": Method(parabola, 3, "a parabola"),
    "akima": Method(akima, LEAST_KNOTS, "an Akima spline", hollows),
}
"""Methods of `isoflop` by name."""
