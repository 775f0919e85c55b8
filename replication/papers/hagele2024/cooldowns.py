"""The 124M sweep: how long a cooldown, of which shape, at which learning rate."""

from functools import cache

import pandas as pd

from replication.errors import DataError
from replication.papers.hagele2024.data import runs

SIZE = "124M"
RATES = (1e-4, 5e-4, 1e-3, 2e-3)
"""Peak learning rates of the sweep."""
LENGTHS = (15000, 25000, 35000, 50000)
"""Steps of its runs."""
DIVERGED = 5e-3
"""A peak rate at which one cosine run did not train; its loss is no loss of a trained model."""


@cache
def sweep() -> pd.DataFrame:
    """Return the runs of the sweep: 124M on SlimPajama, outside the scaling suite.

    Returns
    -------
    DataFrame
        Rows of `runs` without the run at `DIVERGED`.

    Examples
    --------
    >>> sweep()["schedule"].value_counts().to_dict()
    {'cooldown': 92, 'cosine': 20, 'constant': 4}
    """
    table = runs()
    chosen = (table["size"] == SIZE) & (table["dataset"] == "slimpajama")
    chosen &= (table["in_scaling_suite"] == 0) & (table["peak_lr"] != DIVERGED)
    return table[chosen].reset_index(drop=True)


def final_loss(schedule: str, steps: float, peak_lr: float, **settings: object) -> float:
    """Return the loss of one run of the sweep.

    Parameters
    ----------
    schedule : str
        ``"cooldown"``, ``"cosine"`` or ``"constant"``.
    steps, peak_lr : float
        Length and peak learning rate.
    **settings
        Values of other columns: ``decay_shape`` and ``decay_fraction`` of a cooldown,
        ``cosine_final_lr_fraction`` of a cosine.

    Returns
    -------
    float
        Loss of the fuller evaluation (nats per token).

    Raises
    ------
    DataError
        If not exactly one run has these settings.

    Examples
    --------
    >>> final_loss("cooldown", 25000, 1e-3, decay_shape="sqrt", decay_fraction=0.2)
    3.03324
    """
    wanted = {"schedule": schedule, "steps": steps, "peak_lr": peak_lr} | settings
    table = sweep()
    for name, value in wanted.items():
        table = table[table[name] == value]
    if len(table) != 1:
        words = ", ".join(f"{name} {value}" for name, value in wanted.items())
        raise DataError(
            f"{len(table)} runs of the sweep have {words}; one is expected. See sweep() for what "
            "was run."
        )
    return float(table["loss"].iloc[0])


def by_fraction(steps: float, shape: str = "linear") -> pd.DataFrame:
    """Return the final loss by length of the cooldown and learning rate.

    Parameters
    ----------
    steps : float
        One of `LENGTHS`.
    shape : str
        ``"linear"`` or ``"sqrt"``.

    Returns
    -------
    DataFrame
        Indexed by the fraction, a column a peak learning rate, losses in nats per token.

    Examples
    --------
    >>> float(by_fraction(25000)[1e-3].idxmin())
    0.4
    """
    table = sweep()
    table = table[(table["decay_shape"] == shape) & (table["steps"] == steps)]
    return table.pivot_table(index="decay_fraction", columns="peak_lr", values="loss")


def shapes() -> pd.DataFrame:
    """Return the eight settings that have a cooldown of both shapes.

    Returns
    -------
    DataFrame
        ``peak_lr``, ``steps``, losses of ``linear`` and ``sqrt`` (nats per token) and the
        ``gain`` of the second.

    Examples
    --------
    >>> int((shapes()["gain"] > 0).sum())
    6
    """
    table = sweep()
    table = table[(table["schedule"] == "cooldown") & (table["decay_fraction"] == 0.2)]
    wide = table.pivot_table(index=["peak_lr", "steps"], columns="decay_shape", values="loss")
    wide = wide.dropna().reset_index().rename_axis(columns=None)
    return wide.assign(gain=wide["linear"] - wide["sqrt"])


def best_rates() -> pd.DataFrame:
    """Return the best of the swept learning rates, by schedule and length.

    Returns
    -------
    DataFrame
        Indexed by steps: best peak rate of the ``cooldown`` (linear, 20 %), of the cosine to a
        tenth (``cosine_to_tenth``) and of that to zero (``cosine_to_zero``); NaN where a schedule
        was not run at that length.

    Examples
    --------
    >>> best_rates().loc[50000].tolist()
    [0.001, 0.001, 0.002]
    """
    table = sweep()
    chosen = {
        "cooldown": (table["decay_shape"] == "linear") & (table["decay_fraction"] == 0.2),
        "cosine_to_tenth": table["cosine_final_lr_fraction"] == 0.1,
        "cosine_to_zero": table["cosine_final_lr_fraction"] == 0.0,
    }
    best = {}
    for name, rows in chosen.items():
        lowest = table[rows].groupby("steps")["loss"].idxmin()
        best[name] = table.loc[lowest].set_index("steps")["peak_lr"]
    return pd.DataFrame(best)
