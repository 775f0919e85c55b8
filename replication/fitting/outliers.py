"""Residuals far from the rest: single runs that went wrong, and tails heavier than normal."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.errors import Note
from replication.fitting.local import Local
from replication.fitting.robust import MEDIAN_OF_NORMAL, far_quantile, scale_of

Array = NDArray[Any]

ALARM = 0.002
"""Chance of each note where the law is true and the noise normal."""
LEAST_FREEDOM = 5
"""Rows beyond the free fields below which residuals are too few to be judged."""
LEAST_OUTLIER = 6.0
"""Robust standard deviations below which no residual is far from the rest."""
GAP = 1.8
"""How much farther than the next one the nearest of the far residuals must lie: tails have none."""
WORTH_A_LOOK = 4.0
"""Standard deviations of the other residuals below which a residual needs no closer look."""
NORMAL_BEYOND = 0.0027
"""Part of normal residuals beyond three standard deviations."""
LEAST_FOR_TAILS = 20
"""Residuals beyond the free fields from which on tails can be told."""


def outliers(local: Local) -> list[int]:
    """Return the rows far beyond the rest.

    Parameters
    ----------
    local : Local
        The fit from close by; its slopes are finite.

    Returns
    -------
    list of int
        Places in `Local.rows`, the farthest first.
    """
    if local.freedom < LEAST_FREEDOM:
        return []
    basis = local.basis
    residuals = local.residuals - basis @ (basis.T @ local.residuals)
    # How far each lies from what the others lead one to expect, were the noise normal.
    kept = np.maximum(1 - (basis**2).sum(axis=1), 1e-12)
    others = np.maximum(residuals @ residuals - residuals**2 / kept, 1e-300)
    away = residuals**2 / kept * max(len(kept) - basis.shape[1] - 1, 1) / others
    if away.max() < WORTH_A_LOOK**2:
        return []
    squares = local.problem.objective.kind == "lsq"
    residuals = _robust(local.residuals, basis) if squares else local.residuals
    z = np.abs(residuals) / max(scale_of(residuals, basis.shape[1]), local.noise * 1e-3)
    order = np.argsort(-z)
    fallen = z[order]
    limit = max(LEAST_OUTLIER, far_quantile(local.freedom, len(z), ALARM))
    edges = np.flatnonzero((fallen[:-1] > limit) & (fallen[:-1] > GAP * fallen[1:]))
    return [int(i) for i in order[: edges[-1] + 1]] if len(edges) else []


def _robust(residuals: Array, basis: Array) -> Array:
    """Return what residuals would be had the fit not bent towards the far ones.

    Around its solution the law is linear; least absolute deviations there by weighted squares.
    """
    current = residuals
    for _ in range(10):
        scale = scale_of(current, basis.shape[1])
        if scale <= 0:
            break
        root = 1 / np.sqrt(np.maximum(np.abs(current) / scale, 0.05))
        move = np.linalg.lstsq(basis * root[:, None], residuals * root, rcond=1e-9)[0]
        current = residuals - basis @ move
    return np.asarray(current)


def outlier_note(local: Local, far: list[int]) -> Note:
    """Return the note on rows far beyond the rest.

    Parameters
    ----------
    local : Local
        The fit from close by.
    far : list of int
        What `outliers` found.

    Returns
    -------
    Note
        It names the farthest row by its place in the table, counted from 0.
    """
    first, problem = far[0], local.problem
    row = int(local.rows[first])
    residual = float(local.residuals[first] / np.sqrt(local.weights[first]))
    above = "above" if residual > 0 else "below"
    off = f"{abs(residual):.3g}"
    if problem.objective.log:
        off = f"{100 * abs(np.expm1(residual)):.3g} %"
    many = f"{len(far)} rows lie far beyond the rest. The farthest, row" if len(far) > 1 else "Row"
    name, value = problem.law.response, float(problem.data.response[row])
    heed = f", or use objective={_robust_name(local)!r}, which hardly heeds it"
    return Note(
        "outlier",
        f"{many} {row} (counted from 0; {name} {value:.4g}), lies {off} {above} the law, where "
        f"half of the residuals are below {_usual(local)}.",
        "Look whether the run diverged or the row is misread, and leave it out if so"
        f"{heed if problem.objective.kind == 'lsq' else ''}.",
    )


def _robust_name(local: Local) -> str:
    """Return the name of the objective that hardly heeds far residuals."""
    return "log-huber" if local.problem.objective.log else "huber"


def _usual(local: Local) -> str:
    """Return the median residual as text."""
    usual = local.noise * MEDIAN_OF_NORMAL
    return f"{100 * usual:.2g} %" if local.problem.objective.log else f"{usual:.2g}"


def heavy_tails(local: Local, far: list[int]) -> Note | None:
    """Return a note if far residuals are more than normal noise has, and squares heed them.

    Parameters
    ----------
    local : Local
        The fit from close by.
    far : list of int
        What `outliers` found, which is left out.

    Returns
    -------
    Note or None
        None also for objectives that do not heed far residuals, and for few rows.
    """
    rest = np.delete(local.residuals, far)
    if local.problem.objective.kind != "lsq" or len(rest) - len(local.phi) < LEAST_FOR_TAILS:
        return None
    # Importing scipy.stats takes as long as the rest of the package; few fits come this far.
    from scipy.stats import kurtosistest

    beyond = int((np.abs(rest) > 3 * scale_of(rest, len(local.phi))).sum())
    expected = NORMAL_BEYOND * len(rest)
    if beyond < max(3, 3 * expected) or kurtosistest(rest, alternative="greater").pvalue > ALARM:
        return None
    return Note(
        "heavy_tails",
        f"{beyond} of {len(rest)} residuals lie beyond three robust standard deviations, where "
        f"normal noise has about {expected:.1g}, and least squares gives them the most weight.",
        f"Compare with objective={_robust_name(local)!r}, which does not.",
    )
