"""How much of a model its embedding is: the fit over 50 models, the sizes that follow."""

import numpy as np

from replication._memo import cached
from replication.claims import Answer
from replication.counting import embedding_scale
from replication.fitting import Fit, fit
from replication.laws import TotalParams
from replication.laws.embedding import CUBE_ROOT
from replication.papers.pearce2024.inputs import (
    ASPECT_RATIOS,
    SIZES,
    VOCAB_SIZE,
    Array,
    claims,
    models,
    relation,
)

__all__ = ["total_sizes"]


@cached
def embedding_fit(p: float | None = None, as_released: bool = True) -> Fit:
    """Fit N_T = N + omega N**p to the 50 models, by least squares of logarithms.

    Parameters
    ----------
    p : float, optional
        The exponent, if it is to be held.
    as_released : bool
        As in `models`.

    Returns
    -------
    Fit
        Of a `TotalParams`.

    Examples
    --------
    >>> round(embedding_fit().law.p, 3), round(embedding_fit(1 / 3).law.omega)
    (0.339, 52960)
    """
    held = {} if p is None else {"p": p}
    return fit(TotalParams, models(as_released), objective="log-lsq", fixed=held)


def total_sizes(aspect_ratio: float = ASPECT_RATIOS["figure"]) -> Array:
    """Return all parameters of the simulated models.

    Parameters
    ----------
    aspect_ratio : float
        Width over depth.

    Returns
    -------
    ndarray, shape (20,)
        Parameters N_T (counts).

    Examples
    --------
    >>> (total_sizes()[[0, -1]] / 1e6).round(2).tolist()
    [0.44, 1640.25]
    """
    omega = float(embedding_scale(VOCAB_SIZE, aspect_ratio))
    return np.asarray(TotalParams(omega=omega, p=CUBE_ROOT).params_total(SIZES))


@claims.answers("R3")
def sizes_in_millions() -> dict[str, float]:
    """Return the simulated sizes in the unit of the figure."""
    return {f"R3.size_{i:02d}": size / 1e6 for i, size in enumerate(total_sizes(), 1)}


@claims.answers("R4", "R5.omega")
def omegas() -> dict[str, float | Answer]:
    """Return omega and p under the readings that the paper leaves open."""
    joint, held = embedding_fit().law.to_dict(), embedding_fit(CUBE_ROOT).law.to_dict()
    return {
        "R4.omega": joint["omega"],
        "R4.exponent": joint["p"],
        "R4.omega_table_a9": embedding_fit(as_released=False).law.to_dict()["omega"],
        "R4.omega_cube_root": held["omega"],
        "R5.omega": held["omega"],
    }


@claims.answers("R14")
def half_embedding() -> float:
    """Return the size of which half is embedding: N = omega N**(1/3)."""
    return float(relation().omega ** (1 / (1 - CUBE_ROOT)))
