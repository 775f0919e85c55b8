"""Writing the registry of laws: ``make registry``.

It joins what stands elsewhere: the published coefficients (``data/<paper>/laws.csv``), what they
mean (``data/registry/sets.csv``), the verdicts that the ledger expects, the ranges of the runs, and
fits of Chinchilla's law to the designs of the corpus, with draws.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from replication import datasets, laws
from replication.datasets import descriptor, registered
from replication.datasets.registered import Entry, json_of
from replication.errors import ReplicationError
from replication.fitting import Fit, fit
from replication.fitting.forecasts import shipped

FORMAT = 1
"""Of the file; a change that a reader of the file has to know about raises it."""
DRAWS = 200
DIGITS = 7
"""Of the coefficients of fits and of draws: finer than any of their intervals by far."""
UNITS = {
    "activation_bits": "bits",
    "bits": "bits",
    "flops": "FLOPs",
    "kv_bits": "bits",
    "loss": "nats per token",
    "min_steps": "steps",
    "params": "parameters",
    "params_no_embedding": "parameters",
    "token_multiplier": "tokens per parameter",
    "tokens": "tokens",
    "unique_tokens": "tokens",
    "weight_bits": "bits",
}
FITTED = "Chinchilla"
"""The law that is fitted to every design, by the Huber objective in the log loss."""
REFUSED = frozenset({"unidentified", "at_bound", "not_converged"})
"""Notes of a fit that is no law to be handed on."""


def entries() -> Iterator[Entry]:
    """Yield the entries of the registry, published ones first.

    Yields
    ------
    Entry
        In the order of the file.
    """
    yield from published_entries()
    for design in datasets.designs()["design"]:
        if (entry := fitted_entry(design)) is not None:
            yield entry


def published_entries() -> Iterator[Entry]:
    """Yield an entry for every coefficient set that a paper has published.

    Yields
    ------
    Entry
        By paper and name of the set.

    Examples
    --------
    >>> next(published_entries())
    besiroglu2024/notebook_grid: Chinchilla's law, refitted from a grid of starts; loss in
    nats per token
    """
    for _, row in datasets.load("registry", "sets").iterrows():
        paper, name = row["paper"], row["set"]
        law = datasets.published(paper, name)
        table = datasets.load(paper, "laws").query("name == @name")
        where = dict(zip(table["coefficient"], table["where"], strict=True))
        words = dict(zip(table["coefficient"], table["provenance"], strict=True))
        inputs = dict([row["inputs"].split(": ", 1)]) if row["inputs"] else units_of(law)
        claims = datasets.load(paper, "claims").set_index("id")["expected"]
        ranges, runs, design = range_of(row)
        formula = laws.formula_of(law)
        if row["inputs"]:
            (column,), (named,) = law.inputs, inputs
            formula = type(formula)(formula.python.replace(column, named), formula.latex)
        yield Entry(
            id=f"{paper}/{name}",
            title=row["title"],
            form=type(law).__name__,
            python=formula.python,
            latex=formula.latex,
            inputs=inputs,
            response=row["response"],
            unit=row["unit"],
            coefficients=law.to_dict(),
            provenance={k: f"{where[k]} ({words[k]})" for k in law.to_dict()},
            counting=row["counting"] or design.get("counting", ""),
            text=row["text"] or design.get("loss_on", ""),
            range=ranges,
            runs=runs,
            licence=datasets.describe(paper, "laws").licence,
            claims={k: str(claims[k]) for k in filter(None, row["claims"].split(";"))},
            drift=drift_of(type(law).__name__),
            notes=tuple(dict.fromkeys(note for note in table["note"] if note)),
        )


def fitted_entry(design: str) -> Entry | None:
    """Return Chinchilla's law as fitted to a design of the corpus, or None if it is not identified.

    Parameters
    ----------
    design : str
        Name of the design.

    Returns
    -------
    Entry or None
        With draws from refits of resampled runs, curves and seeds as wholes.

    Examples
    --------
    >>> fitted_entry("routed-dense") is None  # one number of tokens for all
    True
    """
    runs = datasets.corpus(design)
    runs = runs[runs["held_out"] == 0]
    try:
        found: Fit[Any] = fit(laws.Chinchilla, runs, group="group")
        if REFUSED & {note.code for note in found.notes}:
            return None
        boot = found.bootstrap(DRAWS, seed=0)
    except ReplicationError:
        return None
    listed = datasets.designs().set_index("design").loc[design]
    formula = laws.formula_of(FITTED)
    refits = boot.to_frame()
    return Entry(
        id=f"corpus/{design}",
        title=f"Chinchilla's law, fitted here to {design}",
        form=FITTED,
        python=formula.python,
        latex=formula.latex,
        inputs=units_of(found.law),
        response="loss",
        unit=str(listed["loss_unit"]),
        coefficients=rounded(found.law.to_dict()),
        provenance=dict.fromkeys(found.law.to_dict(), "fitted to the runs in data/ (measured)"),
        counting=str(listed["counting"]),
        text=str(listed["loss_on"]),
        range=limits(runs, ("params", "tokens", "flops")),
        runs=len(runs),
        licence=str(listed["licence"]),
        claims={},
        drift=drift_of(FITTED),
        draws={k: tuple(rounded(dict(enumerate(refits[k]))).values()) for k in found.law.names()},
        notes=tuple(note.message for note in found.notes),
    )


def units_of(law: laws.Law) -> dict[str, str]:
    """Return the unit of each input of a law.

    Examples
    --------
    >>> units_of(laws.PowerLaw(A=400.0, alpha=0.1))
    {'flops': 'FLOPs'}
    """
    return {name: UNITS[name] for name in law.inputs}


def range_of(row: "pd.Series[str]") -> tuple[dict[str, tuple[float, float]], int | None, Any]:
    """Return the range of the inputs of a set, the number of runs, and what the corpus says."""
    source = row["source"]
    if not source:
        parts = [part.split() for part in row["range"].split(";") if part.strip()]
        return {name: (float(low), float(high)) for name, low, high in parts}, None, {}
    columns = ("params", "tokens", "flops", "unique_tokens")
    if source in datasets.papers():
        runs = datasets.runs(source)
        return limits(runs, columns), len(runs), {}
    runs = datasets.corpus(source)
    return limits(runs, columns), len(runs), datasets.designs().set_index("design").loc[source]


def limits(runs: pd.DataFrame, columns: tuple[str, ...]) -> dict[str, tuple[float, float]]:
    """Return the lowest and highest value of those columns that a table has.

    Examples
    --------
    >>> limits(pd.DataFrame({"params": [2.0, 1.0]}), ("params", "tokens"))
    {'params': (1.0, 2.0)}
    """
    held = [name for name in columns if name in runs and runs[name].notna().any()]
    return {name: (float(runs[name].min()), float(runs[name].max())) for name in held}


def drift_of(form: str) -> dict[str, float] | None:
    """Return what forecasts by a law add, where the corpus has measured it at 80 %."""
    for row in shipped()["drifts"]:
        if (row["law"], row["objective"], row["level"]) == (form, "log-huber", 0.8):
            return {name: row[name] for name in ("average", "new_family")}
    return None


def rounded(values: dict[Any, float]) -> dict[Any, float]:
    """Return numbers with as many digits as the registry keeps.

    Examples
    --------
    >>> rounded({"E": 1.6912345678})
    {'E': 1.691235}
    """
    return {name: float(f"{value:.{DIGITS}g}") for name, value in values.items()}


def text_of(found: list[Entry]) -> str:
    """Return the file: one line a property, one entry after the other."""
    listed = [json_of(entry) for entry in found]
    package = {"$schema": "schema.json", "format": FORMAT, "laws": listed}
    text = json.dumps(package, indent=1, ensure_ascii=False, allow_nan=False)
    return compact(text) + "\n"


def compact(text: str) -> str:
    r"""Put lists of numbers, which indented JSON spreads over many lines, on one line each.

    Examples
    --------
    >>> compact('{"a": [\n   1.5,\n   2.0\n  ]}')
    '{"a": [1.5, 2.0]}'
    """
    numbers = r"\[\s*(-?[\d.][^\[\]{}\"]*?)\s*\]"
    return re.sub(numbers, lambda m: "[" + re.sub(r"\s*,\s*", ", ", m.group(1)) + "]", text)


def write() -> None:
    """Write the registry into ``data/``."""
    place = descriptor.root().joinpath(*registered.PLACE)
    place.write_text(text_of(list(entries())), encoding="utf-8")


if __name__ == "__main__":
    write()
