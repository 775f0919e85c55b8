"""The result of all three approaches: where a training budget goes, and what is doubtful."""

from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication._drawing import documented, drawn
from replication.counting.numbers import Number, positive
from replication.errors import Note, ReplicationError
from replication.fitting import Evidence, Fit, fit
from replication.fitting.intervals import beyond
from replication.frontier.draws import Draws
from replication.frontier.source import Refits, Source
from replication.laws import Chinchilla, Law, Optimum, PowerLaw, PowerLawOffset

MEANING = {
    "a": "exponent of N_opt in C",
    "b": "exponent of D_opt in C",
    "params_prefactor": "N_opt at C = 1 FLOP",
    "tokens_prefactor": "D_opt at C = 1 FLOP",
}
"""What identifies a frontier (hoffmann2022, Table 2 and Eq. 4)."""


@dataclass(frozen=True, eq=False)
class Frontier:
    """A compute-optimal frontier: two power laws, N_opt ~ C**a and D_opt ~ C**b.

    Where C = 6 N D, a + b = 1 and the prefactors multiply to 1/6. Where tokens were measured and
    compute is counted in another way, the two laws are found each for itself.

    Parameters
    ----------
    approach : str
        ``"envelope"``, ``"isoflop"`` or ``"parametric"``: Approach 1, 2 or 3 of hoffmann2022.
    params_law, tokens_law : PowerLaw
        N_opt and D_opt in C; their exponents ``alpha`` are -a and -b, as a law of the package
        falls.
    points : DataFrame
        One row a budget: ``flops``, ``params``, ``tokens``, ``loss`` (nats per token), ``used``
        and what the approach adds.
    n : int
        Number of runs behind it; of points, where an envelope has whole training curves.
    notes : tuple of Note
        What is doubtful.
    left_out : int
        Rows of the table that were not used.
    how : str
        The choices that were made.
    fit : Fit or None
        The fitted loss of the parametric approach.

    Examples
    --------
    >>> import replication as rp
    >>> from replication.frontier import isoflop
    >>> frontier = isoflop(rp.load("hoffmann2022", "figure4_isoflop_points"))
    >>> frontier.approach, frontier.n, round(frontier.a, 3)
    ('isoflop', 114, 0.481)
    >>> round(frontier.optimal(flops=5.76e23).params / 1e9, 1)
    58.9
    """

    approach: str
    params_law: PowerLaw
    tokens_law: PowerLaw
    points: pd.DataFrame = field(repr=False)
    n: int
    notes: tuple[Note, ...]
    left_out: int = 0
    how: str = ""
    fit: Fit | None = field(default=None, repr=False)
    source: Source = field(repr=False, kw_only=True)
    copies: Refits | None = field(default=None, repr=False, kw_only=True)

    def __repr__(self) -> str:
        """Return the two power laws, what is behind them, and the codes of the notes."""
        notes = f"; notes: {', '.join(n.code for n in self.notes)}" if self.notes else ""
        how = f", {self.how}" if self.how else ""
        return (
            f"{self.approach}: N = {self.params_prefactor:.4g} C^{self.a:.4f}, "
            f"D = {self.tokens_prefactor:.4g} C^{self.b:.4f} | n={self.n}{how}{notes}"
        )

    @property
    def a(self) -> float:
        """Exponent of N_opt in compute."""
        return float(-self.params_law.alpha)

    @property
    def b(self) -> float:
        """Exponent of D_opt in compute; 1 - a where C = 6 N D."""
        return float(-self.tokens_law.alpha)

    @property
    def params_prefactor(self) -> float:
        """N_opt at one FLOP: the factor before C**a."""
        return float(self.params_law.A)

    @property
    def tokens_prefactor(self) -> float:
        """D_opt at one FLOP: the factor before C**b."""
        return float(self.tokens_law.A)

    @property
    def r2(self) -> float:
        """Share of the variance of ln N_opt over the used budgets that the power law explains."""
        used = self.points[self.points.used]
        rest = np.log(used.params / self.params_law.predict(used.flops.to_numpy()))
        return float(1 - (rest**2).mean() / np.log(used.params).var(ddof=0))

    @property
    def draws(self) -> Draws:
        """The frontiers of the noisy copies behind an estimate with ``noise=``.

        Raises
        ------
        ReplicationError
            If the frontier was found without noise.
        """
        if self.copies is None:
            raise ReplicationError(
                f"This {self.approach} frontier was found without noise=, so it has no noisy "
                "copies. Call bootstrap() or subsample() for an interval."
            )
        return Draws(self, self.copies)

    @cached_property
    def loss_law(self) -> Law:
        """The loss along the frontier in C, nats per token.

        For a loss E + A/N**alpha + B/D**beta it is exactly E + K/C**gamma with
        gamma = alpha beta / (alpha + beta); the parametric approach takes these values, the others
        fit the same form to their points by least squares of logarithms. Two points carry a
        power law without E only. A parametric frontier of another law is such a fit too.
        """
        if self.fit is not None and isinstance(law := self.fit.law, Chinchilla):
            middle = float(np.median(self.points.flops))
            values = law.to_dict()
            gamma = values["alpha"] * values["beta"] / (values["alpha"] + values["beta"])
            reducible = float(law.optimal(flops=middle).loss) - values["E"]
            return PowerLawOffset(A=reducible * middle**gamma, E=values["E"], alpha=gamma)
        used = self.points[self.points.used]
        kind = PowerLawOffset if len(used) > 2 else PowerLaw
        return fit(kind, used, objective="log-lsq").law

    @documented
    def plot(self, *, ax: Any = None) -> Any:
        """Draw the best sizes over compute, and the power law through them.

        Examples
        --------
        >>> import replication as rp
        >>> frontier = rp.isoflop(rp.load("hoffmann2022", "figure4_isoflop_points"))
        >>> frontier.plot().get_xlabel()
        'training compute C (FLOPs)'
        """
        return drawn("draw_frontier", self, ax=ax)

    def optimal(self, *, flops: ArrayLike) -> Optimum:
        """Return the compute-optimal allocation of a training budget.

        Parameters
        ----------
        flops : array_like
            Training budget C in FLOPs; positive.

        Returns
        -------
        Optimum
            Parameters, tokens and loss (nats per token; from `loss_law`).

        Raises
        ------
        ArgumentError
            If a budget is not positive and finite.
        """
        budget: Number = positive("flops", flops)
        budget = float(budget) if np.ndim(budget) == 0 else budget
        return Optimum(
            flops=budget,
            params=self.params_law.predict(budget),
            tokens=self.tokens_law.predict(budget),
            loss=self.loss_law.predict(budget),
        )

    def evidence(self, resamples: int = 1000, seed: int = 0) -> Evidence[Law]:
        """Return the fitted loss of the parametric approach with draws of it and its runs.

        Parameters
        ----------
        resamples : int
            How many draws.
        seed : int
            Seed of numpy's default generator.

        Returns
        -------
        Evidence
            For `replication.advise` and everything else that takes it.

        Raises
        ------
        ReplicationError
            If the approach fits no loss in params and tokens.
        """
        if self.fit is None:
            raise ReplicationError(
                f"The {self.approach} approach fits no loss in params and tokens to stand behind "
                "advice. Use parametric(), or bootstrap() for the intervals of this frontier."
            )
        return self.fit.evidence(resamples, seed)

    def bootstrap(self, resamples: int = 1000, seed: int = 0) -> Draws:
        """Find the frontier again in resamples of the runs, drawn with replacement.

        isoFLOP runs are drawn within each budget, or given noise anew if they were given noise;
        the envelope draws runs, or whole training
        curves where they were given; the parametric approach draws what its fit draws.

        Parameters
        ----------
        resamples : int
            How many.
        seed : int
            Seed of numpy's default generator.

        Returns
        -------
        Draws
            Exponents and prefactors with percentile intervals.

        Raises
        ------
        ArgumentError
            If `resamples` is not a positive whole number.
        ReplicationError
            If no resample gives a frontier.
        """
        return Draws(self, self.source.bootstrap(resamples, seed))

    def subsample(self, resamples: int = 100, fraction: float = 0.8, seed: int = 0) -> Draws:
        """Find the frontier again in parts of the runs, as for hoffmann2022, Table 2.

        The spread of fits that share most of their runs is narrower than a sampling error.

        Parameters
        ----------
        resamples : int
            How many.
        fraction : float
            Share of the runs in each, in (0, 1), drawn without replacement.
        seed : int
            Seed of numpy's default generator.

        Returns
        -------
        Draws
            Exponents and prefactors with percentile intervals.

        Raises
        ------
        ArgumentError
            If `resamples` is not a positive whole number, or `fraction` is outside (0, 1).
        ReplicationError
            If no resample gives a frontier.
        """
        return Draws(self, self.source.subsample(resamples, fraction, seed))

    def extrapolation(self, *, flops: ArrayLike) -> Note | None:
        """Return a note if a budget lies outside those behind the frontier, with how far.

        Parameters
        ----------
        flops : array_like
            Training budgets C in FLOPs.

        Returns
        -------
        Note or None
        """
        span = self.points.flops[self.points.used].to_numpy()
        factor = max(beyond(float(c), span) for c in np.ravel(positive("flops", flops)))
        if factor == 1.0:
            return None
        return Note(
            "extrapolates",
            f"flops lies a factor of {factor:.3g} outside the budgets of the frontier.",
            "Treat the allocation as an assumption about the power law, not as a measurement.",
        )

    def to_frame(self) -> pd.DataFrame:
        """Return exponents and prefactors.

        Returns
        -------
        DataFrame
            Index ``quantity`` (a, b, params_prefactor, tokens_prefactor); columns ``estimate`` and
            ``meaning``.
        """
        rows = {name: (getattr(self, name), meaning) for name, meaning in MEANING.items()}
        table = pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "meaning"])
        return table.rename_axis("quantity")

    def summary(self) -> str:
        """Return a report in plain text: the power laws, the points used, the notes.

        Returns
        -------
        str
            Several lines.
        """
        used = self.points[self.points.used]
        left_out = f", {self.left_out} rows left out" if self.left_out else ""
        lines = [
            f"{self.approach} frontier, n={self.n}{f' ({self.how})' if self.how else ''}{left_out}",
            f"{len(used)} of {len(self.points)} budgets used, "
            f"{used.flops.min():.3g} to {used.flops.max():.3g} FLOPs",
        ]
        for name, row in self.to_frame().iterrows():
            lines.append(f"  {name:<17} {row.estimate:>12.6g}  {row.meaning}")
        return "\n".join(lines + [f"  note {note}" for note in self.notes])

    def _repr_html_(self) -> str:
        """Render the report in a notebook."""
        head, span, *_ = self.summary().splitlines()
        table = self.to_frame().to_html(float_format=lambda v: f"{v:.5g}")
        notes = "".join(f"<li>{escape(str(note))}</li>" for note in self.notes)
        return (
            f"<p><b>{escape(head)}</b>; {escape(span)}</p>"
            + table
            + (f"<ul>{notes}</ul>" if notes else "")
        )
