"""Approach 3 of hoffmann2022: a loss in parameters and tokens, and its closed-form frontier."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.errors import ReplicationError, unknown
from replication.fitting import Bootstrap, Fit, fit
from replication.frontier.line import params_law
from replication.frontier.result import Frontier
from replication.frontier.source import Refits, failures
from replication.laws import Chinchilla, PowerLaw

Array = NDArray[Any]

DRAWN = 25
"""Budgets at which the frontier is tabulated, over the range of the runs."""


@dataclass(frozen=True)
class Surface:
    """A fitted loss, and the frontiers of its refits.

    Parameters
    ----------
    fit : Fit
        A fitted `Chinchilla` law.
    """

    fit: Fit

    def bootstrap(self, resamples: int, seed: int) -> Refits:
        """Draw what the fit draws: points, or groups if it has them."""
        return self._refits(self.fit.bootstrap(resamples, seed))

    def subsample(self, resamples: int, fraction: float, seed: int) -> Refits:
        """Draw a share of the points without replacement."""
        return self._refits(self.fit.subsample(resamples, fraction, seed))

    def _refits(self, drawn: Bootstrap) -> Refits:
        """Return the closed-form frontier of each refit that has one."""
        fields: dict[str, Any] = {
            name: np.broadcast_to(np.asarray(value, dtype=np.float64), drawn.count)
            for name, value in drawn.law.to_dict().items()
        }
        ok = (fields["alpha"] > 0) & (fields["beta"] > 0)
        failed = int((~ok).sum())
        if not ok.any():
            raise ReplicationError(
                "No refit has positive alpha and beta, so none has a frontier. Look at the notes "
                "of the fit and at its profile()."
            )
        law = Chinchilla(**{name: value[ok] for name, value in fields.items()})
        notes = drawn.notes + ((failures(failed, drawn.count),) if failed else ())
        return Refits(closed_form(law), drawn.kind, drawn.failed + failed, notes, law)


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


def parametric(runs: pd.DataFrame | Mapping[str, ArrayLike], **options: Any) -> Frontier:
    """Find the frontier from a fitted loss: Approach 3 (hoffmann2022, section 3.3, Eq. 4).

    L(N, D) = E + A/N**alpha + B/D**beta is fitted to all runs; its minimum at C = 6 N D is
    N_opt = G (C/6)**a with a = beta/(alpha + beta) and G = (alpha A/(beta B))**(1/(alpha + beta)).

    Parameters
    ----------
    runs : DataFrame or mapping of str to array_like
        One row a run: ``params`` and ``tokens`` (counts) and ``loss`` in nats per token.
    **options
        Passed to `replication.fit`: ``response``, ``objective``, ``delta``, ``recipe``, ...

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
        If an option is none of a fit.
    ReplicationError
        If an exponent is not positive, so that no budget has an optimum inside.

    Examples
    --------
    >>> import replication as rp
    >>> frontier = parametric(rp.load("hoffmann2022", "figure4_isoflop_points"))
    >>> round(frontier.a, 2), round(frontier.b, 2)
    (0.55, 0.45)
    >>> frontier.fit.status
    'converged'
    """
    known = [name for name in signature(fit).parameters if name not in ("law", "data")]
    for name in options:
        if name not in known:
            raise unknown("option of a fit", name, known)
    fitted = fit(Chinchilla, runs, **options)
    law = Chinchilla(**fitted.law.to_dict())
    if not (law.alpha > 0 and law.beta > 0):
        raise ReplicationError(
            f"The fit has alpha={law.alpha:.4g} and beta={law.beta:.4g}; both must be positive for "
            "a compute-optimal allocation. Look at the notes of the fit, or bound the exponents."
        )
    params, tokens = fitted.problem.data.columns
    spent = FLOPS_PER_PARAM_TOKEN * params * tokens
    best = law.optimal(flops=np.geomspace(spent.min(), spent.max(), DRAWN))
    points = pd.DataFrame(
        {"flops": best.flops, "params": best.params, "tokens": best.tokens, "loss": best.loss}
    )
    objective = fitted.objective
    return Frontier(
        approach="parametric",
        params_law=_scalar(closed_form(law)),
        points=points.assign(used=True),
        n=fitted.n,
        notes=fitted.notes,
        how=f"{objective.name}, delta={objective.delta:g}",
        fit=fitted,
        source=Surface(fitted),
    )


def _scalar(law: PowerLaw) -> PowerLaw:
    """Return the law with plain floats."""
    return type(law)(A=float(law.A), alpha=float(law.alpha))
