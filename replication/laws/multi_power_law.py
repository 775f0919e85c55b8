"""The multi-power law: a learning curve under any schedule, each fall of the rate a power law."""

import copyreg
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import Array, Number, finite, plain, positive
from replication.errors import ArgumentError, shown
from replication.laws.base import Law
from replication.laws.declarations import coefficient, exponent, scale
from replication.rate_history import BLOCK, RateHistory


@dataclass(frozen=True)
class _Pairs:
    """Every fall of the rate that a point has behind it, one row a point and fall.

    Parameters
    ----------
    area : ndarray, shape (n,)
        S_1 at each point.
    fall, rate, since : ndarray, shape (pairs,)
        Size of the fall, rate after it, and sum of rates since it.
    starts : ndarray, shape (m,)
        Where the rows of a point begin, for points that have any.
    owners : ndarray, shape (m,)
        Which points those are.
    """

    area: Array
    fall: Array
    rate: Array
    since: Array
    starts: NDArray[np.int_]
    owners: NDArray[np.int_]


@dataclass(frozen=True)
class MultiPower(Law):
    """L = E + A S_1**-alpha - B sum_k fall_k (1 - (1 + C rate_k**-gamma S_k)**-beta).

    The law of Luo et al. (arXiv 2503.12811, equation 1) for one model: S_1 is the sum of the
    learning rates so far. Each fall of the rate lowers the loss, at first not at all and in the end
    by B times the fall; S_k is the sum of the rates since. Its curves are those of the runs that
    `multi_power` was given: ``curve`` is their number, from 0, and ``steps`` the step.

    Parameters
    ----------
    E : float
        Loss that remains at infinite S_1 without a fall, in nats per token.
    A : float
        Scale of the part that falls with S_1, in nats times the learning rate to alpha.
    alpha : float
        Exponent of S_1.
    B : float
        Nats per token gained, in the end, for each unit by which the rate falls.
    C : float
        How fast that comes, in units of the learning rate to gamma - 1.
    beta, gamma : float
        Exponents of the sum of rates since, and of the rate.
    """

    E: float = coefficient()
    A: float = coefficient()
    # Few seeds: each costs a sum over all falls, and the valley is one.
    alpha: float = exponent(0.3, 0.6)
    B: float = coefficient()
    C: float = scale(0.5, 4.0)
    beta: float = exponent(0.4, 0.8)
    gamma: float = exponent(0.6)

    inputs = ("curve", "steps")
    positive_inputs = ("steps",)
    link = "identity"
    histories: ClassVar[tuple[RateHistory, ...]] = ()
    drops: ClassVar[tuple[tuple[Array, Array, Array, NDArray[np.int_]], ...]] = ()

    def loss(self, curve: ArrayLike, steps: ArrayLike) -> Number:
        """Predict the loss.

        Parameters
        ----------
        curve : array_like
            Which of the runs, by number from 0.
        steps : array_like
            Steps of that run; positive.

        Returns
        -------
        float or ndarray
            Loss in nats per token.

        Raises
        ------
        ArgumentError
            If there is no run of that number, or a step lies outside it.
        """
        value: Number = plain(self._evaluate(*self._checked(curve, steps)))
        return value

    def _checked(self, *columns: ArrayLike) -> tuple[Array, ...]:
        curve, steps = columns
        return finite("curve", curve), positive("steps", steps)

    def _evaluate(self, *columns: Array) -> Array:
        shape = np.broadcast_shapes(*(np.shape(column) for column in columns))
        pairs = self._pairs(*columns)
        gained, _ = self._sums(pairs)
        value = self.E + self.A * pairs.area ** -np.asarray(self.alpha) - self.B * gained
        value = np.asarray(value)
        return value.reshape((*value.shape[:-1], *shape))

    def gradient(self, *columns: ArrayLike) -> dict[str, Any]:
        """Return the partial derivative of the loss for every field; see `Law.gradient`."""
        shape = np.broadcast_shapes(*(np.shape(column) for column in columns))
        pairs = self._pairs(*columns)
        gained, slopes = self._sums(pairs, slopes=True)
        power = pairs.area ** -np.asarray(self.alpha)
        partial = {
            "E": np.ones_like(power),
            "A": power,
            "alpha": -self.A * power * np.log(pairs.area),
            "B": -gained,
        } | {name: -self.B * slope for name, slope in slopes.items()}
        full = np.broadcast_shapes(*(np.shape(slope) for slope in partial.values()))
        return {
            name: np.broadcast_to(slope, full).reshape((*full[:-1], *shape))
            for name, slope in partial.items()
        }

    def _sums(self, pairs: _Pairs, slopes: bool = False) -> tuple[Array, dict[str, Array]]:
        """Return the sum over falls at each point, and its slopes in C, beta and gamma."""
        beta, log_rate = np.asarray(self.beta), np.log(pairs.rate)
        reach = self.C * np.exp(-np.asarray(self.gamma) * log_rate) * pairs.since
        log_reach = np.log1p(reach)
        left = np.exp(-beta * log_reach)
        gained = self._summed(pairs, pairs.fall * (1 - left))
        if not slopes:
            return gained, {}
        shrinks = pairs.fall * left
        in_reach = beta * shrinks * reach / (1 + reach)
        return gained, {
            "C": self._summed(pairs, in_reach) / self.C,
            "beta": self._summed(pairs, shrinks * log_reach),
            "gamma": self._summed(pairs, -in_reach * log_rate),
        }

    @staticmethod
    def _summed(pairs: _Pairs, values: Array) -> Array:
        """Return the sum of the values of each point."""
        total = np.zeros((*values.shape[:-1], len(pairs.area)))
        if len(pairs.owners):
            total[..., pairs.owners] = np.add.reduceat(values, pairs.starts, axis=-1)
        return total

    def _pairs(self, curve: ArrayLike, steps: ArrayLike) -> _Pairs:
        """Return the falls behind each point, in a flat list."""
        numbers, at = (np.ravel(x) for x in np.broadcast_arrays(curve, steps))
        area, count = np.empty(len(at)), np.zeros(len(at), dtype=np.int_)
        pieces: dict[int, list[Array]] = {}
        for number in np.unique(numbers):
            which = self._number(number)
            rows = np.flatnonzero(numbers == number)
            area[rows] = self.histories[which].area(at[rows])
            fall, rate, before, last = self.drops[which]
            # What lies in blocks that a point has not finished does not count yet.
            count[rows] = np.searchsorted(last, at[rows], side="right")
            for row in rows:
                k = count[row]
                pieces[int(row)] = [fall[:k], rate[:k], area[row] - before[:k]]
        flat = [
            np.concatenate([pieces[row][part] for row in range(len(at))] or [np.zeros(0)])
            for part in range(3)
        ]
        owners = np.flatnonzero(count)
        starts = (np.cumsum(count) - count)[owners]
        return _Pairs(area, flat[0], flat[1], flat[2], starts, owners)

    def _number(self, number: float) -> int:
        """Return the number of a run, or say that there is none."""
        if number not in range(len(self.histories)):
            raise ArgumentError(
                f"curve is {shown(float(number))}; this law has {len(self.histories)} runs, "
                "numbered from 0. Give their learning rates to multi_power."
            )
        return int(number)


