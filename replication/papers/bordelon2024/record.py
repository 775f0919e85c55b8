"""Simulate all that the chapter compares the theory with: ``make simulations``, two minutes.

python -m replication.papers.bordelon2024.record
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from replication.datasets import descriptor
from replication.papers.bordelon2024.simulation import simulate
from replication.papers.bordelon2024.spectrum import power_law

__all__ = ["DESIGNS", "MODES", "Design", "recorded"]

MODES = 2000
"""Modes of a simulated task, several times the parameters and samples."""
TIMES = tuple(float(time) for time in np.geomspace(1, 1e4, 9).round(6))
SORT = ["a", "b", "members", "params", "samples", "time"]
END = (1e7,)
"""A time at which every model here has long stopped."""


@dataclass(frozen=True)
class Design:
    """One family of simulations.

    Parameters
    ----------
    a, b : float
        The task, as for `power_law`.
    params, samples : tuple of float
        N and P; every pair is simulated.
    members : int
        Models that are averaged.
    times : tuple of float
        Gradient-flow times.
    draws : int
        Repetitions.

    Examples
    --------
    >>> DESIGNS[0].params, DESIGNS[0].draws
    ((32, 64, 128, 256, 512), 64)
    """

    a: float = 1.5
    b: float = 1.25
    params: tuple[float, ...] = (np.inf,)
    samples: tuple[float, ...] = (np.inf,)
    members: int = 1
    times: tuple[float, ...] = TIMES
    draws: int = 64


DESIGNS = (
    Design(params=(32, 64, 128, 256, 512)),
    Design(samples=(32, 64, 128, 256, 512)),
    Design(params=(128,), samples=(32, 64, 256, 512)),
    Design(params=(64, 128), members=4),
    Design(4, 1.25, params=(16, 32, 64, 128, 256), times=END),
    Design(4, 1.25, params=(16, 32, 64, 128, 256), members=16, times=END, draws=16),
)
"""All that is recorded."""


def recorded(designs: tuple[Design, ...] = DESIGNS) -> pd.DataFrame:
    """Run the simulations.

    Parameters
    ----------
    designs : tuple of Design
        Which; each combination has seeds of its own, counted through.

    Returns
    -------
    DataFrame
        The table ``simulations`` of the paper's data.

    Examples
    --------
    >>> small = Design(2, 1.5, params=(4,), times=(1.0, 9.0), draws=2)
    >>> len(recorded((small,)))
    2
    """
    parts, seed = [], 0
    for design in designs:
        task = power_law(design.a, design.b, MODES)
        for params in design.params:
            for samples in design.samples:
                found = simulate(
                    task,
                    design.times,
                    params,
                    samples,
                    members=design.members,
                    draws=design.draws,
                    seed=seed,
                )
                seed += design.draws
                found.insert(0, "draws", design.draws)
                for name, value in (
                    ("members", design.members),
                    ("samples", samples),
                    ("params", params),
                    ("modes", MODES),
                    ("b", design.b),
                    ("a", design.a),
                ):
                    found.insert(0, name, value)
                parts.append(found)
    return pd.concat(parts, ignore_index=True)


def main() -> None:
    """Write the table; an empty cell is an infinite number."""
    table = recorded().replace(np.inf, np.nan).sort_values(SORT)
    for name in ("params", "samples"):
        table[name] = ["" if np.isnan(value) else f"{value:.0f}" for value in table[name]]
    for name in ("test_loss", "train_loss", "test_se", "train_se"):
        table[name] = [f"{value:.6g}" for value in table[name]]
    path = descriptor.root() / "bordelon2024" / "simulations.csv"
    path.parent.mkdir(exist_ok=True)
    table.to_csv(path, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
