"""The study of the corpus: how far can a law in parameters and tokens be trusted?

The protocol stands in `replication.hindcast.protocol` and was fixed before anything was computed.
`python -m replication.study` (or ``make study``) computes one row a scored run, on all cores, and
can be stopped and resumed; the rows are stored, and every table and figure is made from them.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replication._memo import cached
from replication.datasets import corpus, load
from replication.datasets import descriptor as _descriptor
from replication.errors import DataError, one_of_names
from replication.fitting import fit
from replication.hindcast.backtests import scored
from replication.hindcast.cuts import Cut
from replication.hindcast.protocol import LAWS, LEVEL, Protocol, admitted, spent
from replication.hindcast.regrets import regret
from replication.hindcast.scores import by_distance, held, interval_score, off
from replication.hindcast.widening import drift_of
from replication.laws import Law, OuterExponent, by_name

Array = NDArray[Any]

CONTROLS = ("observed", "null", "outer")
"""What is scored: the runs themselves; runs simulated from the law that was fitted below the cut,
for which every assumption of its intervals holds; runs simulated from a law with an outer exponent
that was fitted to the whole design."""
CASES = {
    "backtest_chinchilla": ("observed", "Chinchilla", "log-huber"),
    "backtest_tied": ("observed", "tied", "log-huber"),
    "backtest_outer": ("observed", "outer", "log-huber"),
    "backtest_kaplan_joint": ("observed", "KaplanJoint", "log-huber"),
    "backtest_chinchilla_lsq": ("observed", "Chinchilla", "log-lsq"),
    "control_null": ("null", "Chinchilla", "log-huber"),
    "control_outer": ("outer", "Chinchilla", "log-huber"),
}
"""Control, law and objective of every part of the study, by the table of the corpus it is in."""
STORED = (
    "design",
    "cut",
    "run",
    "observed",
    "predicted",
    "law_low",
    "law_high",
    "run_low",
    "run_high",
)
OWN = (*CASES, "regret")
"""Tables of the corpus that the study writes."""
DIGITS = 6
"""Significant digits of what is stored."""


@dataclass(frozen=True)
class Task:
    """One fit of the study: a case, a design and a cut.

    Parameters
    ----------
    control, law, objective : str
        One of `CASES`.
    design : str
        A design of the corpus.
    fraction : float
        The cut, in decades below the largest run.
    """

    control: str
    law: str
    objective: str
    design: str
    fraction: float

    @property
    def seed(self) -> int:
        """Seed of what is simulated, the same in every run of the study."""
        text = f"{self.design} {self.fraction:g} {self.control}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")


@cached
def runs(counting: str = "total") -> pd.DataFrame:
    """Return the runs of the admitted designs.

    Parameters
    ----------
    counting : str
        ``"total"``: parameters as the corpus has them; ``"nonembedding"``: without the embedding,
        for the designs where both counts are known. Compute, and so the cuts, stay the same.

    Returns
    -------
    DataFrame
        As `replication.corpus`, with ``spent`` in FLOPs.

    Examples
    --------
    >>> runs()["design"].nunique()
    27
    """
    one_of_names("counting", counting, ("total", "nonembedding"))
    found = admitted(corpus())
    if counting == "total":
        return found
    both = found["params_nonembedding"].notna() & (found["params_nonembedding"] < found["params"])
    return found[both].assign(params=found["params_nonembedding"])


def cut_of(task: Task) -> Cut:
    """Return the runs below and above the cut of a task."""
    table = runs()
    design = table[table["design"] == task.design]
    return next(cut for cut in Protocol().cuts(design) if cut.fraction == task.fraction)


def tasks(cases: Iterable[tuple[str, str, str]] = tuple(CASES.values())) -> tuple[Task, ...]:
    """Return all tasks of some cases, in a fixed order.

    Examples
    --------
    >>> len(tasks([("observed", "Chinchilla", "log-huber")]))
    90
    """
    found = []
    for control, law, objective in cases:
        for design, table in runs().groupby("design"):
            found += [
                Task(control, law, objective, str(design), cut.fraction)
                for cut in Protocol().cuts(table)
            ]
    return tuple(found)


def rows_of(task: Task) -> pd.DataFrame:
    """Compute the rows of one task.

    Parameters
    ----------
    task : Task
        A fit of the study.

    Returns
    -------
    DataFrame
        The columns `STORED`, one row a scored run.

    Examples
    --------
    >>> found = rows_of(Task("observed", "Chinchilla", "log-huber", "sardana", 0.5))
    >>> list(found.columns) == list(STORED)
    True
    """
    cut = cut_of(task)
    options = dict(LAWS[task.law])
    law = str(options.pop("law"))
    if task.control != "observed":
        cut = _simulated(task, cut, law, options)
    found = _by_protocol(cut, law, objective=task.objective, **options)
    found = found.assign(design=task.design)[list(STORED)]
    numbers = list(STORED[3:])
    found[numbers] = found[numbers].map(lambda value: float(f"{value:.{DIGITS}g}"))
    return found


def _by_protocol(cut: Cut, law: type[Law] | str, **options: Any) -> pd.DataFrame:
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
    control: str = "observed", law: str = "Chinchilla", objective: str = "log-huber"
) -> pd.DataFrame:
    """Return the stored rows of one case, with what the corpus says of each run.

    Parameters
    ----------
    control, law, objective : str
        A case of `CASES`.

    Returns
    -------
    DataFrame
        One row a scored run: ``family``, ``design``, ``kind``, ``cut``, ``run``, ``params``,
        ``tokens``, ``decades`` beyond the largest fitted compute, ``inside`` (whether params and
        tokens lie in the fitted ranges), ``observed``, ``predicted`` (nats per token) and the ends
        of the intervals of the law and of a run at 80 %.

    Raises
    ------
    UnknownNameError
        If the study has no such case.

    Examples
    --------
    >>> stored()["design"].nunique()
    27
    """
    tables = {" ".join(case): name for name, case in CASES.items()}
    case = one_of_names("case of the study", f"{control} {law} {objective}", list(tables))
    return described(load("corpus", tables[case]))


def described(rows: pd.DataFrame) -> pd.DataFrame:
    """Add to rows of the study what the corpus says of their runs.

    Parameters
    ----------
    rows : DataFrame
        The columns `STORED`.

    Returns
    -------
    DataFrame
        With family, kind, params, tokens, decades and inside.
    """
    every = runs()
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
            rows = _by_protocol(cut, kind, objective=objective)
            parts.append(rows.assign(design=name)[list(STORED)])
    return described(pd.concat(parts, ignore_index=True))


def standing(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how a law stands on the corpus, by distance.

    Parameters
    ----------
    rows : DataFrame
        As `stored` or `score` returns it.

    Returns
    -------
    DataFrame
        A row a bin of distances: ``decades``, ``runs``, ``families``, absolute ``error`` (%),
        ``signed`` error (%), the share of runs that intervals of the law and of a run ``held``
        at 80 %, and the interval ``score`` of a run (%; smaller is better).

    Examples
    --------
    >>> standing(stored())["families"].tolist()
    [8, 12, 13, 10, 9]
    """
    values = {
        "error": np.abs(off(rows)),
        "signed": off(rows),
        "law_held": held(rows, "law"),
        "run_held": held(rows, "run"),
        "score": interval_score(rows, "run", LEVEL),
    }
    parts = {name: by_distance(rows, value) for name, value in values.items()}
    table = parts["error"][["decades", "runs", "families"]].copy()
    for name, found in parts.items():
        table[name] = found["mean"]
    return table


