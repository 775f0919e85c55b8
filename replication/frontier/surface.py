"""Approach 3 of hoffmann2022: a loss in parameters and tokens, and the frontier of its optima."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.errors import ReplicationError
from replication.fitting import Bootstrap, Fit, Objective, Recipe, fit
from replication.fitting.allocations import allocations, columns_of
from replication.fitting.arguments import law_class
from replication.fitting.frame import as_frame
from replication.frontier.accounting import disagreement
from replication.frontier.line import Lines, lines, params_law, tokens_law
from replication.frontier.result import Frontier
from replication.frontier.source import Refits, failures
from replication.laws import Chinchilla, Law, PowerLaw

Array = NDArray[Any]

DRAWN = 25
"""Budgets at which the frontier is tabulated, over the range of the runs."""


@dataclass(frozen=True)
class Surface:
    """A fitted loss, and the frontiers of its refits.

    Parameters
    ----------
    fit : Fit
        A fitted loss in params and tokens.
    budgets : ndarray
        Training budgets C in FLOPs through whose optima the line of a law without a closed form
        is drawn.
    """

    fit: Fit[Law]
    budgets: Array

    def bootstrap(self, resamples: int, seed: int) -> Refits:
        """Draw what the fit draws: points, or groups if it has them."""
        return self._refits(self.fit.bootstrap(resamples, seed))

    def subsample(self, resamples: int, fraction: float, seed: int) -> Refits:
        """Draw a share of the points without replacement."""
        return self._refits(self.fit.subsample(resamples, fraction, seed))

    def _refits(self, drawn: Bootstrap[Law]) -> Refits:
        """Return the frontier of each refit that has one."""
        fields: dict[str, Any] = {
            name: np.broadcast_to(np.asarray(value, dtype=np.float64), drawn.count)
            for name, value in drawn.law.to_dict().items()
        }
        if isinstance(drawn.law, Chinchilla):
            ok = (fields["alpha"] > 0) & (fields["beta"] > 0)
        else:
            found = through(drawn.law, drawn.count, self.budgets)
            ok = found.usable
        failed = int((~ok).sum())
        if not ok.any():
            raise ReplicationError(
                "No refit has an optimum inside, so none has a frontier. Look at the notes of the "
                "fit and at its profile()."
            )
        law = type(drawn.law)(**{name: value[ok] for name, value in fields.items()})
        notes = drawn.notes + ((failures(failed, drawn.count),) if failed else ())
        if isinstance(law, Chinchilla):
            params = closed_form(law)
            both = params, tokens_law(params)
        else:
            both = found.only(ok).laws()
        return Refits(*both, drawn.kind, drawn.failed + failed, notes, law)


def closed_form(law: Chinchilla) -> PowerLaw:
    """Return N_opt = G (C/6)**a as a power law in C (hoffmann2022, Eq. 4).

    Parameters
    ----------
    law : Chinchilla
        With positive exponents; its fields may be arrays.

    Returns
    -------
    PowerLaw
        N_opt in C.

    Examples
    --------
    >>> law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)
    >>> round(closed_form(law).predict(5.76e23) / 1e9, 1)
    32.2
    """
    return params_law(law.a, law.G * FLOPS_PER_PARAM_TOKEN ** (-np.asarray(law.a)))


def through(law: Law, count: int, budgets: Array) -> Lines:
    """Draw lines through the optima of draws of a law, by least squares of logarithms.

    Parameters
    ----------
    law : Law
        Its fields have one entry a draw, or one for all.
    count : int
        Number of draws.
    budgets : ndarray, shape (m,)
        Training budgets C in FLOPs.

    Returns
    -------
    Lines
        NaN for draws without an optimum at some budget.

    Examples
    --------
    >>> law = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)
    >>> found = through(law, 1, np.array([1e18, 1e20, 1e22]))
    >>> bool(np.isclose(found.a[0], law.a))
    True
    """
    best = allocations(columns_of(law, count), budgets, {})
    sizes = np.broadcast_to(best["params"], (count, len(budgets)))
    return lines(budgets, sizes, None, np.ones(sizes.shape))


def parametric(
    runs: pd.DataFrame | Mapping[str, ArrayLike],
    law: type[Law] | str = Chinchilla,
    *,
    response: str | None = None,
    objective: str | Objective | None = None,
    delta: float | None = None,
    reduction: str | None = None,
    weights: str | ArrayLike | None = None,
    fixed: Mapping[str, float] | None = None,
    tied: Mapping[str, str] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    group: str | None = None,
    starts: Sequence[Law] | None = None,
    recipe: Recipe | None = None,
) -> Frontier:
    """Find the frontier from a fitted loss: Approach 3 (hoffmann2022, section 3.3, Eq. 4).

    L(N, D) = E + A/N**alpha + B/D**beta is fitted to all runs; its minimum at C = 6 N D is
    N_opt = G (C/6)**a with a = beta/(alpha + beta) and G = (alpha A/(beta B))**(1/(alpha + beta)).
    The optima of another law need not lie on a line; the frontier is then the straight line in
    logarithms through those at budgets over the range of the runs.

    Parameters
    ----------
    runs : DataFrame or mapping of str to array_like
        One row a run: ``params`` and ``tokens`` (counts) and ``loss`` in nats per token.
    law : type of Law or str
        A loss in params and tokens, by default that of hoffmann2022.
    response, objective, delta, reduction, weights, fixed, tied, bounds, group, starts, recipe
        As for `replication.fit`.

    Returns
    -------
    Frontier
        Its ``fit`` is the fitted loss; its ``points`` are the optimum at budgets spaced evenly in
        log C over 6 N D of the runs: ``flops``, ``params``, ``tokens``, ``loss``, ``used``.

    Raises
    ------
    DataError
        If a column is missing or unusable, or there are too few runs.
    UnknownNameError
        If the law, the objective or a field is not known.
    ReplicationError
        If the law is no loss in params and tokens, or no budget has an optimum inside, as where an
        exponent is not positive.

    Examples
    --------
    >>> import replication as rp
    >>> frontier = parametric(rp.load("hoffmann2022", "figure4_isoflop_points"))
    >>> round(frontier.a, 2), round(frontier.b, 2)
    (0.55, 0.45)
    >>> frontier.fit.status
    'converged'
    """
    kind = law_class(law, runs)
    if kind.response != "loss" or set(kind.inputs) != {"params", "tokens"}:
        raise ReplicationError(
            f"{kind.__name__} predicts {kind.response} from {', '.join(kind.inputs)}; a frontier "
            "needs a loss in params and tokens. Give a law of these two."
        )
    fitted = fit(
        kind,
        runs,
        response,
        objective=objective,
        delta=delta,
        reduction=reduction,
        weights=weights,
        fixed=fixed,
        tied=tied,
        bounds=bounds,
        group=group,
        starts=starts,
        recipe=recipe,
    )
    found = fitted.law
    if isinstance(found, Chinchilla) and not (found.alpha > 0 and found.beta > 0):
        raise ReplicationError(
            f"The fit has alpha={found.alpha:.4g} and beta={found.beta:.4g}; both must be positive "
            "for a compute-optimal allocation. Look at the notes of the fit, or bound them."
        )
    columns = dict(zip(found.inputs, fitted.problem.data.columns, strict=True))
    spent = FLOPS_PER_PARAM_TOKEN * columns["params"] * columns["tokens"]
    budgets = np.geomspace(spent.min(), spent.max(), DRAWN)
    best = found.optimal(flops=budgets)
    points = pd.DataFrame(
        {"flops": best.flops, "params": best.params, "tokens": best.tokens, "loss": best.loss}
    )
    if isinstance(found, Chinchilla):
        size = _scalar(closed_form(found))
        both = size, tokens_law(size)
    else:
        both = through(found, 1, budgets).single()
    other = disagreement(as_frame(runs), None, "6ND")
    how = f"{fitted.objective.name}, delta={fitted.objective.delta:g}"
    return Frontier(
        approach="parametric",
        params_law=both[0],
        tokens_law=both[1],
        points=points.assign(used=True),
        n=fitted.n,
        notes=fitted.notes + (() if other is None else (other,)),
        how=how if isinstance(found, Chinchilla) else f"{kind.__name__}, {how}",
        fit=fitted,
        source=Surface(fitted, budgets),
    )


def _scalar(law: PowerLaw) -> PowerLaw:
    """Return the law with plain floats."""
    return type(law)(A=float(law.A), alpha=float(law.alpha))
