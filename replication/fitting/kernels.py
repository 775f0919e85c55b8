"""Residuals and normal equations of many fits at once.

A kernel knows one law and one data set. For a batch of S parameter vectors it returns residuals
of shape (S, n) and, given weights per residual, the gradient (S, p) and Hessian (S, p, p).
Arrays live in buffers that are used again: allocating them anew would take longer than the
arithmetic.
"""

from itertools import combinations_with_replacement
from math import prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from replication.fitting.frame import Data
from replication.laws import Law, PowerSum

Array = NDArray[Any]
Second = dict[tuple[str, str], Any]

AT_ONCE = 100_000
"""Numbers that slopes may take up for all coordinates of a batch to be shifted in one call."""


class Kernel(Protocol):
    """What the solver needs to know about a law and its data."""

    p: int
    n: int
    dtype: Any

    def buffer(self, name: str, *shape: int) -> Array:
        """Return scratch memory that keeps its place between calls."""

    def residuals(self, theta: Array) -> Array:
        """Return residuals (S, n) and remember what `normal` needs."""

    def normal(self, pull: Array, weight: Array) -> tuple[Array, Array]:
        """Return minus the gradient (S, p) and the Hessian (S, p, p) of the last residuals."""


class Buffers:
    """Named scratch arrays of one dtype."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        self._held: dict[str, Array] = {}

    def buffer(self, name: str, *shape: int) -> Array:
        """Return scratch memory of this shape; its content is what was last left there."""
        size = prod(shape)
        held = self._held.get(name)
        if held is None or held.size < size:
            held = self._held[name] = np.empty(size, self.dtype)
        return held[:size].reshape(shape)


class PowerSumKernel(Buffers):
    """Log residuals of a sum of powers, with the exact Hessian of the log-sum-exp.

    With u_j the log of term j and the last term as reference, ``v_j = u_j - u_T`` and
    ``log L = u_T + log(1 + sum_j exp v_j)``. All derivatives are sums over points of products of
    the shares ``exp(v_j) / (1 + sum exp v)`` with products of log inputs: one matrix product.
    """

    def __init__(self, law: type[PowerSum], data: Data, dtype: Any = np.float64) -> None:
        super().__init__(dtype)
        logs = [np.log(column) for column in data.columns]
        means = np.array([x.mean() for x in logs])
        # Moments of centred inputs keep their digits; the maps below absorb the shift.
        features = np.stack([np.ones(data.n), *(x - m for x, m in zip(logs, means, strict=True))])
        maps = law.design()
        maps[..., 0] += maps[..., 1:] @ means
        maps[:-1] -= maps[-1]

        self.law, self.data = law, data
        self.p, self.n = maps.shape[1], data.n
        self.terms = len(maps) - 1
        self._maps = maps.transpose(1, 0, 2).reshape(self.p, -1)
        self._features = features.astype(dtype)
        self._log_response = np.log(data.response).astype(dtype)
        self._flat_reference = not maps[-1, :, 1:].any()

        products = list(combinations_with_replacement(range(len(features)), 2))
        self._products = np.stack([features[a] * features[b] for a, b in products]).astype(dtype)

        last = self.terms
        self.term_pairs = list(combinations_with_replacement(range(last + 1), 2))
        # blocks[j, k, a, b]: what the sum over points of shares j, k and features a, b adds to
        # the Hessian; equal pairs are counted once.
        blocks = np.einsum("jpa,kqb->jkabpq", maps, maps)
        blocks = blocks + np.where(np.eye(len(features))[..., None, None], 0, blocks.swapaxes(2, 3))
        unlike = 1 - np.eye(last + 1)[:, :, None, None, None, None]
        blocks = blocks + unlike * blocks.swapaxes(4, 5)
        rows, columns = np.transpose(products)
        blocks = blocks[:, :, rows, columns].reshape(last + 1, last + 1, len(products), -1)
        pairs = blocks[tuple(np.transpose(self.term_pairs))]
        curvature = np.stack([blocks[j, j] + blocks[j, last] for j in range(last)] + [pairs[-1]])
        slope = np.zeros((last + 1, len(products), self.p))
        for k in range(len(features)):
            slope[:, products.index((0, k))] = maps[:, :, k]
        # Most products of shares and features have no place in the Hessian: leave them out.
        self._second_needed = np.argwhere(np.abs(pairs).max(axis=2) > 0)
        self._first_needed = np.argwhere(
            (np.abs(curvature).max(axis=2) > 0) | (np.abs(slope).max(axis=2) > 0)
        )
        self._hessian_map = pairs[tuple(self._second_needed.T)].T
        self._curvature_map = curvature[tuple(self._first_needed.T)].T
        self._gradient_map = slope[tuple(self._first_needed.T)].T

    def single(self) -> "PowerSumKernel":
        """Return the same kernel in single precision."""
        return PowerSumKernel(self.law, self.data, np.float32)

    def residuals(self, theta: Array) -> Array:
        """Return ``log(response) - log(prediction)``, shape (S, n)."""
        size = len(theta)
        weights = (theta @ self._maps).reshape(size, self.terms + 1, -1)
        weights = weights.transpose(1, 0, 2).astype(self.dtype)
        shares = self.buffer("shares", self.terms, size, self.n)
        total = self.buffer("total", size, self.n)
        total.fill(1)
        for j in range(self.terms):
            np.matmul(weights[j], self._features, out=shares[j])
            np.exp(shares[j], out=shares[j])
            total += shares[j]
        r = np.log(total, out=self.buffer("residuals", size, self.n))
        np.subtract(self._log_response, r, out=r)
        reference = weights[self.terms]
        r -= reference[:, :1] if self._flat_reference else reference @ self._features
        np.reciprocal(total, out=total)
        shares *= total
        self._shares = shares
        return r

    def normal(self, pull: Array, weight: Array) -> tuple[Array, Array]:
        """Return minus the gradient and the exact Hessian at the last residuals.

        `pull` is the derivative and `weight` the second derivative of the objective in each
        residual, both (S, n). With J the slope of log L, the Hessian is the sum of
        ``weight J J' - pull d2 log L``; pairs of terms are summed with ``weight + pull``, and the
        excess where the reference term takes part, whose shares are not curved, comes off again.
        """
        shares, size = self._shares, len(pull)
        first = self.buffer("first", self.terms + 1, size, self.n)
        second = self.buffer("second", len(self.term_pairs), size, self.n)
        whole = np.add(pull, weight, out=second[-1])
        first[-1] = pull
        for q, (j, k) in enumerate(self.term_pairs[:-1]):
            if k == j:
                np.multiply(pull, shares[j], out=first[j])
                last = self.term_pairs.index((j, self.terms))
                row = np.multiply(whole, shares[j], out=second[last])
            if k < self.terms:
                np.multiply(row, shares[k], out=second[q])
        first_sums = self._sums(first, self._first_needed)
        hessian = self._hessian_map @ self._sums(second, self._second_needed)
        hessian -= self._curvature_map @ first_sums
        # Views whose entries are contiguous over the batch, as the solver reads them.
        blocks = hessian.reshape(self.p, self.p, size).transpose(2, 0, 1)
        return (self._gradient_map @ first_sums).T, blocks

    def _sums(self, stacked: Array, needed: Array) -> Array:
        """Sum chosen rows of (k, S, n) over points against chosen products: (chosen, S)."""
        sums = np.empty((len(needed), stacked.shape[1]), self.dtype)
        # One column at a time: BLAS takes these far faster than a matrix with few columns.
        for row, (k, product) in zip(sums, needed, strict=True):
            np.matmul(stacked[k], self._products[product], out=row)
        return np.asarray(sums, dtype=np.float64)


class GradientKernel(Buffers):
    """Residuals of any law from its prediction and gradient.

    The curvature of the prediction, which the Hessian needs besides the gradients, is the law's own
    if it has one, else it comes from central differences of the gradient in the solver's
    coordinates.
    """

    step = 1e-4

    def __init__(self, law: type[Law], data: Data, log: bool) -> None:
        super().__init__(np.float64)
        self.law, self.data, self.log = law, data, log
        self.p, self.n = len(law.names()), data.n
        self._in_log = np.array([f.metadata["log"] for f in law.fields()])

    def residuals(self, theta: Array) -> Array:
        """Return observed minus predicted, in logarithms if the objective is, shape (S, n)."""
        self._theta = theta
        self._law = self._batch(theta)
        self._prediction = self._spread(self._law.predict(*self.data.columns), len(theta))
        if self.log:
            return np.asarray(np.log(self.data.response) - np.log(self._prediction))
        return np.asarray(self.data.response - self._prediction)

    def normal(self, pull: Array, weight: Array) -> tuple[Array, Array]:
        """Return minus the gradient and the Hessian at the last residuals."""
        slopes = self.slopes()
        gradient = np.einsum("sn,snp->sp", pull, slopes)
        hessian = np.einsum("snp,snq->spq", slopes * weight[..., None], slopes)
        second = self._law.curvature(*self.data.columns)
        if second is None:
            hessian -= self._differences(pull)
        else:
            hessian -= self._exact(second, pull, gradient, slopes)
        return gradient, hessian

    def _differences(self, pull: Array) -> Array:
        """Return the sum of `pull` times the curvature, by differences of the gradient."""
        size = len(pull)
        shifts = self.step * np.eye(self.p)
        # Small problems in one call, as their calls cost more than their arithmetic.
        together = self.p if size * self.n * self.p**2 <= AT_ONCE else 1
        parts = []
        for low in range(0, self.p, together):
            ends = np.concatenate([shifts[low : low + together], -shifts[low : low + together]])
            theta = (self._theta + ends[:, None]).reshape(-1, self.p)
            slopes = self._slopes(self._batch(theta)).reshape(2, -1, size, self.n, self.p)
            sums = np.einsum("sn,cksnp->cskp", pull, slopes)
            parts.append((sums[0] - sums[1]) / (2 * self.step))
        curvature = np.concatenate(parts, axis=1)
        symmetric: Array = 0.5 * (curvature + curvature.transpose(0, 2, 1))
        return symmetric

    def _exact(self, second: Second, pull: Array, gradient: Array, slopes: Array) -> Array:
        """Return the sum of `pull` times the curvature, from the law's second derivatives."""
        names = self.law.names()
        # What a step in a solver coordinate is worth in the field itself.
        unit = np.where(self._in_log, np.exp(np.where(self._in_log, self._theta, 0.0)), 1.0)
        size = len(pull)
        curvature = np.zeros((size, self.p, self.p))
        if self.log:
            curvature -= np.einsum("snp,snq->spq", slopes * pull[..., None], slopes)
            pull = pull / self._prediction
        for (first, other), values in second.items():
            p, q = names.index(first), names.index(other)
            total = np.einsum("sn,sn->s", pull, self._spread(values, size))
            curvature[:, p, q] += total * unit[:, p] * unit[:, q]
            if p != q:
                curvature[:, q, p] += total * unit[:, p] * unit[:, q]
        curvature[:, self._in_log, self._in_log] += gradient[:, self._in_log]
        return curvature

    def slopes(self) -> Array:
        """Return the derivative of the last predictions in solver coordinates, (S, n, p)."""
        return self._slopes(self._law, self._prediction)

    def _batch(self, theta: Array) -> Law:
        """Return the law with one row of coefficients a problem, to broadcast over points."""
        return self.law.from_vector(theta[:, None, :])

    def _spread(self, values: Any, size: int) -> Array:
        """Broadcast what the law returned to (S, n)."""
        return np.broadcast_to(np.asarray(values, dtype=np.float64), (size, self.n))

    def _slopes(self, law: Law, prediction: Array | None = None) -> Array:
        """Return the derivative of the linked prediction in solver coordinates, (S, n, p)."""
        partial = law.gradient(*self.data.columns)
        fields = law.to_dict()
        size = max(np.shape(v)[0] if np.ndim(v) else 1 for v in fields.values())
        slopes = np.stack([self._spread(partial[name], size) for name in fields], axis=-1)
        factors = [
            value if in_log else np.ones_like(value)
            for value, in_log in zip(fields.values(), self._in_log, strict=True)
        ]
        slopes = slopes * np.stack(np.broadcast_arrays(*factors), axis=-1)
        if self.log:
            if prediction is None:
                prediction = self._spread(law.predict(*self.data.columns), size)
            slopes = slopes / prediction[..., None]
        return np.asarray(slopes)


def kernel_for(law: type[Law], data: Data, log: bool) -> PowerSumKernel | GradientKernel:
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
