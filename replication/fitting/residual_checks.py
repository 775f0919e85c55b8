"""What residuals say: runs far from the rest, tails, a law of the wrong form, runs that disagree.

Each check is calibrated on data drawn from the law with normal noise, where together they speak in
less than one fit of a hundred.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc, stdtrit
from scipy.stats import kurtosistest

from replication.errors import Note
from replication.fitting.local import Local, scale_of

Array = NDArray[Any]

ALARM = 0.002
"""Chance of each check to speak where the law is true and the noise normal."""
LEAST_FREEDOM = 5
"""Rows beyond the free fields below which residuals are too few to be judged."""
LEAST_OUTLIER = 8.0
"""Robust standard deviations below which no residual is far from the rest."""
MEDIAN_EFFICIENCY = 0.37
"""What a median tells of a scale, in parts of what all normal residuals would."""
LEAST_FOR_TAILS = 20
"""Rows from which on tails can be told."""
STRUCTURED = 0.5
"""Part of the variance of residuals that must follow an input before the law is doubted."""
NEGLIGIBLE = 0.01
"""Size of what follows an input, in standard deviations of the response, that harms nobody."""
APART = 0.05
"""Relative distance of two losses of one configuration that no repetition explains."""
REPEATED = 0.01
"""Scatter below which that holds."""


def residual_notes(local: Local) -> list[Note]:
    """Return the notes that residuals give rise to.

    Parameters
    ----------
    local : Local
        The fit from close by; its slopes are finite.

    Returns
    -------
    list of Note
        With the codes ``conflicting``, ``misfit``, ``outlier`` and ``heavy_tails``.
    """
    conflict, involved = _conflicting(local)
    notes = [conflict] if conflict else []
    if local.freedom < LEAST_FREEDOM or not np.abs(local.residuals).max() > local.noise:
        return notes
    form = _misfit(local)
    notes += [form] if form else []
    far = _outliers(local)
    if told := [i for i in far if i not in involved]:
        notes.append(_outlier_note(local, told))
    if not form and local.problem.objective.kind == "lsq":
        tails = _heavy_tails(local, far)
        notes += [tails] if tails else []
    return notes


def _conflicting(local: Local) -> tuple[Note | None, set[int]]:
    """Return a note on equal inputs with losses far apart, and the rows of these inputs."""
    runs = np.bincount(local.inputs)
    repeated = np.flatnonzero(runs > 1)
    if not len(repeated):
        return None, set()
    response = local.problem.data.response[local.rows]
    relative = bool(local.problem.law.link == "log" and np.all(response > 0))
    values = np.log(response) if relative else response
    scatter = local.noise
    if relative and not local.problem.objective.log:
        scatter = local.noise / float(np.median(response))
    gaps = np.array([np.ptp(values[local.inputs == k]) for k in repeated])
    pairs = float((runs[repeated] * (runs[repeated] - 1) / 2).sum())
    limit = np.inf
    if local.freedom >= LEAST_FREEDOM:
        limit = max(5.0, np.sqrt(2) * _quantile(local.freedom, pairs)) * scatter
    if relative and scatter < REPEATED:
        limit = min(limit, max(APART, 5 * scatter))
    elif relative and local.problem.law.response == "loss" and np.median(gaps) > 2 * APART:
        limit = min(limit, 2 * APART)  # a sweep: each configuration with good and bad settings
    far = repeated[gaps > limit]
    if not len(far):
        return None, set()
    worst = int(repeated[np.argmax(gaps)])
    rows = np.flatnonzero(local.inputs == worst)
    low, high = float(response[rows].min()), float(response[rows].max())
    where = ", ".join(
        f"{name} {column[rows[0]]:.4g}"
        for name, column in zip(local.problem.law.inputs, local.columns, strict=True)
    )
    name = local.problem.law.response
    others = f", and {len(far) - 1} more inputs have such" if len(far) > 1 else ""
    note = Note(
        "conflicting",
        f"At {where} the {name} is {low:.4g} in one row and {high:.4g} in another{others}.",
        "Keep the run that the law is to describe, for example the best of a sweep or the last "
        "step of a run, or add what tells them apart as an input.",
    )
    return note, set(np.flatnonzero(np.isin(local.inputs, far)).tolist())


def _quantile(freedom: int, among: float) -> float:
    """Return what the largest of several residuals over a robust scale hardly exceeds."""
    return float(stdtrit(max(MEDIAN_EFFICIENCY * freedom, 1.0), 1 - ALARM / 2 / among))


def _outliers(local: Local) -> list[int]:
    """Return the rows far beyond the rest, the farthest first."""
    residuals = _robust(local)
    scale = max(scale_of(residuals, len(local.phi)), local.noise * 1e-3)
    z = np.abs(residuals) / scale
    limit = max(LEAST_OUTLIER, _quantile(local.freedom, len(z)))
    order = np.argsort(-z)
    return [int(i) for i in order[: int((z > limit).sum())]]


def _robust(local: Local) -> Array:
    """Return what residuals would be had the fit not bent towards the far ones.

    Around its solution the law is linear; least absolute deviations there by weighted squares.
    """
    residuals, slopes = local.residuals, _scaled(local.slopes)
    current = residuals
    for _ in range(10):
        scale = scale_of(current, slopes.shape[1])
        if scale <= 0:
            break
        root = 1 / np.sqrt(np.maximum(np.abs(current) / scale, 0.05))
        move = np.linalg.lstsq(slopes * root[:, None], residuals * root, rcond=1e-9)[0]
        current = residuals - slopes @ move
    return np.asarray(current)


def _scaled(slopes: Array) -> Array:
    """Return columns of length one, without those that are zero."""
    size = np.abs(slopes).max(axis=0)
    kept = slopes[:, size > 0] / size[size > 0]
    return np.asarray(kept / np.linalg.norm(kept, axis=0))


def _outlier_note(local: Local, far: list[int]) -> Note:
    """Return the note that names the farthest row."""
    first, problem = far[0], local.problem
    row = int(local.rows[first])
    residual = float(local.residuals[first] / np.sqrt(local.weights[first]))
    above = "above" if residual > 0 else "below"
    off = f"{abs(np.expm1(residual)):.2g} of it" if problem.objective.log else f"{abs(residual):.3g}"
    if problem.objective.log:
        off = f"{100 * abs(np.expm1(residual)):.3g} %"
    many = f"{len(far)} rows lie far beyond the rest. The farthest, row" if len(far) > 1 else "Row"
    name, value = problem.law.response, float(problem.data.response[row])
    robust = f"{'log-' if problem.objective.log else ''}huber"
    heed = (
        f", or use objective={robust!r}, which hardly heeds it"
        if problem.objective.kind == "lsq"
        else ""
    )
    return Note(
        "outlier",
        f"{many} {row} (counted from 0; {name} {value:.4g}), lies {off} {above} the law, where "
        f"residuals are {_usual(local)} in the middle.",
        f"Look whether the run diverged or the row is misread; leave it out if so{heed}.",
    )


def _usual(local: Local) -> str:
    """Return the median residual as text."""
    usual = local.noise * 0.6745
    return f"{100 * usual:.2g} %" if local.problem.objective.log else f"{usual:.2g}"


def _misfit(local: Local) -> Note | None:
    """Return a note if residuals follow an input: the law has not the form of the data.

    Curves of up to third degree in each input are added to the law as it is around its solution.
    The F test of what they explain is exact for a linear law with normal noise.
    """
    residuals, slopes = local.residuals, _scaled(local.slopes)
    columns = [np.log(c) if np.all(c > 0) else c for c in local.columns]
    groups = local.problem.data.groups
    if groups is not None:
        # The points of a run share its luck, so runs are what scatters.
        code = np.unique(groups[local.rows], return_inverse=True)[1]
        size = np.bincount(code)
        residuals = np.bincount(code, residuals) / size
        slopes = np.column_stack([np.bincount(code, s) / size for s in slopes.T])
        columns = [np.bincount(code, c) / size for c in columns]
    basis = np.linalg.svd(_scaled(slopes), full_matrices=False)
    basis_of_law = basis[0][:, basis[1] > 1e-8]
    freedom = len(residuals) - basis_of_law.shape[1]
    if freedom < LEAST_FREEDOM:
        return None
    residuals = residuals - basis_of_law @ (basis_of_law.T @ residuals)
    clip = 3 * scale_of(residuals, slopes.shape[1])
    residuals = np.clip(residuals, -clip, clip)
    residuals = residuals - basis_of_law @ (basis_of_law.T @ residuals)
    total = float(residuals @ residuals)
    observed = local.problem.data.response[local.rows]
    spread = float(np.std(np.log(observed) if local.problem.objective.log else observed))
    found = (0.0, "")
    for name, column in zip(local.problem.law.inputs, columns, strict=True):
        degree = min(3, len(np.unique(column)) - 1, freedom // 3)
        if degree < 1:
            continue
        u = (column - column.mean()) / (np.std(column) or 1.0)
        curves = np.stack([u**k for k in range(1, degree + 1)], axis=1)
        size = np.linalg.norm(curves, axis=0)
        curves = (curves - basis_of_law @ (basis_of_law.T @ curves)) / size
        left, values, _ = np.linalg.svd(curves, full_matrices=False)
        left = left[:, values > 1e-6]
        extra = left.shape[1]
        explained = float(((left.T @ residuals) ** 2).sum())
        if not extra or not total > 0:
            continue
        ratio = explained / extra / max((total - explained) / (freedom - extra), 1e-300)
        share = 1 - (1 - explained / total) * freedom / (freedom - extra)
        chance = float(fdtrc(extra, freedom - extra, ratio)) * len(columns)
        large = np.sqrt(explained / len(residuals)) > NEGLIGIBLE * spread
        if chance < ALARM and share > STRUCTURED and large:
            found = max(found, (share, name))
    share, name = found
    if not name:
        return None
    return Note(
        "misfit",
        f"The residuals follow {name}: a smooth curve in it explains {100 * share:.0f} % of their "
        "variance.",
        f"{local.problem.law.__name__} lacks something that these data show, such as a floor or a "
        "bend. Plot the residuals, and try another law or a narrower range.",
    )


def _heavy_tails(local: Local, far: list[int]) -> Note | None:
    """Return a note if squares give the largest residuals more say than normal noise would."""
    rest = np.delete(local.residuals, far)
    if len(rest) - len(local.phi) < LEAST_FOR_TAILS:
        return None
    found = kurtosistest(rest, alternative="greater")
    if not found.pvalue < ALARM:
        return None
    beyond = int((np.abs(rest) > 3 * scale_of(rest, len(local.phi))).sum())
    robust = f"{'log-' if local.problem.objective.log else ''}huber"
    return Note(
        "heavy_tails",
        f"{beyond} of {len(rest)} residuals lie beyond three robust standard deviations, where "
        f"normal noise has {max(1, round(0.0027 * len(rest)))} at most, and least squares gives "
        "them the most weight.",
        f"Compare with objective={robust!r}, which does not.",
    )
