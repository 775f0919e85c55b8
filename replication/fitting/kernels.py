"""Residuals and normal equations of many fits at once.

A kernel knows one law and one data set and never changes. For a batch of S parameter vectors it
returns an evaluation: residuals of shape (S, n) and, given weights per residual, the gradient
(S, p) and Hessian (S, p, p). Scratch memory comes from the caller's workspace, so an evaluation
is valid until the next one in the same workspace.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.fitting.frame import Data
from replication.fitting.log_sums import PowerSumKernel
from replication.fitting.workspace import Workspace
from replication.laws import Law, PowerSum

Array = NDArray[Any]

ROUNDING = 64
"""Rounding errors of a residual, in units of the last digit of one."""
STEP = 1e-4
"""Step of a difference, in a logarithm or as a share of a signed field."""


class GradientKernel:
    """Residuals of any law from its prediction and gradient.

    The curvature of the prediction, which the Hessian needs besides the gradients, is the law's own
    if it has one, else it comes from central differences of the gradient in the solver's
    coordinates.

    Parameters
    ----------
    law : type of Law
        The law.
    data : Data
        Checked columns.
    log : bool
        Whether residuals are differences of logarithms.
    """

    dtype = np.dtype(np.float64)

    def __init__(self, law: type[Law], data: Data, log: bool) -> None:
        self.law, self.data, self.log = law, data, log
        self.names, self.p, self.n = law.names(), len(law.names()), data.n
        self.in_log = np.array([kind.log for kind in law.kinds().values()])
        self.observed = np.log(data.response) if log else data.response
        self.unit = 1.0 if log else float(np.sqrt(np.mean(data.response**2)))

    def evaluate(self, theta: Array, work: Workspace | None = None) -> "GradientEvaluation":
        """Return observed minus predicted, in logarithms if the objective is, shape (S, n)."""
        # One row of coefficients a problem, to broadcast over points.
        law = self.law.from_vector(theta[:, None, :])
        linked, gradient = law._linked(self.log, *self.data.columns)
        linked = self.spread(linked, len(theta))
        residuals = self.observed - linked
        return GradientEvaluation(
            self, theta, law, linked, gradient, residuals, work or Workspace()
        )

    def residuals(self, theta: Array, work: Workspace) -> Array:
        """Return the residuals of `evaluate` alone, (S, n)."""
        linked = self.law.from_vector(theta[:, None, :])._value(self.log, *self.data.columns)
        out = work.array("residuals", (len(theta), self.n))
        return np.asarray(np.subtract(self.observed, linked, out=out))

    def spread(self, values: Any, size: int) -> Array:
        """Broadcast what the law returned to (S, n)."""
        return np.broadcast_to(np.asarray(values, dtype=np.float64), (size, self.n))


@dataclass(frozen=True)
class GradientEvaluation:
    """One evaluation of a `GradientKernel`."""

    kernel: GradientKernel
    theta: Array
    law: Law
    linked: Array
    gradient: dict[str, Any]
    residuals: Array
    work: Workspace

    def slopes(self) -> Array:
        """Return the derivative of the linked predictions in solver coordinates, (S, n, p)."""
        return (self._partial() * self._units()[..., None]).transpose(0, 2, 1)

    def curvatures(self) -> Array:
        """Return the curvature of the linked predictions at each point, (S, n, p, p)."""
        kernel, units, slopes = self.kernel, self._units(), self.slopes()
        second = self.law._bent(kernel.log, *kernel.data.columns)
        if second is None:
            bent = np.stack(list(self._bends()), axis=-1)
            return np.asarray(0.5 * (bent + bent.swapaxes(2, 3)))
        bent = np.zeros((*slopes.shape, kernel.p))
        for (first, other), values in second.items():
            a, b = kernel.names.index(first), kernel.names.index(other)
            bent[..., a, b] = values * units[:, a, None] * units[:, b, None]
            bent[..., b, a] = bent[..., a, b]
        bent[..., kernel.in_log, kernel.in_log] += slopes[..., kernel.in_log]
        return bent

    def slope(self, pull: Array) -> Array:
        """Return minus the gradient, the sum of `pull` times the slopes, (S, p)."""
        slope = np.empty(self.theta.shape)
        for k, name in enumerate(self.kernel.names):
            partial = np.asarray(self.gradient[name])
            if partial.shape == pull.shape:
                np.vecdot(pull, partial, out=slope[:, k])
            else:
                np.sum(pull * partial, axis=1, out=slope[:, k])
        return slope * self._units()

    def normal(
        self, pull: Array, weight: Array, curvature: Array | None = None
    ) -> tuple[Array, Array]:
        """Return minus the gradient and the Hessian.

        `curvature`, what `bent` returns, is taken as given, or computed.
        """
        partial, units = self._partial(), self._units()
        weighted = self.work.array("weighted", partial.shape)
        np.multiply(partial, weight[:, None], out=weighted)
        hessian = np.matmul(weighted, partial.transpose(0, 2, 1))
        hessian *= units[:, :, None] * units[:, None, :]
        hessian -= self.bent(pull) if curvature is None else curvature
        return np.matmul(partial, pull[..., None])[..., 0] * units, hessian

    def bent(self, pull: Array) -> Array:
        """Return the sum of `pull` times the curvature of the linked prediction, (S, p, p)."""
        kernel, partial, units = self.kernel, self._partial(), self._units()
        second = self.law._bent(kernel.log, *kernel.data.columns)
        if second is None:
            columns = [np.einsum("sn,snp->sp", pull, bends) for bends in self._bends()]
            curvature = np.stack(columns, axis=-1)
            return np.asarray(0.5 * (curvature + curvature.transpose(0, 2, 1)))
        curvature = np.zeros((len(pull), kernel.p, kernel.p))
        for (first, other), values in second.items():
            a, b = kernel.names.index(first), kernel.names.index(other)
            if np.shape(values) != pull.shape:
                values = kernel.spread(values, len(pull))
            total = np.einsum("sn,sn->s", pull, values)
            curvature[:, a, b] = curvature[:, b, a] = total * (units[:, a] * units[:, b])
        gradient = np.matmul(partial, pull[..., None])[..., 0] * units
        curvature[:, kernel.in_log, kernel.in_log] += gradient[:, kernel.in_log]
        return curvature

    def _bends(self) -> Iterator[Array]:
        """Yield what the slopes change by in each coordinate, (S, n, p), by central differences."""
        kernel, size, p = self.kernel, len(self.theta), self.kernel.p
        for k, step in enumerate(self._steps().T):
            shift = step[:, None] * np.eye(p)[k]
            both = kernel.evaluate(np.concatenate([self.theta + shift, self.theta - shift]))
            slopes = both.slopes()
            yield (slopes[:size] - slopes[size:]) / (2 * step[:, None, None])

    def _steps(self) -> Array:
        """Return steps for differences, (S, p), in proportion to what each coordinate does."""
        kernel = self.kernel
        rms = np.sqrt(np.mean(self._partial() ** 2, axis=2))
        reach = kernel.unit / (rms + 1e-300)
        signed = np.maximum(np.abs(self.theta), 1e-2 * np.minimum(reach, 1e100))
        return np.asarray(STEP * np.where(kernel.in_log, 1.0, signed))

    def _units(self) -> Array:
        """Return what a step in each solver coordinate is worth in the field itself, (S, p)."""
        in_log = self.kernel.in_log
        return np.where(in_log, np.exp(np.where(in_log, self.theta, 0.0)), 1.0)

    def _partial(self) -> Array:
        """Return the derivative of the linked prediction in each field, (S, p, n)."""
        kernel = self.kernel
        stacked = self.work.array("partial", (len(self.theta), kernel.p, kernel.n))
        for k, name in enumerate(kernel.names):
            stacked[:, k] = self.gradient[name]
        return stacked


Kernel = PowerSumKernel | GradientKernel
"""What the solver knows of a law and its data."""


def kernel_for(law: type[Law], data: Data, log: bool) -> Kernel:
    """Return the fastest kernel that a law and an objective allow.

    Parameters
    ----------
    law : type of Law
        The law to fit.
    data : Data
        Checked columns.
    log : bool
        Whether residuals are differences of logarithms.

    Returns
    -------
    PowerSumKernel or GradientKernel
        The first for sums of powers with log residuals.
    """
    if log and issubclass(law, PowerSum):
        return PowerSumKernel(law, data)
    return GradientKernel(law, data, log)


def on_rows(kernel: Kernel, rows: Array) -> Kernel:
    """Return the kernel of some of the points.

    Parameters
    ----------
    kernel : Kernel
        Law and data.
    rows : ndarray of int
        The points.

    Returns
    -------
    Kernel
        Of the same kind.
    """
    return kernel_for(kernel.law, kernel.data.taken(rows), kernel.log)


def rounding(kernel: Kernel, weights: Array) -> Array:
    """Return what rounding alone does to a sum of squares.

    Residuals of data that a law fits exactly are rounding; their squares are no progress.

    Parameters
    ----------
    kernel : Kernel
        Law and data.
    weights : ndarray, shape (S, n)
        Weight of each point in each problem.

    Returns
    -------
    ndarray, shape (S,)
        One a problem.
    """
    error = ROUNDING * kernel.unit * float(np.finfo(kernel.dtype).eps)
    return np.asarray(weights.sum(axis=1) * error**2)
