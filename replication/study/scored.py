"""The rows of the study: what a law that was fitted below a cut said of the runs above it."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from replication._memo import cached
from replication.datasets import load
from replication.errors import ArgumentError, DataError, one_of_names, shown
from replication.fitting import fit
from replication.hindcast.backtests import ends_at, scored
from replication.hindcast.cuts import Cut
from replication.hindcast.protocol import LAWS, LEVEL, LEVELS, Protocol
from replication.laws import Law, OuterExponent, by_name
from replication.study.cases import (
    CASES,
    DIGITS,
    STORED,
    Task,
    cut_of,
    runs,
    runs_of,
)


def rows_of(task: Task) -> pd.DataFrame:
    """Compute the rows of one task.

    Parameters
    ----------
    task : Task
        A fit of the study.

    Returns
    -------
    DataFrame
        The columns of the task, one row a scored run.

    Examples
    --------
    >>> task = Task("observed", "Chinchilla", "log-huber", "sardana", 0.5)
    >>> list(rows_of(task).columns) == task.columns
    True
    """
    cut = cut_of(task)
    options = dict(LAWS[task.law])
    law = str(options.pop("law"))
    if task.control in ("null", "outer"):
        cut = _simulated(task, cut, law, options)
    options |= {"group": "group"} if task.control == "grouped" else {}
    found = by_protocol(cut, law, objective=task.objective, also=task.levels, **options)
    found = found.assign(design=task.design)[task.columns]
    numbers = task.columns[3:]
    found[numbers] = found[numbers].map(lambda value: float(f"{value:.{DIGITS}g}"))
    return found


def by_protocol(cut: Cut, law: type[Law] | str, **options: Any) -> pd.DataFrame:
    """Fit a law below a cut and score it above, with the level and the draws of the protocol."""
    protocol = Protocol()
    return scored(
        cut, law, level=LEVEL, resamples=protocol.resamples, seed=protocol.seed, **options
    )


def _simulated(task: Task, cut: Cut, law: str, options: dict[str, Any]) -> Cut:
    """Return the cut with losses drawn from a law that is true by construction."""
    rng = np.random.default_rng(task.seed)
    whole = pd.concat([cut.below, cut.above_runs])
    if task.control == "null":
        truth = fit(law, cut.below, objective=task.objective, **options)
    else:
        truth = fit(OuterExponent, whole, objective=task.objective)
    noise = truth.problem.noise(truth.law).scaled()
    parts = []
    for part in (cut.below, cut.above_runs):
        loss = np.asarray(truth.law.predict(*(part[name].to_numpy() for name in truth.law.inputs)))
        parts.append(part.assign(loss=loss * np.exp(rng.choice(noise, len(part)))))
    return Cut(cut.fraction, *parts)


@cached
def stored(
    control: str = "observed",
    law: str = "Chinchilla",
    objective: str = "log-huber",
    level: float = LEVEL,
) -> pd.DataFrame:
    """Return the stored rows of one case, with what the corpus says of each run.

    Parameters
    ----------
    control, law, objective : str
        A case of `CASES`.
    level : float
        One of `replication.hindcast.protocol.LEVELS`: of the intervals of a run. Those of the law
        are at the level of the protocol always.

    Returns
    -------
    DataFrame
        One row a scored run: ``family``, ``design``, ``kind``, ``cut``, ``run``, ``params``,
        ``tokens``, ``decades`` beyond the largest fitted compute, ``inside`` (whether params and
        tokens lie in the fitted ranges), ``observed``, ``predicted`` (nats per token) and the ends
        of the intervals of the law at 80 % and of a run at the level.

    Raises
    ------
    UnknownNameError
        If the study has no such case.
    ArgumentError
        If a case is not stored at that level.

    Examples
    --------
    >>> stored()["design"].nunique()
    27
    """
    tables = {" ".join(case): name for name, case in CASES.items()}
    case = one_of_names("case of the study", f"{control} {law} {objective}", list(tables))
    rows = load("corpus", tables[case])
    if level != LEVEL:
        low, high = ends_at(level)
        if low not in rows:
            known = [one for one in LEVELS if one == LEVEL or ends_at(one)[0] in rows]
            raise ArgumentError(
                f"level is {shown(level)}; the study has intervals of a run in this case at "
                f"{', '.join(map(str, known))}."
            )
        rows = rows.assign(run_low=rows[low], run_high=rows[high])
    return described(rows[list(STORED)], control)


def described(rows: pd.DataFrame, control: str = "observed") -> pd.DataFrame:
    """Add to rows of the study what the corpus says of their runs.

    Parameters
    ----------
    rows : DataFrame
        The columns `STORED`.
    control : str
        One of `replication.study.CONTROLS`: one has a count of its own.

    Returns
    -------
    DataFrame
        With family, kind, params, tokens, decades and inside.
    """
    every = runs_of(control)
    about = every[["design", "run", "family", "kind", "params", "tokens", "spent"]]
    found = rows.merge(about, on=["design", "run"], validate="m:1")
    edges = []
    for design, table in every.groupby("design"):
        edges += [
            {
                "design": design, "cut": cut.fraction, "n": cut.n, "edge": cut.edge,
                **{
                    f"{end}_{name}": getattr(cut.below[name], end)()
                    for name in ("params", "tokens") for end in ("min", "max")
                },
            }
            for cut in Protocol().cuts(table)
        ]  # fmt: skip
    found = found.merge(pd.DataFrame(edges), on=["design", "cut"], validate="m:1")
    found["decades"] = np.log10(found["spent"] / found["edge"])
    for name in ("params", "tokens"):
        found[f"inside_{name}"] = found[name].between(found[f"min_{name}"], found[f"max_{name}"])
    found["inside"] = found["inside_params"] & found["inside_tokens"]
    return found.drop(columns=[f"{e}_{n}" for n in ("params", "tokens") for e in ("min", "max")])


def score(
    law: type[Law] | str, *, designs: Iterable[str] | None = None, objective: str = "log-huber"
) -> pd.DataFrame:
    """Score a law on the corpus by the protocol of the study.

    Parameters
    ----------
    law : type of Law or str
        A law in ``params`` and ``tokens``; one of your own, or one of the package by name.
    designs : iterable of str, optional
        Designs of the study; by default all 27, which takes some minutes.
    objective : str
        As for `replication.fit`.

    Returns
    -------
    DataFrame
        As `stored` returns it: one row a scored run.

    Raises
    ------
    UnknownNameError
        If a design is not in the study.
    DataError
        If the law reads anything else than params and tokens.

    Examples
    --------
    >>> score("Chinchilla", designs=["sardana"])["family"].unique().tolist()
    ['sardana']
    """
    kind = by_name(law) if isinstance(law, str) else law
    if set(kind.inputs) != {"params", "tokens"}:
        raise DataError(
            f"{kind.__name__} reads {', '.join(kind.inputs)}; the study scores laws in params and "
            "tokens, since that is what every design has."
        )
    table = runs()
    known = sorted(set(table["design"]))
    wanted = known if designs is None else list(designs)
    for name in wanted:
        one_of_names("design of the study", name, known)
    parts = []
    for name in wanted:
        for cut in Protocol().cuts(table[table["design"] == name]):
            rows = by_protocol(cut, kind, objective=objective)
            parts.append(rows.assign(design=name)[list(STORED)])
    return described(pd.concat(parts, ignore_index=True))
