"""Spend a budget: a game of buying training runs, fitting a law, and forecasting with an interval.

A seed picks a published law and hides it. A purse of FLOPs buys runs, whose losses scatter around
the law as runs that differ only in their seed do. Then one forecasts a run that costs a hundred
purses, with an interval, and is scored. Two players with one seed and the same purchases see the
same losses, in Python and in a browser: the random numbers are those of `uniform`.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication._memo import cached
from replication.counting import training_flops
from replication.counting.numbers import common_shape, positive
from replication.datasets import load, published
from replication.errors import ArgumentError, shown
from replication.fitting.intervals import LEVEL
from replication.laws import Chinchilla, OverTraining

PURSE = 1e20
"""FLOPs to spend."""
TARGET = (9e9, 180e9)
"""Parameters and tokens of the run to forecast: about a hundred purses."""
LEAST = (1e6, 1e7)
"""Parameters and tokens of the smallest run that is sold."""
MOST_RUNS = 200
HIDDEN = (
    ("hoffmann2022", "tex"),
    ("besiroglu2024", "printed"),
    ("muennighoff2023", "c4"),
    ("gadre2024", "c4"),
    ("gadre2024", "redpajama"),
    ("gadre2024", "refinedweb"),
)
"""The laws of which a seed picks one, by paper and name."""
_WORD = 2**32
_OF_LAW, _OF_TARGET, _OF_RUNS = 0, 1, 2
"""Counters of the random numbers; the k-th run that is bought has the k-th from the last on."""


def uniform(seed: int, counter: int, draw: int = 0) -> float:
    """Return a uniform random number, the same in Python and in JavaScript.

    The generator mulberry32, begun at seed 0x9E3779B1 + counter 0x85EBCA77 (mod 2**32).

    Parameters
    ----------
    seed, counter : int
        Which stream.
    draw : int
        Which number of the stream.

    Returns
    -------
    float
        In [0, 1), a multiple of 2**-32.

    Examples
    --------
    >>> [round(uniform(1, counter), 6) for counter in (0, 1)]
    [0.546456, 0.232975]
    """
    state = (seed * 0x9E3779B1 + counter * 0x85EBCA77 + (draw + 1) * 0x6D2B79F5) % _WORD
    mixed = (state ^ (state >> 15)) * (state | 1) % _WORD
    mixed ^= (mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)) % _WORD
    return (mixed ^ (mixed >> 14)) / _WORD


def normal(seed: int, counter: int) -> float:
    """Return a standard normal random number, by Box and Muller from two of `uniform`.

    Examples
    --------
    >>> round(normal(1, 2), 6)
    0.243181
    """
    radius = math.sqrt(-2 * math.log(1 - uniform(seed, counter, 0)))
    return radius * math.cos(2 * math.pi * uniform(seed, counter, 1))


@cached
def scatter() -> float:
    """Return what runs scatter that differ only in their seed: a relative standard deviation.

    The median over the settings that muennighoff2023 ran five times.

    Examples
    --------
    >>> round(scatter(), 4)
    0.0017
    """
    runs = load("muennighoff2023", "runs")
    logs = np.log(runs["loss"]).groupby([runs[k] for k in ("params", "tokens", "unique_tokens")])
    return float(logs.std(ddof=1)[logs.size() > 1].median())


def hidden_laws() -> list[Chinchilla]:
    """Return the laws of which a seed picks one, as surfaces in parameters and tokens.

    Examples
    --------
    >>> len(hidden_laws()) == len(HIDDEN)
    True
    """
    found = []
    for key, name in HIDDEN:
        law = published(key, name)
        law = law.to_chinchilla() if isinstance(law, OverTraining) else law
        assert isinstance(law, Chinchilla)
        found.append(law)
    return found


@dataclass(frozen=True, eq=False)
class Purse:
    """FLOPs to buy runs with, and the runs bought so far.

    Parameters
    ----------
    seed : int
        What a class agrees on: it picks the hidden law and every scatter; from 0 to 2**32 - 1.

    Examples
    --------
    >>> purse = Purse(seed=7).buy(params=[1e8, 3e8], tokens=[2e9, 6e9])
    >>> purse
    Game 7: 2 runs, 1.2e+19 of 1e+20 FLOPs spent
    >>> list(purse.runs.columns)
    ['params', 'tokens', 'flops', 'loss']
    """

    seed: int
    runs: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(
            columns=["params", "tokens", "flops", "loss"], dtype=np.float64
        ),
        repr=False,
    )

    def __post_init__(self) -> None:
        """Refuse a seed that is none."""
        given: Any = self.seed
        whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
        if not whole or not 0 <= given < _WORD:
            raise ArgumentError(
                f"seed is {shown(self.seed)}; a whole number from 0 to {_WORD - 1} is expected."
            )

    def __repr__(self) -> str:
        """Return what is bought and spent."""
        return (
            f"Game {self.seed}: {len(self.runs)} runs, {self.spent:.3g} of {PURSE:.0e} FLOPs spent"
        )

    @property
    def spent(self) -> float:
        """FLOPs spent."""
        return float(self.runs["flops"].sum())

    @property
    def left(self) -> float:
        """FLOPs left."""
        return PURSE - self.spent

    def buy(self, *, params: ArrayLike, tokens: ArrayLike) -> "Purse":
        """Return the purse after buying runs, each at 6 N D FLOPs.

        Parameters
        ----------
        params, tokens : array_like
            Parameters N and tokens D of each run (counts), of one shape or broadcastable.

        Returns
        -------
        Purse
            With the runs in `runs`; the old purse is as it was.

        Raises
        ------
        ArgumentError
            If a run is too small to be sold, costs more than is left, or is one too many.
        """
        sizes, lengths = positive("params", params), positive("tokens", tokens)
        common_shape(params=sizes, tokens=lengths)
        size, length = (np.ravel(x) for x in np.broadcast_arrays(sizes, lengths))
        for name, values, least in zip(("params", "tokens"), (size, length), LEAST, strict=True):
            if (small := values < least).any():
                raise ArgumentError(
                    f"A run of {values[small][0]:g} {name} is not sold: {least:.0e} are the least."
                )
        flops = training_flops(size, length)
        if flops.sum() > self.left * (1 + 1e-12):
            raise ArgumentError(
                f"These runs cost {flops.sum():.4g} FLOPs, and {self.left:.4g} are left. Buy "
                "smaller or fewer ones."
            )
        first = len(self.runs)
        if first + len(flops) > MOST_RUNS:
            raise ArgumentError(
                f"That would be {first + len(flops)} runs; more than {MOST_RUNS} are not sold."
            )
        noise = [self._noise(_OF_RUNS + first + k) for k in range(len(flops))]
        loss = self._law().loss(size, length) * np.exp(noise)
        bought = pd.DataFrame({"params": size, "tokens": length, "flops": flops, "loss": loss})
        runs = bought if self.runs.empty else pd.concat([self.runs, bought], ignore_index=True)
        return replace(self, runs=runs)

    def commit(self, *, low: float, high: float) -> "Debrief":
        """Return how a forecast of the large run fares.

        Parameters
        ----------
        low, high : float
            Ends of an 80 % interval for its loss, in nats per token.

        Returns
        -------
        Debrief
            The run, the score, and the law that was hidden.

        Raises
        ------
        ArgumentError
            If an end is not positive, or the low one is above the high one.
        """
        ends = float(positive("low", low)), float(positive("high", high))
        if ends[0] > ends[1]:
            raise ArgumentError(f"low is {ends[0]:g}, above high, {ends[1]:g}. Exchange them.")
        law = self._law()
        expected = float(law.loss(*TARGET))
        observed = expected * math.exp(self._noise(_OF_TARGET))
        return Debrief(self.seed, *ends, observed, expected, law, *HIDDEN[self._which()])

    def _which(self) -> int:
        return int(uniform(self.seed, _OF_LAW) * len(HIDDEN))

    def _law(self) -> Chinchilla:
        return hidden_laws()[self._which()]

    def _noise(self, counter: int) -> float:
        return scatter() * normal(self.seed, counter)


@dataclass(frozen=True)
class Debrief:
    """What a forecast was worth.

    Parameters
    ----------
    seed : int
        Of the game.
    low, high : float
        The forecast, nats per token.
    observed : float
        Loss of the large run, with its scatter.
    expected : float
        What the hidden law predicts for it.
    law : Chinchilla
        The law that was hidden.
    key, name : str
        Where it is published.

    Examples
    --------
    >>> Purse(seed=7).commit(low=2.0, high=2.6).inside
    True
    """

    seed: int
    low: float
    high: float
    observed: float
    expected: float
    law: Chinchilla
    key: str
    name: str

    @property
    def inside(self) -> bool:
        """Whether the interval holds the run."""
        return self.low <= self.observed <= self.high

    @property
    def score(self) -> float:
        """Interval score in percent of the loss; smaller is better."""
        return interval_score(self.low, self.high, self.observed)

    @property
    def best_score(self) -> float:
        """Return the score of a player who knew the law and the scatter, and nothing else."""
        half = 1.2815515655446004 * scatter()  # the 90th percentile of a normal
        low, high = (self.expected * math.exp(sign * half) for sign in (-1, 1))
        return interval_score(low, high, self.observed)


def interval_score(low: float, high: float, observed: float, level: float = LEVEL) -> float:
    """Return the interval score of a forecast in percent; smaller is better.

    The width plus 2 / (1 - level) times the miss, both of 100 ln loss (Gneiting and Raftery 2007):
    in the long run only an interval that is believed scores best.

    Parameters
    ----------
    low, high, observed : float
        Positive numbers of one unit.
    level : float
        Coverage that the interval claims.

    Returns
    -------
    float
        Percent.

    Examples
    --------
    >>> round(interval_score(2.0, 2.1, 2.05), 2), round(interval_score(2.0, 2.1, 2.2), 2)
    (4.88, 51.4)
    """
    low, high, seen = (100 * math.log(float(positive("loss", x))) for x in (low, high, observed))
    miss = max(low - seen, 0.0) + max(seen - high, 0.0)
    return high - low + 2 / (1 - level) * miss
