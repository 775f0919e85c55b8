"""Accelerators: what hours and dollars of them come to in FLOPs."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.counting.numbers import positive, single
from replication.errors import ArgumentError, one_of_names
from replication.units import SECONDS_PER_HOUR

UTILISATION = 0.4
"""Share of the peak speed that training reaches, where nothing else is said."""
PRECISION = "bf16"
HARDWARE = ("sardana2024", "hardware")
"""The dated table of accelerators: key and name."""


@cached
def hardware() -> pd.DataFrame:
    """Return the accelerators with their peak speed and price, from the dated table.

    Returns
    -------
    DataFrame
        One row an accelerator and precision: ``accelerator``, ``precision``,
        ``peak_flops_per_second``, ``dollars_per_hour``, ``date`` and where it is from.

    Examples
    --------
    >>> sorted(hardware()["accelerator"].unique())
    ['A100_40', 'A100_80', 'H100']
    """
    return datasets.load(*HARDWARE)


def machine(
    gpu: str | None, precision: str, utilisation: float, dollars_per_hour: float | None
) -> tuple[float, float]:
    """Return what an accelerator reaches, and what it costs.

    Parameters
    ----------
    gpu : str or None
        An accelerator of `hardware`; None for none.
    precision : str
        In which it computes, as in that table.
    utilisation : float
        Share of the peak speed that is reached, in (0, 1].
    dollars_per_hour : float or None
        Price; by default that of the table.

    Returns
    -------
    speed, price : float
        FLOP/s and dollars an hour; zeros without an accelerator.

    Raises
    ------
    ArgumentError
        If a number is out of range, or a price comes without an accelerator.
    UnknownNameError
        If the accelerator or its precision is not in the table.

    Examples
    --------
    >>> speed, price = machine("H100", "bf16", 0.5, 2.0)
    >>> f"{speed:.4g}", price
    ('4.945e+14', 2.0)
    """
    used = single("utilisation", positive("utilisation", utilisation))
    if used > 1:
        raise ArgumentError(
            f"utilisation is {used:g}; a share of the peak speed in (0, 1] is expected, so 40 % "
            "is 0.4."
        )
    if gpu is None:
        if dollars_per_hour is not None:
            raise ArgumentError("dollars_per_hour is the price of an accelerator; name it: gpu=.")
        return 0.0, 0.0
    table = hardware()
    one_of_names("accelerator", gpu, tuple(table["accelerator"].unique()))
    own = table[table["accelerator"] == gpu].set_index("precision")
    row: Any = own.loc[one_of_names(f"precision of {gpu}", precision, tuple(own.index))]
    price = float(row["dollars_per_hour"])
    if dollars_per_hour is not None:
        price = single("dollars_per_hour", positive("dollars_per_hour", dollars_per_hour))
    return used * float(row["peak_flops_per_second"]), price


def budget_of(
    asked: Mapping[str, float | None],
    gpu: str | None,
    speed: float,
    price: float,
    utilisation: float,
) -> tuple[float | None, float | None, str]:
    """Return a budget in FLOPs, or the loss to reach, and how it was found.

    Parameters
    ----------
    asked : mapping of str to float or None
        ``flops``, ``gpu_hours``, ``dollars`` and ``target_loss``, of which one is given.
    gpu : str or None
        The accelerator.
    speed, price, utilisation : float
        FLOP/s that it reaches, dollars an hour, and the share of its peak that this is.

    Returns
    -------
    budget, goal : float or None
        FLOPs and nats per token; one of them is None.
    how : str
        In words.

    Raises
    ------
    ArgumentError
        If none or several are given, one is not positive, or hours or dollars come without an
        accelerator.

    Examples
    --------
    >>> budget_of({"flops": None, "gpu_hours": 10.0}, "H100", 4e14, 2.0, 0.4)
    (1.44e+19, None, '10 H100 hours at 40 % of 1e+15 FLOP/s = 1.44e+19 FLOPs')
    """
    given = {name: value for name, value in asked.items() if value is not None}
    if len(given) != 1:
        got = f"; got {', '.join(given)}" if given else ""
        raise ArgumentError(f"Give one of flops, gpu_hours, dollars and target_loss{got}.")
    ((name, raw),) = given.items()
    value = single(name, positive(name, raw))
    if name == "flops":
        return value, None, f"{value:.3g} FLOPs"
    if name == "target_loss":
        return None, value, f"a loss of {value:g} nats"
    if gpu is None:
        known = ", ".join(hardware()["accelerator"].unique())
        raise ArgumentError(f"{name} need an accelerator to become FLOPs: gpu=, one of {known}.")
    hours = value if name == "gpu_hours" else value / price
    flops = hours * SECONDS_PER_HOUR * speed
    paid = "" if name == "gpu_hours" else f"{value:,.0f} dollars at {price:g} an hour = "
    return (
        flops,
        None,
        f"{paid}{hours:.3g} {gpu} hours at {100 * utilisation:g} % of {speed / utilisation:.3g} "
        f"FLOP/s = {flops:.3g} FLOPs",
    )