class _OfHistories(type):
    """The type of the classes made by `multi_power`, by which pickle knows them."""

    _made_by: tuple[tuple[RateHistory, ...], int]


def _reduce(law: _OfHistories) -> Any:
    """Return how a class is made again."""
    return (_made, law._made_by) if "_made_by" in vars(law) else law.__qualname__


copyreg.pickle(_OfHistories, _reduce)


def _made(histories: tuple[RateHistory, ...], block: int) -> type[MultiPower]:
    """Return the class of some runs."""
    members = {
        "histories": histories,
        "drops": tuple(history.drops(block) for history in histories),
        "__doc__": MultiPower.__doc__,
        "__module__": MultiPower.__module__,
        "_made_by": (histories, block),
    }
    made = _OfHistories(MultiPower.__name__, (MultiPower,), members)
    law: type[MultiPower] = dataclass(frozen=True)(made)  # type: ignore[arg-type]
    return law


def multi_power(*histories: RateHistory, block: int = BLOCK) -> type[MultiPower]:
    """Return the multi-power law of some runs, whose learning rates it must know step by step.

    A class to fit or to call with coefficients; see `MultiPower` for the formula and the fields.

    Parameters
    ----------
    *histories : RateHistory
        The learning rates of the runs; the column ``curve`` counts them from 0.
    block : int
        Steps whose falls are taken together; 1 for the sum as it is printed. With logs that are
        no finer than the block it changes a loss by less than a ten-thousandth of it.

    Returns
    -------
    type of Law
        Reads ``curve`` and ``steps``, predicts ``loss`` in nats per token.

    Raises
    ------
    ArgumentError
        If there is no run, or one is no `RateHistory`.

    Examples
    --------
    >>> runs = RateHistory([1e-3] * 1001), RateHistory([1e-3] * 500 + [1e-4] * 501)
    >>> law = multi_power(*runs)(E=2.5, A=0.6, alpha=0.5, B=300.0, C=2.0, beta=0.6, gamma=0.6)
    >>> law.loss(curve=[0, 1, 1], steps=[1000, 499, 1000]).round(3).tolist()
    [3.1, 3.349, 3.078]
    """
    for history in histories:
        if not (hasattr(history, "area") and hasattr(history, "drops")):
            raise ArgumentError(
                f"multi_power reads RateHistory, got {shown(history)}. Make one of the learning "
                "rates of every step: RateHistory(rates, warmup)."
            )
    if not histories:
        raise ArgumentError("multi_power needs the RateHistory of one run or more.")
    return _made(histories, block)
