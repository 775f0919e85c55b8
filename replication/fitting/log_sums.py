"""Sums of powers with log residuals: exact derivatives at the price of a few matrix products."""

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.fitting.frame import Data
from replication.fitting.workspace import Workspace
from replication.laws import PowerSum

Array = NDArray[Any]


class PowerSumKernel:
    """Log residuals of a sum of powers, with the exact Hessian of the log-sum-exp.

    With u_j the log of term j and the last term as reference, ``v_j = u_j - u_T`` and
    ``log L = u_T + log(1 + sum_j exp v_j)``. All derivatives are sums over points of products of
    the shares ``exp(v_j) / (1 + sum exp v)`` with products of log inputs: one matrix product.

    Parameters
    ----------
    law : type of PowerSum
        The law.
    data : Data
        Checked columns.
    dtype : dtype
        Precision of sums over points.
    """

    def __init__(self, law: type[PowerSum], data: Data, dtype: Any = np.float64) -> None:
        self.dtype, self.unit, self.log = np.dtype(dtype), 1.0, True
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
        self.maps = maps.transpose(1, 0, 2).reshape(self.p, -1)
        self.features = features.astype(dtype)
        self.log_response = np.log(data.response).astype(dtype)
        self.flat_reference = not maps[-1, :, 1:].any()

        products = list(combinations_with_replacement(range(len(features)), 2))
        self.products = np.stack([features[a] * features[b] for a, b in products]).astype(dtype)

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
        self.second_needed = np.argwhere(np.abs(pairs).max(axis=2) > 0)
        self.first_needed = np.argwhere(
            (np.abs(curvature).max(axis=2) > 0) | (np.abs(slope).max(axis=2) > 0)
        )
        self.hessian_map = pairs[tuple(self.second_needed.T)].T
        self.curvature_map = curvature[tuple(self.first_needed.T)].T
        self.gradient_map = slope[tuple(self.first_needed.T)].T

    def single(self) -> "PowerSumKernel":
        """Return the same kernel in single precision."""
        return self if self.dtype == np.float32 else PowerSumKernel(self.law, self.data, np.float32)

    def evaluate(self, theta: Array, work: Workspace) -> "PowerSumEvaluation":
        """Return ``log(response) - log(prediction)``, shape (S, n), of coordinates (S, p)."""
        size, dtype = len(theta), self.dtype
        weights = (theta @ self.maps).reshape(size, self.terms + 1, -1)
        weights = weights.transpose(1, 0, 2).astype(dtype)
        shares = work.array("shares", (self.terms, size, self.n), dtype)
        total = work.array("total", (size, self.n), dtype)
        total.fill(1)
        for j in range(self.terms):
            np.matmul(weights[j], self.features, out=shares[j])
            np.exp(shares[j], out=shares[j])
            total += shares[j]
        r = np.log(total, out=work.array("residuals", (size, self.n), dtype))
        np.subtract(self.log_response, r, out=r)
        reference = weights[self.terms]
        r -= reference[:, :1] if self.flat_reference else reference @ self.features
        np.reciprocal(total, out=total)
        shares *= total
        return PowerSumEvaluation(self, r, shares, work)

    def residuals(self, theta: Array, work: Workspace) -> Array:
        """Return the residuals of `evaluate` alone, (S, n)."""
        return self.evaluate(theta, work).residuals


@dataclass(frozen=True)
class PowerSumEvaluation:
    """One evaluation of a `PowerSumKernel`: residuals, and each term's share of the prediction."""

    kernel: PowerSumKernel
    residuals: Array
    shares: Array
    work: Workspace

    def slope(self, pull: Array) -> Array:
        """Return minus the gradient, the sum of `pull` times the slopes, (S, p)."""
        kernel, last = self.kernel, self.kernel.terms
        maps = kernel.maps.reshape(kernel.p, last + 1, -1)
        slope = np.zeros((len(pull), kernel.p))
        part = self.work.array("part", pull.shape, pull.dtype)
        for j in range(last + 1):
            share = np.multiply(pull, self.shares[j], out=part) if j < last else pull
            for k in np.flatnonzero(maps[:, j].any(axis=0)):
                slope += np.multiply.outer(share @ kernel.features[k], maps[:, j, k])
        return slope

    def normal(self, pull: Array, weight: Array) -> tuple[Array, Array]:
        """Return minus the gradient and the exact Hessian.

        `pull` is the derivative and `weight` the second derivative of the objective in each
        residual, both (S, n). With J the slope of log L, the Hessian is the sum of
        ``weight J J' - pull d2 log L``; pairs of terms are summed with ``weight + pull``, and the
        excess where the reference term takes part, whose shares are not curved, comes off again.
        """
        kernel, shares, size = self.kernel, self.shares, len(pull)
        n, dtype, pairs = kernel.n, kernel.dtype, kernel.term_pairs
        first = self.work.array("first", (kernel.terms + 1, size, n), dtype)
        second = self.work.array("second", (len(pairs), size, n), dtype)
        whole = np.add(pull, weight, out=second[-1])
        first[-1] = pull
        for q, (j, k) in enumerate(pairs[:-1]):
            if k == j:
                np.multiply(pull, shares[j], out=first[j])
                last = pairs.index((j, kernel.terms))
                row = np.multiply(whole, shares[j], out=second[last])
            if k < kernel.terms:
                np.multiply(row, shares[k], out=second[q])
        first_sums = self._sums(first, kernel.first_needed)
        hessian = kernel.hessian_map @ self._sums(second, kernel.second_needed)
        hessian -= kernel.curvature_map @ first_sums
        # Views whose entries are contiguous over the batch, as the solver reads them.
        blocks = hessian.reshape(kernel.p, kernel.p, size).transpose(2, 0, 1)
        return (kernel.gradient_map @ first_sums).T, blocks

    def _sums(self, stacked: Array, needed: Array) -> Array:
        """Sum chosen rows of (k, S, n) over points against chosen products: (chosen, S)."""
        sums = np.empty((len(needed), stacked.shape[1]), self.kernel.dtype)
        # One column at a time: BLAS takes these far faster than a matrix with few columns.
        for row, (k, product) in zip(sums, needed, strict=True):
            np.matmul(stacked[k], self.kernel.products[product], out=row)
        return np.asarray(sums, dtype=np.float64)
