"""The page of a report, put together from a template of this package."""

from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from replication._docstrings import first_line
from replication.about import about
from replication.errors import NOTE_CODES, DataError, ReplicationError
from replication.fitting import Bootstrap, Evidence, Fit
from replication.fitting.intervals import LEVEL
from replication.intake import Intake
from replication.ranking import Ranking
from replication.reporting.questions import checklist

EXTRA = (
    "A report needs {name}, which is not installed. Install it with "
    "pip install 'scaling-laws-replicated[report]'."
)


def page(
    fit: Fit[Any],
    *,
    title: str = "",
    intake: Intake | None = None,
    boot: Bootstrap[Any] | None = None,
    ranking: Ranking | None = None,
    level: float = LEVEL,
) -> str:
    """Return one self-contained page about a fit.

    Parameters
    ----------
    fit : Fit
        The fit.
    title : str
        What was fitted, for the heading.
    intake : Intake, optional
        How the table was read.
    boot : Bootstrap, optional
        Its resamples; without them there are no intervals and no bands.
    ranking : Ranking, optional
        Other laws on the same table.
    level : float
        Share of the draws inside the intervals.

    Returns
    -------
    str
        HTML with its pictures and its style inside: nothing is loaded from anywhere.

    Raises
    ------
    ReplicationError
        If jinja2 or matplotlib is not installed; the message says how to install them.

    Examples
    --------
    >>> import replication as rp
    >>> fit = rp.fit("PowerLaw", {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]})
    >>> text = page(fit, title="Three runs")
    >>> "<h1>Three runs</h1>" in text, "http" in text
    (True, False)
    """
    try:
        from jinja2 import Environment, StrictUndefined

        from replication.reporting.pictures import pictures
    except ModuleNotFoundError as error:
        raise ReplicationError(EXTRA.format(name=error.name)) from None
    evidence: Evidence[Any] | None = None if boot is None else boot.evidence()
    notes = dict.fromkeys((*fit.notes, *(boot.notes if boot is not None else ())))
    template = resources.files("replication.reporting").joinpath("template.html")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    law = type(fit.law)
    formula = first_line(law)
    items = checklist(fit, intake=intake, boot=boot, ranking=ranking)
    return environment.from_string(template.read_text("utf-8")).render(
        title=title or f"{law.__name__}, {fit.n} runs",
        law=law.__name__,
        formula=formula,
        fit=fit,
        lead=_lead(fit, boot, level),
        read=intake.lines() if intake is not None else [],
        pictures=pictures(fit, evidence),
        coefficients=_coefficients(fit, boot, level),
        level=f"{100 * level:g} %",
        ranking=_ranked(ranking),
        held=0 if ranking is None else ranking.held,
        notes=[(note.code, NOTE_CODES[note.code], note.message, note.advice) for note in notes],
        parts=list(dict.fromkeys(item.part for item in items)),
        items=items,
        open=sum(not item.told for item in items),
        version=about().version,
    )


def write_report(fit: Fit[Any], path: str | Path, **options: Any) -> None:
    """Write one self-contained page about a fit to a file.

    Parameters
    ----------
    fit : Fit
        The fit.
    path : str or Path
        A file, ``report.html``; one that is there is replaced.
    **options
        As for `page`.

    Raises
    ------
    DataError
        If the file cannot be written.
    ReplicationError
        If jinja2 or matplotlib is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import replication as rp
    >>> fit = rp.fit("PowerLaw", {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]})
    >>> path = Path(tempfile.mkdtemp()) / "report.html"
    >>> write_report(fit, path)
    >>> path.read_text(encoding="utf-8")[:15]
    '<!doctype html>'
    """
    text = page(fit, **options)
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}.") from None


def _lead(fit: Fit[Any], boot: Bootstrap[Any] | None, level: float) -> str:
    """Return the finding in a sentence or two."""
    name = type(fit.law).__name__
    said = f"{name} was fitted to {fit.n} runs and explains {100 * fit.r2:.1f} % of their variance."
    if "a" in fit.law.derived:
        a = float(fit.law.a)
        interval = ""
        if boot is not None:
            low, high = boot.interval(level).loc["a", ["low", "high"]]
            interval = f" ({100 * level:g} % interval {low:.2f} to {high:.2f})"
        said += (
            f" For a budget C the best size grows as C to the power {a:.2f}{interval}: with ten "
            f"times the compute, a model {10**a:.1f} times as large on {10 ** (1 - a):.1f} times "
            "the tokens."
        )
    if fit.notes:
        many = "There is a doubt" if len(fit.notes) == 1 else f"There are {len(fit.notes)} doubts"
        said += f" {many}, given below: read that before the numbers."
    return said


def _number(value: float, digits: int = 4) -> str:
    return "" if not np.isfinite(value) else f"{value:.{digits}g}"


def _coefficients(
    fit: Fit[Any], boot: Bootstrap[Any] | None, level: float
) -> list[tuple[str, str, str, str]]:
    table = fit.to_frame()
    values = {str(name): float(row["estimate"]) for name, row in table.iterrows()}
    status = {str(name): str(row["status"]) for name, row in table.iterrows()}
    for name in fit.law.derived:
        values[name], status[name] = float(getattr(fit.law, name)), "derived"
    ends = None if boot is None else boot.interval(level)
    rows = []
    for name, value in values.items():
        interval = ""
        if ends is not None and name in ends.index:
            low, high = (float(end) for end in ends.loc[name, ["low", "high"]].to_numpy())
            interval = f"{_number(low)} to {_number(high)}" if low < high else ""
        rows.append((name, _number(value), interval, status[name]))
    return rows


def _ranked(ranking: Ranking | None) -> list[tuple[str, int, str, str, str]]:
    if ranking is None:
        return []
    return [
        (
            str(row["law"]),
            int(row["fields"]),
            f"{100 * row['rms']:.2g} %",
            "" if np.isnan(row["held_out"]) else f"{100 * row['held_out']:.2g} %",
            str(row["notes"]),
        )
        for row in ranking.table.to_dict("records")
    ]
