"""Residuals that follow an input: the sign of a law that has not the form of its data."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc

from replication.errors import Note
from replication.fitting.local import Local
from replication.fitting.robust import basis_of, scale_of

Array = NDArray[Any]

ALARM = 0.002
"""Chance of the note where the law is true and the noise normal."""
LEAST_FREEDOM = 5
"""Rows (or groups) beyond the free fields below which residuals are too few to be judged."""
STRUCTURED = 0.5
"""Part of the variance of residuals that must follow an input before the law is doubted."""
NEGLIGIBLE = 0.01
"""Size of what follows an input, in standard deviations of the response, that harms nobody."""


def misfit(local: Local, far: list[int]) -> Note | None:
    """Return a note if residuals follow an input: the law has not the form of the data.

    Curves of up to third degree in each input are added to the law as it is around its solution.
    The F test of what they explain is exact for a linear law with normal noise. That is not
    enough for the note: most of what the law leaves must follow the input, and be of a size that
    matters.

    Parameters
    ----------
    local : Local
        The fit from close by; its slopes are finite.
    far : list of int
        Places in `Local.rows` of rows far beyond the rest, which are left out.

    Returns
    -------
    Note or None
        None where residuals look like noise.
    """
    rest = np.setdiff1d(np.arange(len(local.rows)), far)
    residuals, slopes = local.residuals[rest], local.slopes[rest]
    columns = [np.log(c) if np.all(c > 0) else c for c in (c[rest] for c in local.columns)]
    groups = local.problem.data.groups
    if groups is not None:
        # The points of a run share its luck, so runs are what scatters.
        code = np.unique(groups[local.rows[rest]], return_inverse=True)[1]
        size = np.bincount(code)
        residuals = np.bincount(code, residuals) / size
        slopes = np.column_stack([np.bincount(code, s) / size for s in slopes.T])
        columns = [np.bincount(code, c) / size for c in columns]
    basis = basis_of(slopes)
    freedom = len(residuals) - basis.shape[1]
    if freedom < LEAST_FREEDOM:
        return None
    residuals = residuals - basis @ (basis.T @ residuals)
    clip = 3 * scale_of(residuals, basis.shape[1])
    residuals = np.clip(residuals, -clip, clip)
    residuals = residuals - basis @ (basis.T @ residuals)
    total = float(residuals @ residuals)
    if not total > 0:
        return None
    observed = local.problem.data.response[local.rows]
    spread = float(np.std(np.log(observed) if local.problem.objective.log else observed))
    found = (0.0, "")
    for name, column in zip(local.problem.law.inputs, columns, strict=True):
        curves = _curves(column, basis, freedom // 3)
        if not (extra := curves.shape[1]):
            continue
        explained = float(((curves.T @ residuals) ** 2).sum())
        left = max((total - explained) / (freedom - extra), 1e-300)
        chance = float(fdtrc(extra, freedom - extra, explained / extra / left)) * len(columns)
        share = 1 - left * freedom / total
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


def _curves(column: Array, basis: Array, most: int) -> Array:
    """Return orthonormal curves in an input, of degree three or less, that the law lacks."""
    u = (column - column.mean()) / (float(np.std(column)) or 1.0)
    degree = min(3, len(np.unique(u)) - 1, most)
    if degree < 1:
        return np.zeros((len(u), 0))
    powers = np.stack([u**k for k in range(1, degree + 1)], axis=1)
    powers /= np.linalg.norm(powers, axis=0)
    left, values, _ = np.linalg.svd(powers - basis @ (basis.T @ powers), full_matrices=False)
    return np.asarray(left[:, values > 1e-6])
