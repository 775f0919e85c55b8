"""Which law suits a table: all that can be fitted to it, ranked by runs that they had not seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication.counting import training_flops
from replication.counting.numbers import share
from replication.errors import DataError, ReplicationError, listed
from replication.fitting import Fit, fit
from replication.fitting.arguments import law_class
from replication.fitting.frame import as_frame
from replication.laws import NAMED, Law

SAME_CURVE = ("KaplanFlops", "KaplanParams", "KaplanTokens")
"""Laws that draw the same curves as a power law, under other names of their coefficients."""
OWN_INPUTS = ("NonEmbeddingChinchilla", "Annealing")
"""Laws that read a column in a sense of their own, which no heading tells."""
HELD = 0.2
"""Share of the runs, those of most compute, that are kept from the fits to be predicted."""
LEAST_HELD = 2


@dataclass(frozen=True, eq=False)
class Ranking:
    """Laws fitted to one table, the best forecaster first.

    Parameters
    ----------
    table : DataFrame
        One row a law: ``law``, ``fields`` (how many are free), ``rms`` (of the residuals of the
        log loss, all runs), ``held_out`` (root mean square of the relative error on the runs of
        most compute, when fitted to the others), ``bias`` (their mean relative error) and
        ``notes`` (codes).
    fits : mapping of str to Fit
        The fit of each law to all runs.
    failed : mapping of str to str
        Laws that could not be fitted, and why.
    held : int
        Runs that were held out; 0 if there were too few.

    Examples
    --------
    >>> import replication as rp
    >>> ranking = rp.rank(rp.corpus("kempner-fineweb"), ["Chinchilla", "KaplanJoint"])
    >>> ranking.best, ranking.held
    ('Chinchilla', 18)
    """

    table: pd.DataFrame = field(repr=False)
    fits: Mapping[str, Fit[Any]] = field(repr=False)
    failed: Mapping[str, str] = field(default_factory=dict, repr=False)
    held: int = 0

    @property
    def best(self) -> str:
        """Name of the law that predicted the held-out runs best."""
        return str(self.table["law"].iloc[0])

    def __repr__(self) -> str:
        """Return the laws in order with their errors on the runs held out."""
        rows = (
            f"{row['law']} {100 * row['held_out']:.2g} %" for row in self.table.to_dict("records")
        )
        return f"{self.held} runs of most compute predicted to: " + ", ".join(rows)


def with_ratios(runs: pd.DataFrame | Mapping[str, ArrayLike]) -> pd.DataFrame:
    """Return runs with the tokens per parameter under the names by which laws read them.

    Parameters
    ----------
    runs : DataFrame or mapping
        With ``params`` and ``tokens``, else it is returned as it is.

    Returns
    -------
    DataFrame
        With ``tokens_per_param`` and ``token_multiplier`` as well.

    Examples
    --------
    >>> with_ratios({"params": [1e9], "tokens": [2e10]})["token_multiplier"].tolist()
    [20.0]
    """
    frame = as_frame(runs)
    if not {"params", "tokens"} <= set(frame.columns):
        return frame
    numbers = [pd.to_numeric(frame[name], errors="coerce") for name in ("tokens", "params")]
    ratio = numbers[0] / numbers[1]
    added = {n: ratio for n in ("tokens_per_param", "token_multiplier") if n not in frame}
    return frame.assign(**added)


def applicable(
    runs: pd.DataFrame | Mapping[str, ArrayLike], *, every: bool = False
) -> tuple[type[Law], ...]:
    """Return the laws of a loss whose inputs a table has.

    Of laws that draw the same curve one stands for all, and laws whose inputs have a sense of
    their own (`NonEmbeddingChinchilla`, which counts layers only) are left to be asked for. Where
    laws of size and tokens can be had, those of one input are left out: they cannot say how to
    divide a budget.

    Parameters
    ----------
    runs : DataFrame or mapping
        One row a run.
    every : bool
        Whether laws of one input are wanted in any case.

    Returns
    -------
    tuple of type
        In the order of the package.

    Examples
    --------
    >>> [law.__name__ for law in applicable({"params": [1e8], "tokens": [1e9], "loss": [3.0]})]
    ['Chinchilla', 'KaplanJoint', 'OuterExponent']
    """
    columns = set(with_ratios(runs).columns)
    found = tuple(
        law
        for name, law in NAMED.items()
        if law.response == "loss"
        and name not in (*SAME_CURVE, *OWN_INPUTS)
        and {*law.inputs, "loss"} <= columns
    )
    several = tuple(law for law in found if len(law.inputs) > 1)
    return found if every or not several else several


def rank(
    runs: pd.DataFrame | Mapping[str, ArrayLike],
    laws: Sequence[type[Law] | str] | None = None,
    *,
    held: float = HELD,
    **options: Any,
) -> Ranking:
    """Fit several laws to one table, and rank them by the runs of most compute.

    The runs of most compute are kept from each law while it is fitted to the others, and then
    predicted: what a law is for. Each is fitted to all runs as well, which gives the fits.

    Parameters
    ----------
    runs : DataFrame or mapping of str to array_like
        One row a run: ``loss`` in nats per token and what the laws read, in SI counts.
    laws : sequence of type of Law or str, optional
        By default all that `applicable` finds.
    held : float
        Share of the runs that are held out, in (0, 1).
    **options
        What else `replication.fit` takes, such as ``objective``.

    Returns
    -------
    Ranking
        A table, the fits, and the laws that could not be fitted.

    Raises
    ------
    DataError
        If no law can be fitted; the message says why.
    ArgumentError
        If `held` is outside (0, 1).

    Examples
    --------
    >>> import replication as rp
    >>> runs = rp.load("hoffmann2022", "figure4_isoflop_points")
    >>> rank(runs, ["PowerLaw", "Chinchilla"]).table["law"].tolist()
    ['Chinchilla', 'PowerLaw']
    """
    held = share("held", held, HELD)
    frame = with_ratios(runs)
    kinds = applicable(frame) if laws is None else tuple(law_class(law) for law in laws)
    if not kinds:
        raise DataError(
            f"No law of the package reads these columns ({listed(frame.columns)}). Name params, "
            "tokens or flops, and loss."
        )
    rows, fits, failed = [], {}, {}
    below, above = _parts(frame, held)
    for kind in kinds:
        name = kind.__name__
        try:
            full = fit(kind, frame, **options)
            fits[name] = full
            errors = _errors(kind, below, above, options)
        except ReplicationError as error:
            if name not in fits:
                failed[name] = str(error)
                continue
            errors = np.array([np.nan])
        rows.append(
            {
                "law": name,
                "fields": len(full.free),
                "rms": float(np.sqrt(np.mean(_logs(full) ** 2))),
                "held_out": float(np.sqrt(np.mean(errors**2))),
                "bias": float(errors.mean()),
                "notes": ", ".join(dict.fromkeys(note.code for note in full.notes)),
            }
        )
    if not rows:
        reasons = " ".join(f"{name}: {why}" for name, why in failed.items())
        raise DataError(reasons if len(failed) == 1 else f"No law can be fitted. {reasons}")
    table = pd.DataFrame(rows).sort_values(["held_out", "rms"], kind="stable")
    return Ranking(table.reset_index(drop=True), fits, failed, len(above))


def _parts(frame: pd.DataFrame, held: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the runs of less and of more compute."""
    if "flops" in frame:
        spent = pd.to_numeric(frame["flops"], errors="coerce")
    elif {"params", "tokens"} <= set(frame.columns):
        counts = (pd.to_numeric(frame[n], errors="coerce") for n in ("params", "tokens"))
        params, tokens = (np.asarray(column, dtype=float) for column in counts)
        good = np.isfinite(params) & np.isfinite(tokens) & (params > 0) & (tokens > 0)
        found = np.full(len(frame), np.nan)
        found[good] = training_flops(params[good], tokens[good])
        spent = pd.Series(found, index=frame.index)
    else:
        first = next(n for n in (*frame.columns, "loss") if n != "loss")
        spent = pd.to_numeric(frame[first], errors="coerce")
    number = max(LEAST_HELD, round(held * len(frame)))
    edge = spent.sort_values().iloc[-min(number, len(frame))]
    far = spent >= edge
    return frame[~far], frame[far]


def _errors(
    kind: type[Law], below: pd.DataFrame, above: pd.DataFrame, options: Mapping[str, Any]
) -> Any:
    """Return the relative errors of a law on runs that it was not fitted to."""
    if not len(above) or not len(below):
        return np.array([np.nan])
    law = fit(kind, below, **options).law
    columns = [above[name].to_numpy(float) for name in kind.inputs]
    response = options.get("response") or kind.response
    return np.asarray(law.predict(*columns)) / above[response].to_numpy(float) - 1


def _logs(full: Fit[Any]) -> Any:
    """Return residuals of the logarithm, whatever the objective counts."""
    if full.objective.log:
        return full.residuals
    data = full.problem.data
    with np.errstate(all="ignore"):
        return np.log(data.response) - np.log(full.law.predict(*data.columns))
