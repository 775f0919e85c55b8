"""The 124M sweep: how long a cooldown, of which shape, at which learning rate."""

import pandas as pd

from replication._memo import cached
from replication.errors import DataError, unknown
from replication.papers.hagele2024.data import runs

__all__ = [
    "COMPARED",
    "LENGTHS",
    "RATES",
    "best_losses",
    "best_rates",
    "by_fraction",
    "final_loss",
    "shapes",
    "sweep",
]

SIZE = "124M"
RATES = (1e-4, 5e-4, 1e-3, 2e-3)
"""Peak learning rates of the sweep."""
LENGTHS = (15000, 25000, 35000, 50000)
"""Steps of its runs."""
DIVERGED = 5e-3
"""A peak rate at which one cosine run did not train; its loss is no loss of a trained model."""

COMPARED = {
    "linear": "linear cooldown of a fifth",
    "sqrt": "1 − sqrt, a fifth",
    "any_length": "linear cooldown, any length",
    "cosine_to_tenth": "cosine to a tenth",
    "cosine_to_zero": "cosine to zero",
}
"""Schedules of the sweep that are compared at their best rates, in words."""


@cached
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
    UnknownNameError
        If a setting is no column of the sweep.

    Examples
    --------
    >>> final_loss("cooldown", 25000, 1e-3, decay_shape="sqrt", decay_fraction=0.2)
    3.03324
    """
    wanted = {"schedule": schedule, "steps": steps, "peak_lr": peak_lr} | settings
    table = sweep()
    for name, value in wanted.items():
        if name not in table:
            raise unknown("setting of a run", name, table.columns)
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
        Indexed by the fraction, a column a peak learning rate, losses in nats per token; NaN
        where no run was made.

    Raises
    ------
    DataError
        If the sweep has no cooldown of that length and shape.

    Examples
    --------
    >>> float(by_fraction(25000)[1e-3].idxmin())
    0.4
    """
    table = sweep()
    table = table[(table["decay_shape"] == shape) & (table["steps"] == steps)]
    if table.empty:
        raise DataError(
            f"The sweep has no cooldown of shape {shape!r} in runs of {steps} steps. Its lengths "
            f"are {', '.join(map(str, LENGTHS))}, its shapes linear and sqrt."
        )
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


def _rows(name: str) -> pd.DataFrame:
    """Return the runs of the sweep under one schedule of `COMPARED`."""
    table = sweep()
    if name.startswith("cosine"):
        final = 0.1 if name == "cosine_to_tenth" else 0.0
        return table[table["cosine_final_lr_fraction"] == final]
    cooled = table[table["decay_shape"] == ("sqrt" if name == "sqrt" else "linear")]
    return cooled if name == "any_length" else cooled[cooled["decay_fraction"] == 0.2]


def best_rates() -> pd.DataFrame:
    """Return the best of the swept learning rates, by schedule and length.

    Returns
    -------
    DataFrame
        Indexed by steps, a column each of `COMPARED`: the peak rate of the least loss; NaN where a
        schedule was not run at that length.

    Examples
    --------
    >>> rates = best_rates()
    >>> rates.loc[50000, ["linear", "cosine_to_tenth", "cosine_to_zero"]].tolist()
    [0.001, 0.001, 0.002]
    """
    return pd.DataFrame({name: _best(name)["peak_lr"] for name in COMPARED})


def best_losses() -> pd.DataFrame:
    """Return the least loss over the swept learning rates, by schedule and length.

    Returns
    -------
    DataFrame
        As `best_rates`, with losses in nats per token.

    Examples
    --------
    >>> best_losses().loc[50000].idxmin()
    'any_length'
    """
    return pd.DataFrame({name: _best(name)["loss"] for name in COMPARED})


def _best(name: str) -> pd.DataFrame:
    """Return the best run of each length under one schedule."""
    rows = _rows(name)
    return rows.loc[rows.groupby("steps")["loss"].idxmin()].set_index("steps")
