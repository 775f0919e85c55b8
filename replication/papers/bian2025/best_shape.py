"""The shape that the runs prefer, which the law of the paper cannot have."""

import pandas as pd

from replication._memo import cached
from replication.papers.bian2025.data import fitted_runs, held_out, large_runs, runs
from replication.papers.bian2025.fits import (
    LAWS,
    law_fit,
    paper_fit,
    predict,
    relative_errors,
    scores,
)

__all__ = ["COMMON", "best_shapes", "law_table", "shape_effects"]

COMMON = 64.0
"""The aspect ratio of one run of each fitted size, to which the others are compared."""
RESAMPLES = 500
SEED = 0
LEVEL = 0.9
"""Share of the bootstrap inside an interval."""


def shape_effects() -> pd.DataFrame:
    """Return what each shape costs against the one that every fitted size has.

    The sizes in a class differ by a few per cent; what that takes off the loss is taken out by the
    terms in N and D of the paper's law.

    Returns
    -------
    DataFrame
        Rows of `runs` in classes that have a run of aspect ratio `COMMON`, with ``excess``: the
        loss over that of this run, minus 1.

    Examples
    --------
    >>> table = shape_effects()
    >>> float(table.loc[table["aspect_ratio"] == 64, "excess"].abs().max())
    0.0
    """
    law = paper_fit("shape").law
    table = runs()
    table["relative"] = table["loss"] / predict(law, table.assign(aspect_ratio=COMMON))
    key = ["size", "tokens_per_param_nominal"]
    common = table[table["aspect_ratio"] == COMMON].set_index(key)["relative"].rename("common")
    table = table.join(common, on=key, how="inner")
    return table.assign(excess=table["relative"] / table["common"] - 1).reset_index(drop=True)


@cached
def best_shapes() -> pd.DataFrame:
    """Return the best aspect ratio with its interval, from all runs and by tokens per parameter.

    Returns
    -------
    DataFrame
        One row a set of runs: ``runs`` (a name), ``n``, ``R_opt`` with ``low`` and ``high`` (of a
        bootstrap over runs), ``kappa`` and ``deeper``, how many of the runs lie below `R_opt`.

    Examples
    --------
    >>> best_shapes()["R_opt"].round().tolist()
    [36.0, 44.0, 25.0, 35.0]
    """
    table = runs()
    sets = {"all": table} | {
        f"{multiple}": part for multiple, part in table.groupby("tokens_per_param_nominal")
    }
    rows = []
    for name, part in sets.items():
        found = law_fit("best shape", part)
        kappa = found.law.to_dict()["kappa"]
        row = found.bootstrap(RESAMPLES, seed=SEED).interval(LEVEL).loc["R_opt"]
        best = row["estimate"]
        deeper = int((part["aspect_ratio"] < best).sum())
        rows.append((name, len(part), best, row["low"], row["high"], kappa, deeper))
    columns = ["runs", "n", "R_opt", "low", "high", "kappa", "deeper"]
    return pd.DataFrame(rows, columns=columns)


@cached
def law_table() -> pd.DataFrame:
    """Return how each law does when fitted to the 27 runs of the paper.

    Returns
    -------
    DataFrame
        One row a law: ``law``, ``free`` fields, mean squared error over the runs of the fit
        (``fitted``), the others (``held_out``) and all (``all``) in squared nats, the largest
        relative error on the large models (``large``), and the codes of the notes.

    Examples
    --------
    >>> law_table().set_index("law")["held_out"].round(5).to_dict()["shape"]
    0.00065
    """
    rows = []
    for name in LAWS:
        found = paper_fit(name)
        parts = [
            float(scores(predict(found.law, part), part)["mse"])
            for part in (fitted_runs(), held_out(), runs())
        ]
        large = float(relative_errors(predict(found.law, large_runs()), large_runs()).max())
        notes = ", ".join(note.code for note in found.notes)
        rows.append((name, len(found.free), *parts, large, notes))
    columns = ["law", "free", "fitted", "held_out", "all", "large", "notes"]
    return pd.DataFrame(rows, columns=columns)
