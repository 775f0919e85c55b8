"""Specification curves: one question, answered under every combination of defensible choices.

The idea is that of Simonsohn, Simmons and Nelson (2020): a result is as firm as the share of
reasonable analyses that give it. Which choice matters is read off the variance over the full
grid of combinations.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from replication._spreading import Tick, spread_over
from replication.errors import ArgumentError, unknown


@dataclass(frozen=True)
class Curve:
    """Outcomes of an analysis under every combination of choices.

    Parameters
    ----------
    frame : DataFrame
        One row a combination: a column a choice, then a column an outcome.
    choices : tuple of str
        Names of the choices.
    outcomes : tuple of str
        Names of the outcomes.

    Examples
    --------
    >>> curve = specify(
    ...     {"x": {"one": 1, "two": 2}, "y": {"nought": 0, "ten": 10}}, lambda x, y: {"sum": x + y}
    ... )
    >>> curve.frame["sum"].tolist()
    [1, 11, 2, 12]
    """

    frame: pd.DataFrame
    choices: tuple[str, ...]
    outcomes: tuple[str, ...]

    def shares(self, outcome: str) -> pd.DataFrame:
        """Return how much of an outcome's variance each choice carries.

        Parameters
        ----------
        outcome : str
            Name of an outcome.

        Returns
        -------
        DataFrame
            Index ``choice``; ``alone`` is the share that the choice carries whatever the others
            are (the variance of its means), ``total`` adds every interaction it takes part in
            (first-order and total Sobol indices over the grid). Largest total first.

        Raises
        ------
        UnknownNameError
            If there is no such outcome.
        ArgumentError
            If the outcome does not vary.

        Examples
        --------
        >>> curve = specify(
        ...     {"x": {"a": 0, "b": 1}, "y": {"a": 0, "b": 2}}, lambda x, y: {"z": x + y}
        ... )
        >>> curve.shares("z")["alone"].round(2).to_dict()
        {'y': 0.8, 'x': 0.2}
        """
        values = self._varying(outcome)
        whole = float(values.var(ddof=0))
        rows = {}
        for choice in self.choices:
            others = [name for name in self.choices if name != choice]
            own = float(values.groupby(self.frame[choice]).transform("mean").var(ddof=0))
            rest = 0.0
            if others:
                keys = [self.frame[name] for name in others]
                rest = float(values.groupby(keys).transform("mean").var(ddof=0))
            # Rounding can leave the difference just below nought.
            rows[choice] = {"alone": own / whole, "total": max(1 - rest / whole, 0.0)}
        shares = pd.DataFrame(rows).T.rename_axis("choice")
        return shares.sort_values("total", ascending=False)

    def effects(self, outcome: str) -> pd.DataFrame:
        """Return where each option puts an outcome on average, whatever the other choices are.

        Parameters
        ----------
        outcome : str
            Name of an outcome.

        Returns
        -------
        DataFrame
            One row an option: ``choice``, ``option``, the ``mean`` over all combinations with
            it, the ``effect``, that less the mean over the whole grid, and ``low`` and ``high``,
            the ends of the outcome among them.

        Raises
        ------
        UnknownNameError
            If there is no such outcome.

        Examples
        --------
        >>> curve = specify(
        ...     {"x": {"a": 0, "b": 1}, "y": {"c": 0, "d": 2}}, lambda x, y: {"z": x + y}
        ... )
        >>> curve.effects("z")[["option", "effect", "low", "high"]].to_numpy().tolist()
        [['a', -0.5, 0.0, 2.0], ['b', 0.5, 1.0, 3.0], ['c', -1.0, 0.0, 1.0], ['d', 1.0, 2.0, 3.0]]
        """
        values = self._known(outcome)
        rows = []
        for choice in self.choices:
            for option in self.frame[choice].unique():
                own = values[self.frame[choice] == option]
                mean = float(own.mean())
                effect = mean - float(values.mean())
                rows.append((choice, option, mean, effect, float(own.min()), float(own.max())))
        return pd.DataFrame(rows, columns=["choice", "option", "mean", "effect", "low", "high"])

    def moves(self, reference: Mapping[str, str]) -> pd.DataFrame:
        """Return what each single departure from a reference combination does.

        Parameters
        ----------
        reference : mapping of str to str
            The option of every choice that is taken as the base.

        Returns
        -------
        DataFrame
            One row a departure: ``choice``, ``option`` and the change of every outcome.

        Raises
        ------
        ArgumentError
            If the reference does not name every choice.
        UnknownNameError
            If it names an option that there is not.

        Examples
        --------
        >>> curve = specify(
        ...     {"x": {"a": 0, "b": 1}, "y": {"c": 0, "d": 2}}, lambda x, y: {"z": x * y}
        ... )
        >>> curve.moves({"x": "b", "y": "c"}).to_numpy().tolist()
        [['x', 'a', 0], ['y', 'd', 2]]
        """
        base = self.at(reference)
        rows = []
        for choice in self.choices:
            for option in self.frame[choice].unique():
                if option == reference[choice]:
                    continue
                other = self.at({**reference, choice: option})
                change = {name: other[name] - base[name] for name in self.outcomes}
                rows.append({"choice": choice, "option": option, **change})
        return pd.DataFrame(rows)

    def at(self, combination: Mapping[str, str]) -> pd.Series:
        """Return the row of one combination.

        Parameters
        ----------
        combination : mapping of str to str
            An option for every choice.

        Returns
        -------
        Series
            Choices and outcomes.

        Raises
        ------
        ArgumentError
            If a choice is missing.
        UnknownNameError
            If an option is not known.

        Examples
        --------
        >>> curve = specify({"x": {"a": 0, "b": 1}}, lambda x: {"z": 3 * x})
        >>> curve.at({"x": "b"}).to_dict()
        {'x': 'b', 'z': 3}
        """
        if set(combination) != set(self.choices):
            raise ArgumentError(
                f"A combination names {', '.join(self.choices)}; got {', '.join(combination)}."
            )
        match = pd.Series(True, index=self.frame.index)
        for name, option in combination.items():
            options = list(self.frame[name].unique())
            if option not in options:
                raise unknown(f"option of {name}", option, options)
            match &= self.frame[name] == option
        return self.frame[match].iloc[0]

    def nearest(self, target: Mapping[str, float], count: int = 3) -> pd.DataFrame:
        """Return the combinations whose outcomes come closest to given values.

        Parameters
        ----------
        target : mapping of str to float
            Values of some outcomes, such as a published fit's.
        count : int
            How many combinations to return.

        Returns
        -------
        DataFrame
            The rows with a column ``distance``: root mean square over the given outcomes, each
            in units of its standard deviation over the grid.

        Raises
        ------
        UnknownNameError
            If a target is not an outcome.
        ArgumentError
            If there is no target, or its outcome does not vary.

        Examples
        --------
        >>> curve = specify({"x": {"a": 0, "b": 1, "c": 2}}, lambda x: {"z": 3.0 * x})
        >>> curve.nearest({"z": 5.0}, count=2)["x"].tolist()
        ['c', 'b']
        """
        if not target:
            raise ArgumentError(f"Name at least one outcome of {', '.join(self.outcomes)}.")
        columns = {name: self._varying(name) for name in target}
        gaps = [(column - target[name]) / column.std(ddof=0) for name, column in columns.items()]
        distance = np.sqrt(np.mean(np.square(gaps), axis=0))
        return self.frame.assign(distance=distance).nsmallest(count, "distance")

    def _known(self, outcome: str) -> "pd.Series[float]":
        """Return an outcome's column, or say which ones there are."""
        if outcome not in self.outcomes:
            raise unknown("outcome", outcome, self.outcomes)
        return self.frame[outcome].astype(float)

    def _varying(self, outcome: str) -> "pd.Series[float]":
        """Return the column of an outcome that the choices change at all."""
        values = self._known(outcome)
        if values.min() == values.max():
            raise ArgumentError(
                f"{outcome} is the same under all {len(values)} combinations, so no choice "
                "carries its variance. Leave it out."
            )
        return values


