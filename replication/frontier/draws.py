"""A frontier found again in resamples of its runs, and the intervals that gives."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from replication.counting.numbers import positive
from replication.errors import Note
from replication.fitting.allocations import allocations
from replication.fitting.forecasts import of_the_law
from replication.fitting.intervals import LEVEL, allocation_table, interval_table
from replication.frontier.source import Refits

if TYPE_CHECKING:
    from replication.frontier.result import Frontier

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Draws:
    """Frontiers of resampled runs.

    Parameters
    ----------
    estimate : Frontier
        The frontier of all runs.
    refits : Refits
        The frontiers of the resamples.

    Examples
    --------
    >>> import replication as rp
    >>> from replication.frontier import isoflop
    >>> frontier = isoflop(rp.load("hoffmann2022", "figure4_isoflop_points"))
    >>> draws = frontier.subsample(100, seed=0)
    >>> draws.count, draws.kind
    (100, 'subsamples')
    >>> list(draws.interval(level=0.8).index)
    ['a', 'b', 'params_prefactor', 'tokens_prefactor']
    """

    estimate: "Frontier"
    refits: Refits = field(repr=False)

    def __repr__(self) -> str:
        """Return what was drawn, the 80 % interval of a, and the codes of the notes."""
        low, high = self.interval(0.8).loc["a", ["low", "high"]]
        notes = f"; notes: {', '.join(n.code for n in self.notes)}" if self.notes else ""
        return (
            f"{self.estimate.approach}: {self.count} {self.kind}, {self.failed} failed, "
            f"80 % of a in {low:.4f} to {high:.4f}{notes}"
        )

    @property
    def count(self) -> int:
        """Number of usable resamples."""
        return int(np.size(self.refits.params_law.A))

    @property
    def kind(self) -> str:
        """What was resampled."""
        return self.refits.kind

    @property
    def failed(self) -> int:
        """Resamples left out because they gave no frontier."""
        return self.refits.failed

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is doubtful."""
        return self.refits.notes

    def to_frame(self) -> pd.DataFrame:
        """Return one row a resample: ``a``, ``b``, ``params_prefactor``, ``tokens_prefactor``.

        Returns
        -------
        DataFrame
            N_opt = params_prefactor C**a and D_opt = tokens_prefactor C**b, C in FLOPs.
        """
        params, tokens = self.refits.params_law, self.refits.tokens_law
        return pd.DataFrame(
            {
                "a": -np.asarray(params.alpha),
                "b": -np.asarray(tokens.alpha),
                "params_prefactor": params.A,
                "tokens_prefactor": tokens.A,
            }
        )

    def interval(self, level: float = LEVEL) -> pd.DataFrame:
        """Return percentile intervals of exponents and prefactors.

        Parameters
        ----------
        level : float
            Share of the draws inside, in (0, 1); .8 runs from the 10th to the 90th percentile,
            as in hoffmann2022, Table 2.

        Returns
        -------
        DataFrame
            Index ``quantity``; columns ``estimate``, ``se`` (standard deviation of the draws),
            ``low``, ``high``.

        Raises
        ------
        ArgumentError
            If `level` is outside (0, 1).
        """
        # A factor at C = 1 FLOP may spread over more decades than a square can hold.
        with np.errstate(over="ignore"):
            return interval_table(self.estimate, self.to_frame(), level)

    def optimal(self, *, flops: ArrayLike, level: float = LEVEL, kind: str = "law") -> pd.DataFrame:
        """Return compute-optimal allocations with intervals.

        Parameters
        ----------
        flops : array_like
            Training budgets C in FLOPs.
        level : float
            Share of the draws inside each interval.
        kind : str
            What the interval is of: ``"law"``, where the frontier would lie with other runs of the
            same kind. It has no other kind, and asking for one is refused with the reason.

        Returns
        -------
        DataFrame
            One row a budget and quantity (params, tokens, tokens_per_param and, for the
            parametric approach, loss in nats per token): ``flops``, ``quantity``, ``estimate``,
            ``median``, ``low``, ``high`` and ``beyond_data``, the factor by which the budget lies
            outside those of the frontier, 1 inside.

        Raises
        ------
        ArgumentError
            If a budget is not positive, `level` is outside (0, 1), or `kind` is not ``"law"``.
        """
        of_the_law(kind)
        budgets = np.atleast_1d(positive("flops", flops))
        drawn = self._at(budgets)
        best = self.estimate.optimal(flops=budgets)
        points = self.estimate.points
        span = points.flops[points.used].to_numpy()
        return allocation_table(budgets, best, drawn, span, level)

    def _at(self, budgets: Array) -> dict[str, Array]:
        """Return the allocation of every draw at every budget, shape (draws, budgets)."""
        params, tokens = (
            np.asarray(law.A)[:, None] * budgets ** -np.asarray(law.alpha)[:, None]
            for law in (self.refits.params_law, self.refits.tokens_law)
        )
        values = {"params": params, "tokens": tokens, "tokens_per_param": tokens / params}
        if self.refits.law is not None:
            fitted = self.refits.law
            shape = (self.count, 1)
            fields = {
                name: np.broadcast_to(np.asarray(value), self.count).reshape(shape)
                for name, value in fitted.to_dict().items()
            }
            values["loss"] = allocations(type(fitted)(**fields), budgets, {})["loss"]
        return values
