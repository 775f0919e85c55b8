"""Checkpoints of several runs, and what explains their behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import finite, positive, share, single, whole
from replication.errors import ArgumentError, listed, shown
from replication.fitting.resampling import at_least_one, resample_groups
from replication.trajectories.checkpoints import column, labelled, one_size, read, rising
from replication.trajectories.matching import passed
from replication.trajectories.projection import orthonormal, powers, unexplained
from replication.trajectories.shuffling import Beyond, beyond

Array = NDArray[np.float64]

HIGHEST = 8
"""Degree above which the powers of a logarithm can hardly be told apart."""


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Checkpoints of runs: a behaviour, and columns that may explain it.

    The behaviour y is regressed on polynomials of the logarithms of columns x, by least squares:
    ``y = c + sum_k a_k (ln x)^k``, k = 1 ... `degree`. It puts numbers on what xia2022, section
    5.2, compares by eye: perplexity, compute and size.

    Parameters
    ----------
    table : DataFrame or mapping of str to array_like
        One row a checkpoint. Rows of a run stand in the order of their steps.
    behaviour : str
        Column that is explained, of any unit and sign.
    size : str
        Column with the size of the model (``params``, a plain count).
    run : str
        Column that names the run.
    step : str
        Column with the training step.
    unit : str, optional
        Column of what is exchanged and resampled as a whole: the run, if not given. Runs that are
        alike, such as twins of one size on two texts, belong to one unit.
    degree : int
        Of all polynomials.

    Attributes
    ----------
    units : tuple
        Names of the units, in the order of the table.

    Raises
    ------
    DataError
        If there is no row, a label is missing, the steps of a run do not rise, or a unit has
        several sizes.
    ArgumentError
        If the behaviour is not finite, or the same everywhere.
    UnknownNameError
        If a column does not exist.

    Examples
    --------
    >>> rows = [(n, s, 1e3 * n**-0.1 * s**-0.3) for n in (1e7, 1e8, 1e9) for s in (1, 10, 100, 1e3)]
    >>> table = pd.DataFrame(rows, columns=["params", "step", "perplexity"])
    >>> table = table.assign(run=table["params"], accuracy=-np.log(table["perplexity"]))
    >>> found = Trajectories(table, "accuracy")
    >>> round(found.r2("perplexity"), 3), round(found.r2("params"), 3)
    (1.0, 0.056)
    """

    table: pd.DataFrame | Mapping[str, ArrayLike] = field(repr=False)
    behaviour: str
    size: str = "params"
    run: str = "run"
    step: str = "step"
    unit: str | None = None
    degree: int = 3
    units: tuple[Any, ...] = field(init=False, repr=False)
    _rows: pd.DataFrame = field(init=False, repr=False)
    _codes: NDArray[np.intp] = field(init=False, repr=False)
    _sizes: Array = field(init=False, repr=False)
    _y: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the rows, and keep what every question needs."""
        whole("degree", self.degree, 1, HIGHEST)
        grouping = self.run if self.unit is None else self.unit
        rows = read(self.table, (self.behaviour, self.size, self.run, self.step, grouping))
        labelled(rows, self.run)
        codes, units = labelled(rows, grouping)
        rising(rows, self.run, finite(self.step, column(rows, self.step)))
        y = finite(self.behaviour, column(rows, self.behaviour))
        if np.ptp(y) == 0:
            raise ArgumentError(
                f"{self.behaviour} is {y[0]:g} at every checkpoint; there is nothing to explain."
            )
        sizes = one_size(codes, units, self.size, column(rows, self.size))
        found = {"units": units, "_rows": rows, "_codes": codes, "_sizes": sizes}
        for name, value in (found | {"_y": y - y.mean()}).items():
            object.__setattr__(self, name, value)

    def r2(self, *predictors: str) -> float:
        """Return the part of the variance that polynomials of the predictors explain.

        Parameters
        ----------
        *predictors : str
            Columns of positive numbers; of several the polynomials are added.

        Returns
        -------
        float
            R², between 0 and 1.

        Raises
        ------
        ArgumentError
            If a predictor is not positive, none is named, or there are no more checkpoints than
            coefficients.
        """
        return float(((self._basis(predictors).T @ self._y) ** 2).sum() / (self._y @ self._y))

    def intervals(
        self, *predictors: str, level: float = 0.95, resamples: int = 2000, seed: int = 0
    ) -> pd.DataFrame:
        """Return R² of each predictor alone, with intervals over resampled units.

        Checkpoints of a run are alike, so units are resampled and not checkpoints.

        Parameters
        ----------
        *predictors : str
            Columns of positive numbers.
        level : float
            Between 0 and 1.
        resamples : int
            How often as many units as there are, are drawn with replacement.
        seed : int
            Of numpy's default generator.

        Returns
        -------
        DataFrame
            One row a predictor: ``estimate``, ``low``, ``high``, and ``best``, the part of the
            resamples in which it has the highest R².

        Raises
        ------
        ArgumentError
            If a predictor is not positive, or there is one unit only.
        """
        tail = (1 - share("level", level, 0.95)) / 2
        self._several("resample")
        first = np.unique(self._codes, return_index=True)[1]
        draws = resample_groups(at_least_one(resamples), self._codes, seed).blocks()
        counts = np.concatenate([block[:, first] for block in draws]).astype(np.float64)
        # A resample of one unit only may leave nothing to explain, and then has no R².
        one = np.ones((len(self._y), 1))
        whole_variance = unexplained(one, self._y, self._codes, counts)
        whole_variance[whole_variance <= 0] = np.nan
        drawn = pd.DataFrame(
            {
                name: 1
                - unexplained(
                    np.column_stack([one, self._basis((name,))]), self._y, self._codes, counts
                )
                / whole_variance
                for name in predictors
            }
        )
        return pd.DataFrame(
            {
                "estimate": [self.r2(name) for name in predictors],
                "low": drawn.quantile(tail).to_numpy(),
                "high": drawn.quantile(1 - tail).to_numpy(),
                "best": [float((drawn.max(axis=1) == drawn[name]).mean()) for name in predictors],
            },
            index=pd.Index(predictors, name="predictor"),
        )

    def beyond(
        self, *given: str, degree: int | None = None, shuffles: int = 9999, seed: int = 0
    ) -> Beyond:
        """Return what the size explains where other predictors are equal.

        A polynomial of the size always removes something, so what it removes is compared with
        what it removes when the sizes are shuffled among the units. The checkpoints of a unit
        stay together.

        Parameters
        ----------
        *given : str
            Columns that are known already, such as the perplexity.
        degree : int, optional
            Of the polynomial in the size; by default as all.
        shuffles : int
            Of the sizes, where there are more than eight units. Of fewer every one is tried.
        seed : int
            Of numpy's default generator.

        Returns
        -------
        Beyond
            Share of the residual variance, its p-value, and the change per tenfold size.

        Raises
        ------
        ArgumentError
            If all sizes are equal, the degree is too high for the number of units or checkpoints,
            or nothing is left to explain.
        """
        basis = np.column_stack([np.full(len(self._y), len(self._y) ** -0.5), self._basis(given)])
        left = self._y - basis @ (basis.T @ self._y)
        if left @ left <= 1e-20 * (self._y @ self._y):
            raise ArgumentError(
                f"{', '.join(given)} explain {self.behaviour} to the last digit, so nothing is "
                "left for the size. Is one computed from the other?"
            )
        wanted = self.degree if degree is None else whole("degree", degree, 1, HIGHEST)
        drawn = at_least_one(shuffles), int(whole("seed", seed, 0))
        return beyond(self._y, basis, self._codes, self._sizes, wanted, *drawn)

    def left_out(self, *predictors: str) -> pd.DataFrame:
        """Predict each unit from all others.

        Parameters
        ----------
        *predictors : str
            Columns of positive numbers, each on its own.

        Returns
        -------
        DataFrame
            One row a unit: the root mean square of the error by each predictor, in the unit of
            the behaviour.

        Raises
        ------
        ArgumentError
            If there is one unit only, so that no checkpoint is left to learn from.
        """
        self._several("predict from the others")
        one, found = np.ones((len(self._y), 1)), {}
        for name in predictors:
            columns, errors = np.column_stack([one, self._basis((name,))]), []
            for unit in range(len(self.units)):
                out = self._codes == unit
                weights = np.linalg.lstsq(columns[~out], self._y[~out], rcond=None)[0]
                missed = self._y[out] - columns[out] @ weights
                errors.append(float(np.sqrt((missed**2).mean())))
            found[name] = errors
        return pd.DataFrame(found, index=pd.Index(self.units, name=self.unit or self.run))

    def matched(self, on: str, at: float, *others: str, smooth: int = 1) -> pd.DataFrame:
        """Return the behaviour of each run where a falling column first passes a value.

        Parameters
        ----------
        on : str
            Column of positive numbers that falls along a run, such as the perplexity. Between
            checkpoints the path is a straight line in its logarithm.
        at : float
            The value, the same for all runs.
        *others : str
            Further columns of positive numbers to read off there, such as ``flops``.
        smooth : int
            Checkpoints in a running mean, odd: of the behaviour, and of the logarithms of the
            rest. It is shorter at the ends of a run.

        Returns
        -------
        DataFrame
            One row a run that gets there: its name, the behaviour and the other columns. A run
            that is below the value at its first checkpoint is left out.

        Raises
        ------
        ArgumentError
            If no run passes the value.
        """
        level = float(np.log(positive("at", single("at", at))))
        columns = [np.log(positive(name, column(self._rows, name))) for name in (on, *others)]
        codes, runs = labelled(self._rows, self.run)
        behaviour = finite(self.behaviour, column(self._rows, self.behaviour))
        there = passed(codes, columns[0], level, np.stack([behaviour, *columns[1:]], 1), smooth)
        if not len(there):
            low, high = np.exp([columns[0].min(), columns[0].max()])
            raise ArgumentError(
                f"No run passes {on} = {at:g} on its way down; the checkpoints lie between "
                f"{low:g} and {high:g}."
            )
        values = [there[:, 1], *np.exp(there[:, 2:]).T]
        names = [runs[int(number)] for number in there[:, 0]]
        table = dict(zip((self.behaviour, *others), values, strict=True))
        return pd.DataFrame({self.run: names} | table)

    def _several(self, purpose: str) -> None:
        if len(self.units) < 2:
            raise ArgumentError(
                f"{shown(self.units[0])} holds every checkpoint, so there is nothing to {purpose}. "
                "Give two units or more."
            )

    def _basis(self, predictors: tuple[str, ...]) -> Array:
        if not predictors:
            raise ArgumentError("Name at least one column that may explain the behaviour.")
        columns = [powers(positive(n, column(self._rows, n)), self.degree) for n in predictors]
        basis = orthonormal(np.column_stack(columns))
        if len(basis) <= basis.shape[1] + 1:
            raise ArgumentError(
                f"{len(basis)} checkpoints cannot judge {basis.shape[1] + 1} coefficients: "
                f"polynomials of degree {self.degree} in {listed(predictors)} go through all of "
                "them. Give more checkpoints, or a lower degree."
            )
        return basis
