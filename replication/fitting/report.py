"""What a fit says of itself: its coefficients with errors, a report, a comparison with others."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication.errors import ArgumentError, DataError, shown
from replication.fitting.sandwich import standard_errors
from replication.laws import Law

if TYPE_CHECKING:
    from replication.fitting.result import Fit

Array = NDArray[Any]

FIT_ROW = "this fit"
"""What a comparison calls the fit itself."""


def coefficients(fit: "Fit") -> pd.DataFrame:
    """Return one row a coefficient; see `Fit.to_frame`.

    Examples
    --------
    >>> import replication as rp
    >>> runs = {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]}
    >>> coefficients(rp.fit(rp.laws.PowerLaw, runs, fixed={"alpha": 0.1}))["status"].tolist()
    ['free', 'fixed']
    """
    with np.errstate(all="ignore"):
        errors, why = standard_errors(fit.problem, fit.phi, fit.law, fit.residuals)
    rows = []
    for name, value in fit.law.to_dict().items():
        if name in fit.problem.fixed:
            rows.append((name, value, np.nan, "fixed", "held at a given value"))
        elif name in fit.problem.tied:
            leader = fit.problem.tied[name]
            rows.append((name, value, errors.get(leader, np.nan), f"tied to {leader}", why))
        elif _at_bound(fit, name):
            rows.append((name, value, np.nan, "at bound", "at a bound the error is one-sided"))
        else:
            rows.append((name, value, errors.get(name, np.nan), "free", why))
    frame = pd.DataFrame(rows, columns=["coefficient", "estimate", "se", "status", "why"])
    return frame.set_index("coefficient")


def summary(fit: "Fit") -> str:
    """Return a report in plain text; see `Fit.summary`."""
    frame = coefficients(fit)
    lines = [repr(fit).split(" | ")[0].split("(")[0] + f" fitted to {fit.n} points"]
    lines.append(
        f"{fit.objective.name}, delta={fit.objective.delta:g}, "
        f"{fit.objective.reduction}={fit.value:.8g} ({fit.status})"
    )
    for name, row in frame.iterrows():
        error = f" (se {row.se:.3g})" if np.isfinite(row.se) else ""
        lines.append(f"  {name:<8} {row.estimate:>12.6g}{error}  {row.status}")
    for name in fit.law.derived:
        lines.append(f"  {name:<8} {getattr(fit.law, name):>12.6g}  derived")
    missing = frame[(frame.status == "free") & frame.se.isna()]
    if len(missing):
        lines.append(f"  no standard errors: {missing.why.iloc[0]}")
    return "\n".join(lines + [f"  note {note}" for note in fit.notes])


def html(fit: "Fit") -> str:
    """Return the report that a notebook shows."""
    frame = coefficients(fit).drop(columns="why")
    table = frame.to_html(float_format=lambda v: f"{v:.5g}", na_rep="")
    notes = "".join(f"<li>{escape(str(note))}</li>" for note in fit.notes)
    head = (
        f"<p><b>{type(fit.law).__name__}</b>, n = {fit.n}, {escape(fit.objective.name)} "
        f"{fit.objective.reduction} = {fit.value:.6g} ({escape(fit.status)})</p>"
    )
    return head + table + (f"<ul>{notes}</ul>" if notes else "")


def labelled(
    laws: Sequence[Law | Mapping[str, Law]], named: Mapping[str, Law] | None = None
) -> dict[str, Law]:
    """Return laws by their names, numbered where they have none.

    Parameters
    ----------
    laws : sequence of Law or mapping of str to Law
        Laws without names, and mappings of those that have one.
    named : mapping of str to Law, optional
        More laws that have a name.

    Returns
    -------
    dict of str to Law
        In the order given.

    Raises
    ------
    ArgumentError
        If something is not a law, holds arrays, or a name comes twice.

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> law = PowerLaw(A=1.0, alpha=0.5)
    >>> list(labelled([law, {"theirs": law}], {"mine": law}))
    ['law 1', 'theirs', 'mine']
    """
    pairs: list[tuple[object, object]] = []
    for k, given in enumerate(laws):
        pairs += given.items() if isinstance(given, Mapping) else [(f"law {k + 1}", given)]
    found: dict[str, Law] = {}
    for name, law in [*pairs, *(named or {}).items()]:
        if not isinstance(law, Law):
            hint = " Give its .law." if isinstance(getattr(law, "law", None), Law) else ""
            raise ArgumentError(
                f"compare() takes laws, such as rp.published(...); {shown(name)} is "
                f"{shown(law) if not hint else type(law).__name__}.{hint}"
            )
        if any(map(np.ndim, law.to_dict().values())):
            raise ArgumentError(
                f"The law of {shown(name)} holds arrays, as that of a bootstrap does. Take one "
                "draw at a time."
            )
        if str(name) in (*found, FIT_ROW):
            raise ArgumentError(f"There are two laws called {shown(name)}; give each its own name.")
        found[str(name)] = law
    return found


def comparison(fit: "Fit", others: Mapping[str, Law]) -> pd.DataFrame:
    """Return a row a law, the fit first; see `Fit.compare`."""
    rows = []
    for label, law in {FIT_ROW: fit.law, **others}.items():
        if law.inputs != fit.law.inputs:
            raise DataError(
                f"{type(law).__name__} reads {', '.join(law.inputs)}; laws that read "
                f"{', '.join(fit.law.inputs)} can be compared."
            )
        if law.response != fit.law.response:
            raise DataError(
                f"{type(law).__name__} predicts {law.response}; laws that predict "
                f"{fit.law.response} can be compared."
            )
        residuals = residuals_of(fit, law)
        value = fit.objective.value(residuals, fit.problem.data.weights)
        derived = {name: getattr(law, name) for name in law.derived}
        rows.append(
            {"law": label, **law.to_dict(), **derived, "objective": value}
            | {
                "ratio": _ratio(value, fit.value),
                "mean_residual": float(residuals.mean()),
            }
        )
    return pd.DataFrame(rows).set_index("law")


def residuals_of(fit: "Fit", law: Law) -> Array:
    """Return the residuals that a law leaves on the data of a fit, as its objective counts them.

    Examples
    --------
    >>> import replication as rp
    >>> runs = {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]}
    >>> fit = rp.fit(rp.laws.PowerLaw, runs)
    >>> np.allclose(residuals_of(fit, fit.law), fit.residuals, rtol=0, atol=1e-12)
    True
    """
    predicted = np.asarray(law.predict(*fit.problem.data.columns))
    observed = fit.problem.data.response
    if fit.objective.log:
        return np.asarray(np.log(observed) - np.log(predicted))
    return np.asarray(observed - predicted)


def _at_bound(fit: "Fit", name: str) -> bool:
    """Whether a free field stands at one of its bounds."""
    return bool(fit.problem.space.at_bound(fit.phi)[fit.free.index(name)])


def _ratio(value: float, least: float) -> float:
    """Return a ratio of objectives, infinite beside an exact fit and one between two of them."""
    if value == least:
        return 1.0
    with np.errstate(divide="ignore"):
        return float(np.divide(value, least))
