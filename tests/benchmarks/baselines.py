"""The other side of every ratio: the same fits by scipy, in lean functions of plain numpy.

Nothing here uses the package, so that scipy pays for none of its checks. Coordinates are those of
hoffmann2022: (ln A, ln B, ln E, alpha, beta). `test_baselines.py` holds every function against the
package.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import grad
from scipy.optimize import least_squares, minimize

DELTA = 1e-3
SECOND_ORDER = ("Newton-CG", "trust-exact", "trust-ncg")

# The published recipes, on the logarithms as they are -----------------------------------------


def huber_sum(x, y, z) -> Callable[[Any], float]:
    """The objective of hoffmann2022, Eq. 3, of ln N, ln D and ln L: the sum, not rescaled."""

    def value(t):
        r = z - np.log(np.exp(t[0] - t[3] * x) + np.exp(t[1] - t[4] * y) + np.exp(t[2]))
        pull = np.minimum(np.maximum(r, -DELTA), DELTA)
        return pull @ (r - 0.5 * pull)

    return value


def huber_sum_and_gradient(x, y, z) -> Callable[[Any], tuple[float, Any]]:
    """The same with its gradient, which shares all the exponentials."""

    def value_and_gradient(t):
        a, b, e = np.exp(t[0] - t[3] * x), np.exp(t[1] - t[4] * y), np.exp(t[2])
        predicted = a + b + e
        r = z - np.log(predicted)
        pull = np.minimum(np.maximum(r, -DELTA), DELTA)
        q = pull / predicted
        a *= q
        b *= q
        gradient = np.array([-a.sum(), -b.sum(), -e * q.sum(), a @ x, b @ y])
        return pull @ (r - 0.5 * pull), gradient

    return value_and_gradient


def grid_search(x, y, z, starts, analytic: bool) -> tuple[float, Any]:
    """Run L-BFGS-B at scipy's default tolerances from every start; return the best end."""
    make = huber_sum_and_gradient if analytic else huber_sum
    objective, best = make(x, y, z), (np.inf, None)
    with np.errstate(all="ignore"):
        for start in starts:
            # jac=None is scipy's two-point differences.
            end = minimize(objective, start, jac=analytic or None, method="L-BFGS-B")
            if end.fun < best[0]:
                best = float(end.fun), end.x
    return best


def notebook_objective(x, y, z) -> Callable[[Any], float]:
    """The same sum as besiroglu2024's notebook computes it: in functions autograd can follow."""

    def value(t):
        terms = anp.array([t[0] - t[3] * x, t[1] - t[4] * y, t[2] * anp.ones(len(x))])
        top = anp.max(terms, axis=0)
        r = z - (anp.log(anp.sum(anp.exp(terms - top), axis=0)) + top)
        size = anp.abs(r)
        return anp.sum(anp.where(size <= DELTA, 0.5 * r**2, DELTA * (size - 0.5 * DELTA)))

    return value


def notebook_fit(x, y, z, start) -> Any:
    """Refit as that notebook does: BFGS at scipy's defaults, gradient by autograd."""
    value = notebook_objective(x, y, z)
    return minimize(value, start, jac=grad(value), method="BFGS").x


# scipy with the problem prepared: centred inputs, rescaled objective, analytic derivatives ----


@dataclass(frozen=True)
class Points:
    """Logarithms of N, D and L, the first two centred on their means.

    Centring takes away most of the correlation of ln A with alpha and of ln B with beta, which
    is what makes gradient methods slow.
    """

    design: Any
    response: Any
    shift: Any

    @classmethod
    def of(cls, x, y, z) -> "Points":
        u, v, one, zero = x - x.mean(), y - y.mean(), np.ones_like(x), np.zeros_like(x)
        design = np.stack(
            [np.stack([one, zero, -u, zero], axis=1), np.stack([zero, one, zero, -v], axis=1)]
        )
        return cls(design, z, np.array([x.mean(), y.mean()]))

    def centred(self, theta):
        """(ln A, ln B, ln E, alpha, beta) to the coordinates of the search."""
        lna, lnb, lne, alpha, beta = theta
        return np.array([lna - alpha * self.shift[0], lnb - beta * self.shift[1], alpha, beta, lne])

    def original(self, t):
        """Back again."""
        a, b, alpha, beta, lne = t
        return np.array([a + alpha * self.shift[0], b + beta * self.shift[1], lne, alpha, beta])