@cached
def hold_outs(counting: str = "total") -> pd.DataFrame:
    """Forecast the runs that their sources kept for prediction, from all others of their design.

    Parameters
    ----------
    counting : str
        As for `runs`; designs that lack the count are left out.

    Returns
    -------
    DataFrame
        As `replication.hindcast.backtests.scored` for Chinchilla's law, with ``design`` and
        ``family``: one row a held-out run.

    Examples
    --------
    >>> hold_outs()["family"].value_counts().to_dict()
    {'kempner': 6, 'olmo': 2}
    """
    fitted, kept = runs(counting), corpus().query("held_out")
    kept = kept.assign(spent=spent(kept))
    if counting == "nonembedding":
        kept = kept.assign(params=kept["params_nonembedding"])
    parts = []
    for (family, design), targets in kept.groupby(["family", "design"]):
        below = fitted[fitted["design"] == design]
        if len(below):
            rows = _by_protocol(Cut(0.0, below, targets), "Chinchilla")
            parts.append(rows.assign(design=str(design), family=str(family)))
    return pd.concat(parts, ignore_index=True)


def priced() -> tuple[str, ...]:
    """Return the designs whose advice can be priced: those with nominal budgets throughout.

    Examples
    --------
    >>> "kempner-fineweb" in priced()
    True
    """
    table = runs()
    without = set(table.loc[table["budget"].isna(), "design"])
    return tuple(name for name in sorted(set(table["design"])) if name not in without)


def regrets_of(design: str) -> pd.DataFrame:
    """Compute what following advice would have cost on one design; see `hindcast.regret`."""
    table = runs()
    table = table[table["design"] == design]
    found = regret(table, Protocol().cuts(table))
    if not len(found):
        return found
    numbers = ["budget", "decades", "params", "excess", "extra", "noise"]
    found[numbers] = found[numbers].map(lambda value: float(f"{value:.{DIGITS}g}"))
    found["clipped"] = found["clipped"].astype(int)
    found.insert(0, "design", design)
    return found


