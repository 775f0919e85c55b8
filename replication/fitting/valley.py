"""A way along a long flat valley, where Newton's steps in logarithms hardly get on.

A coefficient that falls to zero, or rises from it, is far away in its logarithm and near in
itself. So the end of such a search is handed to scipy's L-BFGS-B, in coefficients themselves,
bounded at zero, and in exponents about the middle of the data, so that none drags its coefficient
along.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from replication.fitting.kernels import Kernel
from replication.fitting.space import Space
from replication.fitting.workspace import Workspace

Array = NDArray[Any]

MOST = 400
"""Iterations of L-BFGS-B before its coordinates are made anew."""
ROUNDS = 5
"""How often that is done, while there is something to gain."""
GAIN = 1e-7
"""Share of the objective that a round must have gained for another."""
LITTLE = 1e-13
"""Share of the objective that one of them must gain for the next to be worth it."""
STEP = 1e-4
"""Step of a difference, in a logarithm or as a share of a signed field."""
NOTHING = 1e-100
"""Effect on the response, as a share of it, below which a coordinate is left where it is."""
OUTSIDE = 1e30
"""What stands for the objective where it has no finite value."""
LEAST = 1e-280
"""What a coefficient in units of its start is at its bound: its logarithm must exist."""


def along_valley(kernel: Kernel, space: Space, phi: Array, weights: Array, delta: float) -> Array:
    """Return free coordinates further down the valley, or the same where there is no way on.

    Parameters
    ----------
    kernel, space, delta
        As in `replication.fitting.newton.minimise`.
    phi : ndarray, shape (q,)
        Free coordinates in the valley.
    weights : ndarray, shape (n,)
        Weight of each point.

    Returns
    -------
    ndarray, shape (q,)
        Free coordinates inside the bounds.
    """
    with np.errstate(all="ignore"):
        for _ in range(ROUNDS):
            ways = _Ways(kernel, space, phi, weights, delta)
            if not ways.usable:
                break
            minimize(
                ways.value_and_gradient,
                ways.begin,
                jac=True,
                method="L-BFGS-B",
                bounds=ways.bounds,
                options={"ftol": LITTLE, "gtol": LITTLE, "maxiter": MOST},
            )
            lowest, phi = ways.lowest
            if not lowest < 1 - GAIN:
                break
    return phi


class _Ways:
    """Coordinates of the valley: coefficients in units of their effect, exponents about the middle.

    Where a field moves that is no coefficient, those coefficients give way whose terms it changes,
    so that the terms stay as they are in the middle of the data.
    """

    def __init__(
        self, kernel: Kernel, space: Space, phi: Array, weights: Array, delta: float
    ) -> None:
        self.kernel, self.space, self.start = kernel, space, phi
        self.weights, self.delta = weights[None], delta
        here = kernel.evaluate(space.theta(phi[None]), Workspace())
        ones = np.broadcast_to(weights, here.residuals.shape)
        _, hessian = here.normal(np.zeros_like(here.residuals), np.array(ones))
        square = space.spread @ hessian[0] @ space.spread.T
        self.moves = np.sqrt(np.diag(square) / weights.sum()) > NOTHING * kernel.unit
        self.factors = space.vanishes & self.moves & ~space.at_bound(phi)
        self.shear = self._sheared()
        apart = np.eye(len(phi)) - self.shear
        size = np.sqrt(np.diag(apart.T @ square @ apart) / weights.sum()) / kernel.unit
        self.size = np.where(self.moves & (size > 0), size, 1.0)
        low, high = (bound - phi for bound in (space.lower, space.upper))
        lower = np.where(self.factors, 0.0, low * self.size)
        upper = np.where(self.factors, np.inf, high * self.size)
        held = ~self.moves
        lower[held] = upper[held] = 0.0
        self.begin = np.where(self.factors, self.size, 0.0)
        self.bounds = list(zip(lower, upper, strict=True))
        self.total, self.lowest = 1.0, (OUTSIDE, phi)
        self.total = self.value_and_gradient(self.begin)[0]
        self.lowest = (1.0, phi)
        self.usable = bool(self.moves.any()) and 0 < self.total < OUTSIDE

    def _sheared(self) -> Array:
        """Return how the logarithm of each coefficient's term changes with each field, (q, q)."""
        leads = self.space.spread.argmax(axis=1)
        out = np.zeros((len(leads), len(leads)))
        rows = np.flatnonzero(self.factors)
        for m in np.flatnonzero(self.moves & ~self.factors) if len(rows) else ():
            step = STEP * (1.0 if self.space.logs[m] else max(abs(self.start[m]), STEP))
            both = self.start + step * np.outer((1, -1), np.eye(len(leads))[m])
            fields = self.kernel.law.from_vector(self.space.theta(both))
            values = {name: np.asarray(getattr(fields, name)) for name in self.kernel.law.names()}
            linear = [self.kernel.law.names()[leads[k]] for k in rows]
            _, parts = self.kernel.law.parts(values, linear, *self.kernel.data.columns)
            change = (np.log(np.abs(parts[0])) - np.log(np.abs(parts[1]))) / (2 * step)
            out[rows, m] = np.nan_to_num(change.mean(axis=-1), posinf=0.0, neginf=0.0)
        return out

    def phi(self, t: Array) -> Array:
        """Return free coordinates."""
        step = np.where(self.factors, np.log(self._share(t)), t / self.size)
        return np.asarray(self.start + step - self.shear @ np.where(self.factors, 0.0, step))

    def _share(self, t: Array) -> Array:
        """Return coefficients in units of their start, and one for every other field."""
        return np.where(self.factors, np.maximum(t / self.size, LEAST), 1.0)

    def value_and_gradient(self, t: Array) -> tuple[float, Array]:
        """Return the Huber sum in units of its own size, and its gradient."""
        phi = self.space.clip(self.phi(t))
        here = self.kernel.evaluate(self.space.theta(phi[None]), Workspace())
        pull = np.clip(here.residuals, -self.delta, self.delta)
        value = float(((here.residuals - 0.5 * pull) * pull * self.weights).sum()) / self.total
        if not np.isfinite(value):
            return OUTSIDE, np.zeros_like(t)
        # At its end the search may go off to nowhere: what counts is the lowest it has seen.
        self.lowest = min(self.lowest, (value, phi), key=lambda seen: seen[0])
        gradient = -(here.slope(pull * self.weights) @ self.space.spread.T)[0] / self.total
        gradient = gradient - self.shear.T @ gradient
        gradient = gradient / (self._share(t) * self.size)
        return value, np.where(np.isfinite(gradient) & self.moves, gradient, 0.0)