class Refit:
    """The Huber sum of one resample, over `delta` times the number of points: about one.

    Only the points that the resample contains are kept, each with its count as a weight.
    """

    def __init__(self, points: Points, counts: Any):
        kept = counts.nonzero()[0]
        # One matrix for both terms: a single product and a single call of exp an evaluation.
        self.design = points.design[:, kept].reshape(-1, 4)
        self.response = points.response[kept]
        self.weights = counts[kept] / (DELTA * counts.sum())
        self.scale = DELTA * counts.sum()

    def value_and_gradient(self, t):
        terms = np.exp(self.design @ t[:4]).reshape(2, -1)
        e = np.exp(t[4])
        predicted = terms[0] + terms[1]
        predicted += e
        r = self.response - np.log(predicted)
        pull = np.minimum(np.maximum(r, -DELTA), DELTA)
        weighted = self.weights * pull
        q = weighted / predicted
        gradient = np.empty(5)
        gradient[:4] = (terms * -q).ravel() @ self.design
        gradient[4] = -e * q.sum()
        return weighted @ (r - 0.5 * pull), gradient

    def hessian(self, t):
        """Exact where no residual is at delta: the log-sum-exp has a curvature of its own."""
        terms = np.exp(self.design @ t[:4]).reshape(2, -1)
        e = np.exp(t[4])
        predicted = terms[0] + terms[1] + e
        r = self.response - np.log(predicted)
        inside = np.abs(r) <= DELTA
        weighted = self.weights * np.where(inside, r, DELTA * np.sign(r))
        n = len(r)
        parts = terms / predicted
        slope = np.empty((n, 5))
        slope[:, :4] = parts[0, :, None] * self.design[:n] + parts[1, :, None] * self.design[n:]
        slope[:, 4] = e / predicted
        hessian = (slope * (self.weights * inside + weighted)[:, None]).T @ slope
        bent = (parts * weighted).ravel()
        hessian[:4, :4] -= (self.design * bent[:, None]).T @ self.design
        hessian[4, 4] -= weighted @ slope[:, 4]
        return hessian

    def minimise(self, start, method: str, options: dict[str, Any], basis=None) -> Any:
        """Run one of scipy's minimisers, in coordinates `start + basis @ u` if given a basis."""
        curved = method in SECOND_ORDER
        if basis is None:
            extra = {"hess": self.hessian} if curved else {}
            return minimize(
                self.value_and_gradient, start, jac=True, method=method, options=options, **extra
            ).x

        def value_and_gradient(u):
            value, gradient = self.value_and_gradient(start + basis @ u)
            return value, gradient @ basis

        def hessian(u):
            return basis.T @ self.hessian(start + basis @ u) @ basis

        extra = {"hess": hessian} if curved else {}
        end = minimize(
            value_and_gradient, np.zeros(5), jac=True, method=method, options=options, **extra
        )
        return start + basis @ end.x

    def tight(self, start) -> tuple[float, Any]:
        """The minimum as exactly as scipy gives it: two methods, polished, the better end."""
        ends = [start]
        for method, options in (
            ("trust-exact", {"gtol": 1e-12, "maxiter": 1000}),
            ("BFGS", {"gtol": 1e-10}),
            ("SLSQP", {"ftol": 1e-16, "maxiter": 1000}),
        ):
            found = self.minimise(start, method, options)
            ends += [found, self.minimise(found, "BFGS", {"gtol": 1e-12})]
        values = [self.value(end) for end in ends]
        best = int(np.nanargmin(values))
        return values[best], ends[best]

    def value(self, t) -> float:
        """The Huber sum itself."""
        return float(self.value_and_gradient(t)[0]) * self.scale


def whitening(points: Points, t) -> Any:
    """Return a basis in which the Hessian of the fit to all points is the identity.

    Not a setting of scipy but a preparation of the problem: it makes the first step of a
    quasi-Newton method as good as one of Newton's.
    """
    hessian = Refit(points, np.ones(len(points.response))).hessian(t)
    return np.linalg.cholesky(np.linalg.inv(hessian))


def robust_least_squares(points: Points, counts, start, tolerance: float) -> Any:
    """Refit by scipy's `least_squares`, whose Huber loss has its knee at `f_scale`.

    Its loss acts on the weighted residual, so a weight cannot stand for a repeated point.
    """
    rows = np.repeat(np.arange(len(counts)), counts.astype(int))
    design, response = points.design[:, rows], points.response[rows]

    def shares(t):
        terms = np.exp(design @ t[:4])
        e = np.exp(t[4])
        return terms, e, terms[0] + terms[1] + e

    def residuals(t):
        return (response - np.log(shares(t)[2])) / DELTA

    def jacobian(t):
        terms, e, predicted = shares(t)
        slope = np.empty((len(response), 5))
        slope[:, :4] = (terms[0, :, None] * design[0] + terms[1, :, None] * design[1]) / (
            -DELTA * predicted[:, None]
        )
        slope[:, 4] = -e / (DELTA * predicted)
        return slope

    options = {"ftol": tolerance, "xtol": tolerance, "gtol": tolerance, "max_nfev": 1000}
    return least_squares(
        residuals, start, jacobian, loss="huber", f_scale=1.0, x_scale="jac", **options
    ).x