@cached
def regrets() -> pd.DataFrame:
    """Return the stored costs of following advice, with the family of each design.

    Returns
    -------
    DataFrame
        As `replication.hindcast.regret`, with ``design`` and ``family``.

    Examples
    --------
    >>> bool((regrets()["extra"] >= 0).all())
    True
    """
    family = runs().drop_duplicates("design").set_index("design")["family"]
    found = load("corpus", "regret")
    return found.assign(family=found["design"].map(family), clipped=found["clipped"] == 1)


def corpus_hash() -> str:
    """Return a hash of the corpus: of the bytes of all of its tables but the study's own.

    Examples
    --------
    >>> len(corpus_hash())
    12
    """
    total = hashlib.sha256()
    folder = _descriptor.root() / "corpus"
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in OWN:
            total.update(path.read_bytes())
    return total.hexdigest()[:12]


def drifts() -> list[dict[str, Any]]:
    """Return the drifts that the package ships, computed from the stored rows.

    Returns
    -------
    list of dict
        ``law`` and ``objective`` as a fit names them, ``level``, ``average`` with ``low`` and
        ``high`` (95 %, families resampled), ``new_family``, ``families``.
    """
    names = {"tied": "Chinchilla, beta=alpha", "outer": "OuterExponent"}
    found = []
    for control, law, objective in CASES.values():
        if control != "observed":
            continue
        rows = stored(control, law, objective)
        drift = drift_of(rows, LEVEL)
        found.append(
            {
                "law": names.get(law, law),
                "objective": objective,
                "level": LEVEL,
                "average": drift.average,
                "low": round(drift.low, 4),
                "high": round(drift.high, 4),
                "new_family": drift.new_family,
                "families": len(drift.by_family),
            }
        )
    return found


def main(arguments: list[str] | None = None) -> int:
    """Compute the study and store it."""
    parser = argparse.ArgumentParser(prog="make study", description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=-1, help="processes; all cores by default")
    parser.add_argument("--parts", type=Path, default=Path("_build/study"), help="where it resumes")
    options = parser.parse_args(arguments)
    try:
        from joblib import Parallel, delayed
        from rich.progress import track
    except ImportError:
        print("make study needs joblib and rich: pip install '.[study]'", file=sys.stderr)
        return 1
    options.parts.mkdir(parents=True, exist_ok=True)
    todo = tasks()
    work = Parallel(n_jobs=options.jobs, return_as="generator")(
        delayed(_part)(task, options.parts) for task in todo
    )
    parts = list(track(work, description="fits", total=len(todo)))
    tables = {}
    for name, case in CASES.items():
        own = [
            p for t, p in zip(todo, parts, strict=True) if case == (t.control, t.law, t.objective)
        ]
        tables[name] = pd.concat(own).sort_values(["design", "cut", "run"])
    costs = Parallel(n_jobs=options.jobs)(delayed(regrets_of)(design) for design in priced())
    tables["regret"] = pd.concat(costs).sort_values(["design", "cut", "budget", "approach"])
    for name, found in tables.items():
        place = _descriptor.root() / "corpus" / f"{name}.csv"
        found.to_csv(place, index=False, lineterminator="\n")
        print(f"{len(found)} rows in {place}")
    return 0


def ship() -> None:
    """Write the drifts into the package, where `replication.fitting.forecasts` reads them."""
    place = Path(__file__).parent / "fitting" / "drift.json"
    found = {"corpus": corpus_hash(), "drifts": drifts()}
    place.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _part(task: Task, folder: Path) -> pd.DataFrame:
    """Return the rows of a task, computed unless a part of the same protocol is kept."""
    basis = repr((task, Protocol(), STORED, corpus_hash(), _engine()))
    place = folder / f"{hashlib.sha256(basis.encode()).hexdigest()[:20]}.csv"
    if place.exists():
        return pd.read_csv(place, dtype={"run": str}, keep_default_na=True)
    rows = rows_of(task)
    rows.to_csv(place.with_suffix(".new"), index=False)
    place.with_suffix(".new").replace(place)  # whole, or not at all
    return rows


@cached
def _engine() -> str:
    """Return a hash of the code that computes a row."""
    total = hashlib.sha256()
    package = Path(__file__).parent
    for folder in ("fitting", "laws", "hindcast", "counting"):
        for path in sorted((package / folder).glob("*.py")):
            total.update(path.read_bytes())
    return total.hexdigest()


if __name__ == "__main__":
    # By its name, since workers are sent functions of a module that they can import.
    from replication import study

    sys.exit(study.main())
