"""What a noisy perplexity leaves for the size, though the size explains nothing (simulated)."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from replication._memo import cached
from replication.papers.xia2022.data import SETTLED, pythia
from replication.papers.xia2022.explained import LATE, beyond

__all__ = ["Dilution", "dilution"]

Array = NDArray[np.float64]
DRAWS = 200


@dataclass(frozen=True, eq=False)
class Dilution:
    """Changes of the accuracy per tenfold size: the one found, and those of noise alone.

    Parameters
    ----------
    found : float
        Of the evaluations (a fraction).
    noise : float
        Scatter of a checkpoint about its neighbours, in the logarithm of the perplexity.
    simulated : ndarray
        Where accuracy follows from the true perplexity, which is measured with that noise.
    """

    found: float
    noise: float
    simulated: Array = field(repr=False)

    @property
    def mean(self) -> float:
        """Mean of the simulated changes."""
        return float(self.simulated.mean())

    def range(self, level: float = 0.95) -> tuple[float, float]:
        """Return where so large a part of the simulated changes lies, half of the rest above."""
        low, high = np.quantile(self.simulated, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)


def scatter(values: Array) -> float:
    """Return the noise of a series about a smooth path, from its second differences.

    Examples
    --------
    >>> round(scatter(np.array([0.0, 1.0, 2.0, 3.0])), 6)
    0.0
    """
    bent = np.diff(values, 2)
    return float(np.sqrt((bent**2).mean() / 6))


@cached
def dilution(task: str = "mean_of_five", first: int = SETTLED, seed: int = 0) -> Dilution:
    """Simulate runs in which only the perplexity matters, but is measured with noise.

    The true path of a run is a cubic in the logarithm of the step through its perplexities. The
    accuracy follows from it by the cubic that fits the evaluations, with noise of its own. The
    noise of each run is that of its checkpoints about their neighbours from step `LATE` on. Some
    of it may be true: this is the most that noise can do.

    Parameters
    ----------
    task : str
        A task, or ``"mean_of_five"``.
    first : int
        Step to begin with.
    seed : int
        Of numpy's default generator.

    Returns
    -------
    Dilution
        Of `DRAWS` simulations.

    Examples
    --------
    >>> dilution().mean > 0
    True
    """
    table = pythia(0, first)
    logs, y = np.log(table["perplexity"].to_numpy()), table[task].to_numpy()
    steps, runs = np.log(table["step"].to_numpy(dtype=np.float64)), table["run"].to_numpy()
    late = table["step"].to_numpy() >= LATE
    true, noise, own = np.empty_like(logs), np.empty_like(logs), []
    for run in np.unique(runs):
        here = runs == run
        true[here] = np.polyval(np.polyfit(steps[here], logs[here], 3), steps[here])
        noise[here] = scatter(logs[here & late])
        own.append(scatter(y[here & late]))
    curve = np.polyfit(logs, y, 3)
    tenfold = np.log10(table["params"].to_numpy())
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(DRAWS):
        seen = true + noise * rng.normal(size=len(true))
        accuracy = np.polyval(curve, true) + np.mean(own) * rng.normal(size=len(true))
        columns = np.column_stack([np.vander(seen, 4), tenfold])
        drawn.append(float(np.linalg.lstsq(columns, accuracy, rcond=None)[0][-1]))
    found = beyond(task, degree=1, first=first).per_decade
    return Dilution(found, float(np.sqrt((noise**2).mean())), np.array(drawn))