def specify(
    choices: Mapping[str, Mapping[str, Any]],
    compute: Callable[..., Mapping[str, float]],
    *,
    workers: int = 1,
    progress: bool | Tick = False,
) -> Curve:
    """Run an analysis under every combination of choices.

    Parameters
    ----------
    choices : mapping of str to mapping
        For every choice its options: a name for the reader, and the value that is passed on.
    compute : callable
        Takes one keyword argument a choice, returns outcomes by name.
    workers : int
        Processes over which the combinations are spread, by joblib, which the extra ``study``
        installs; -1 takes all cores. The numbers do not depend on it.
    progress : bool or callable
        True shows a bar; a callable is called after each combination.

    Returns
    -------
    Curve
        One row a combination, the last choice varying fastest.

    Raises
    ------
    ArgumentError
        If a choice has no options, the outcomes differ between combinations or are not finite,
        or an outcome has the name of a choice.
    ReplicationError
        If there are several workers, and joblib is not installed.

    Examples
    --------
    >>> specify({"power": {"square": 2, "cube": 3}}, lambda power: {"y": 2.0**power}).frame
        power    y
    0  square  4.0
    1    cube  8.0
    """
    empty = [name for name, options in choices.items() if not options]
    if empty or not choices:
        raise ArgumentError(f"Every choice needs options; {', '.join(empty) or 'none'} has none.")
    rows: list[dict[str, Any]] = []
    outcomes: Sequence[str] = ()
    combinations = [
        dict(zip(choices, labels, strict=True)) for labels in product(*choices.values())
    ]
    work = partial(_computed, compute=compute, choices=choices)
    results = spread_over(workers, work, combinations, progress=progress)
    for named, found in zip(combinations, results, strict=True):
        if rows and set(found) != set(outcomes):
            raise ArgumentError(
                f"Outcomes must be the same everywhere: {', '.join(outcomes)}, but {named} "
                f"gave {', '.join(found)}."
            )
        if clash := set(found) & set(choices):
            raise ArgumentError(f"{', '.join(sorted(clash))} names a choice and an outcome.")
        if lost := [name for name, value in found.items() if not np.isfinite(value)]:
            raise ArgumentError(f"{', '.join(lost)} is not finite under {named}.")
        outcomes = tuple(found)
        rows.append({**named, **found})
    return Curve(pd.DataFrame(rows), tuple(choices), tuple(outcomes))


def _computed(
    named: Mapping[str, str],
    compute: Callable[..., Mapping[str, float]],
    choices: Mapping[str, Mapping[str, Any]],
) -> Mapping[str, float]:
    """Return the outcomes of one combination."""
    return compute(**{name: choices[name][label] for name, label in named.items()})
