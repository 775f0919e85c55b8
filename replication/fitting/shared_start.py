"""The first step of many resamples that start from one place: one evaluation serves them all.

At a common start the objective, its gradient and its Hessian are sums over points of the weight of
a point times a number that all resamples share: a single matrix product.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.fitting.kernels import GradientKernel, Kernel
from replication.fitting.objectives import huber
from replication.fitting.space import Space

Array = NDArray[Any]


@dataclass(frozen=True)
class SharedStart:
    """What each point adds to objective, gradient and Hessian at a common start.

    Parameters
    ----------
    value : ndarray, shape (n,)
        The Huber function of its residual.
    gradient : ndarray, shape (n, p)
        Minus the derivative of that.
    hessian : ndarray, shape (n, p * p)
        Its second derivative, with the squared slopes as the solver weighs them.
    curved : ndarray, shape (n, p * p)
        Curvature of the linked prediction, which changes little in the steps that follow.
    """

    value: Array
    gradient: Array
    hessian: Array
    curved: Array

    def model(self, weights: Array) -> tuple[Array, Array, Array]:
        """Return the objective (S,), minus its gradient (S, p) and its Hessian (S, p, p)."""
        p = self.gradient.shape[1]
        hessian = (weights @ self.hessian).reshape(len(weights), p, p)
        return weights @ self.value, weights @ self.gradient, hessian

    def bent(self, pull: Array) -> Array:
        """Return the sum of `pull`, (S, n), times the curvature at the start, (S, p, p)."""
        p = self.gradient.shape[1]
        return (pull @ self.curved).reshape(len(pull), p, p)


def shared_start(
    kernel: Kernel, space: Space, start: Array, delta: float | Array, damping: float
) -> SharedStart | None:
    """Return what a common start gives, or None where the problems do not share one.

    Parameters
    ----------
    kernel : Kernel
        Law and data.
    space : Space
        Free coordinates.
    start : ndarray, shape (S, q)
        Where each problem starts.
    delta : float or ndarray
        Huber threshold; an array of one a problem is not shared.
    damping : float
        Share of iterative reweighting in the first step.

    Returns
    -------
    SharedStart or None
        One evaluation, whatever the number of problems.
    """
    if not isinstance(delta, float) or space.offset.ndim > 1 or len(start) < 2:
        return None
    if not (start == start[0]).all():
        return None
    law = GradientKernel(kernel.law, kernel.data, kernel.log)
    here = law.evaluate(space.theta(space.clip(start[:1])))
    r, slopes, bent = here.residuals[0], here.slopes()[0], here.curvatures()[0]
    pull = np.clip(r, -delta, delta)
    weight = (np.abs(r) <= delta).astype(np.float64)
    if damping and np.isfinite(delta):
        weight = (1 - damping) * weight + damping * delta / np.maximum(np.abs(r), delta)
    n, p = slopes.shape
    taken = (pull[:, None, None] * bent).reshape(n, p * p)
    squares = (weight[:, None, None] * slopes[:, :, None] * slopes[:, None, :]).reshape(n, p * p)
    return SharedStart(
        huber(r, delta), pull[:, None] * slopes, squares - taken, bent.reshape(n, p * p)
    )
