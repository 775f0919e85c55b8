"""The reporting checklist, filled as far as a table and a fit can tell; see `items`."""

from dataclasses import dataclass
from typing import Any

from replication.fitting import Bootstrap, Fit
from replication.intake import Intake
from replication.ranking import Ranking
from replication.reporting.items import ITEMS


@dataclass(frozen=True)
class Item:
    """One point of the checklist.

    Parameters
    ----------
    part : str
        The part it belongs to.
    asked : str
        What a reader needs to know.
    answer : str
        What the fit tells, or nothing.
    open : str
        What the author must still say, or nothing.

    Examples
    --------
    >>> Item("Form", "Which form?", "L = E + A / C**alpha", "").told
    True
    """

    part: str
    asked: str
    answer: str
    open: str = ""

    @property
    def told(self) -> bool:
        """Whether nothing is left for the author to say."""
        return not self.open


def checklist(
    fit: Fit[Any],
    *,
    intake: Intake | None = None,
    boot: Bootstrap[Any] | None = None,
    ranking: Ranking | None = None,
) -> tuple[Item, ...]:
    """Return the reporting checklist, filled as far as the fit tells.

    Parameters
    ----------
    fit : Fit
        The fit.
    intake : Intake, optional
        How the table was read.
    boot : Bootstrap, optional
        Its resamples.
    ranking : Ranking, optional
        The other laws that were tried.

    Returns
    -------
    tuple of Item
        In four parts: the form, the training, the data, the fit.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit(rp.laws.Chinchilla, rp.load("hoffmann2022", "figure4_isoflop_points"))
    >>> items = checklist(fit)
    >>> items[0].answer[:21], sum(item.told for item in items) < len(items)
    ('Chinchilla: loss from', True)
    """
    law = fit.law
    runs = fit.problem.runs()
    doc = (type(law).__doc__ or "").strip().splitlines()
    formula = doc[0].rstrip(".") if doc else ""
    tried = "" if ranking is None else f" {len(ranking.fits)} laws were tried: {ranking!r}."
    free = ", ".join(fit.free)
    held = [f"{name} = {value:g}" for name, value in fit.problem.fixed.items()]
    held += [f"{name} tied to {leader}" for name, leader in fit.problem.tied.items()]
    read = "" if intake is None else f" Read as: {'; '.join(intake.lines())}."
    left = "" if intake is None or not intake.dropped else f" {intake.dropped} rows were left out."
    spans = "; ".join(
        f"{name} {runs[name].min():.3g} to {runs[name].max():.3g}" for name in runs.columns
    )
    sizes = f" {runs['params'].nunique()} sizes." if "params" in runs else ""
    codes = ", ".join(dict.fromkeys(note.code for note in fit.notes)) or "none"
    drawn = "No intervals were computed."
    if boot is not None:
        drawn = f"{boot.count} resamples of {boot.kind}; intervals are percentiles over them."
    answers: dict[str, tuple[str, ...]] = {
        "form": (
            f"{type(law).__name__}: {law.response} from {', '.join(law.inputs)}; {formula}."
            f" Free: {free}.{' Held: ' + ', '.join(held) + '.' if held else ''}{tried}",
        ),
        "reason": (
            "",
            "Say why this form, which others were tried, and when it was chosen.",
        ),
        "counting": (
            f"Counts and nats per token.{read}",
            "Say whether parameters include embedding and output head, how FLOPs are counted, and "
            "which tokenizer and text the loss is of.",
        ),
        "training": (
            "",
            "Architecture and its shapes, optimiser, learning-rate schedule (decayed at each "
            "run's own length?), batch size, warm-up, context, precision.",
        ),
        "tuning": (
            "",
            "Say what was tuned, where, and how it was carried to other sizes; what varies from "
            "run to run, and what was held.",
        ),
        "text": (
            "Unique tokens are in the table." if "unique_tokens" in runs else "",
            "Corpus, cleaning, mixture, tokenizer and vocabulary; passes over the text.",
        ),
        "runs": (f"{fit.n} runs: {spans}.{sizes}",),
        "points": (
            "Rows were resampled in groups."
            if fit.problem.data.groups is not None
            else "Every row was taken as independent.",
            "Say which. Points of one training curve belong together: --group COLUMN.",
        ),
        "left_out": (
            f"None by this page.{left}",
            "Say what was left out before, by which rule, and what it changes.",
        ),
        "objective": (
            f"{fit.objective.said}, {fit.objective.reduction} over points: {fit.value:.6g}.",
        ),
        "algorithm": (
            "Seeds on a grid of exponents with the linear coefficients solved, then damped Newton "
            "steps with the exact Hessian from the best of them (the package `replication`); "
            f"{fit.status}. No start values or bounds were set by hand.",
        ),
        "uncertainty": (
            drawn,
            "" if boot is not None else "Give intervals, and say what was resampled.",
        ),
        "error": (
            f"R² {fit.r2:.4f}, root mean square residual {fit.rms:.3g}; doubts: {codes}."
            + (f" Runs held out: {ranking!r}." if ranking is not None else ""),
            ""
            if ranking is not None
            else "Hold out the runs of most compute, and report the error on them (rp.backtest).",
        ),
        "repeat": (
            "This page holds every number of the fit; --save writes runs and coefficients.",
            "Publish the table of runs and the code.",
        ),
    }
    return tuple(Item(one.part, one.asked, *answers[one.name]) for one in ITEMS)
