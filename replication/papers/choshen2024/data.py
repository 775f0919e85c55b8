"""Families of models whose training curves are public, one table a family."""

import pandas as pd

from replication import datasets
from replication._memo import cached
from replication.errors import unknown

__all__ = ["KEY", "LADDERS", "NAMES", "REPEATED", "SIBLINGS", "family", "overview"]

KEY = "choshen2024"
NAMES = {
    "gpt3": "GPT-3",
    "opt": "OPT",
    "pythia": "Pythia",
    "deepmind-dense": "DeepMind dense",
    "revisiting-lm": "Revisiting LM",
    "olmo-ladder-1xC": "OLMo ladder, 1x",
    "olmo-ladder-10xC": "OLMo ladder, 10x",
    "trunks": "constant rate",
    "t5-pile": "T5 on the Pile",
    "datablations-c4": "datablations, C4",
    "datablations-oscar": "datablations, OSCAR",
}
"""The eleven families that count, one for each set of runs, with the names that figures show."""
LADDERS = ("gpt3", "opt", "pythia", "deepmind-dense", "trunks")
"""Families with five sizes or more below the largest."""
SIBLINGS = ("pythia-dedup", "olmo")
"""The Pythia on other text, and OLMo, which has only two sizes."""
REPEATED = tuple(f"datablations-{text}-{n}ep" for text in ("c4", "oscar") for n in (2, 3, 4, 5, 7))
"""The runs of muennighoff2023 that read their text a few times."""
SPIKE = 100.0
"""A loss above which a checkpoint is left out: one of T5 on the Pile has 8,265."""


@cached
def family(name: str, spikes: bool = False) -> pd.DataFrame:
    """Return the checkpoints of one family.

    Parameters
    ----------
    name : str
        One of `NAMES`, `SIBLINGS` or `REPEATED`.
    spikes : bool
        Whether checkpoints with a loss above `SPIKE` stay in. The exclusion is ours.

    Returns
    -------
    DataFrame
        One row a checkpoint, by size and tokens: ``run`` (the model), ``params`` and ``tokens``
        (counts), ``loss`` in the unit of the family, nats per token for most.

    Raises
    ------
    UnknownNameError
        If there is no such family.

    Examples
    --------
    >>> family("gpt3")["run"].unique().tolist()
    ['small', 'medium', 'large', 'xl', '2.7b', '6.7b', '13b', '175b']
    >>> len(family("t5-pile", spikes=True)) - len(family("t5-pile"))
    1
    """
    if name not in (*NAMES, *SIBLINGS, *REPEATED):
        raise unknown("family", name, (*NAMES, *SIBLINGS, *REPEATED))
    if name == "trunks":
        rows = datasets.runs("su2024").assign(run=lambda t: t["size"])
    elif name.startswith("datablations"):
        rows = _datablations(name)
    else:
        rows = datasets.load(KEY, "curves").rename(columns={"model": "run"})
        rows = rows[rows["family"] == name]
    if not spikes:
        rows = rows[rows["loss"] < SPIKE]
    kept = rows[["run", "params", "tokens", "loss"]].astype({"params": float, "tokens": float})
    return kept.sort_values(["params", "run", "tokens"], ignore_index=True)


def _datablations(name: str) -> pd.DataFrame:
    """Return runs of muennighoff2023 on one text with one number of epochs."""
    _, text, *epochs = name.split("-")
    number = int(epochs[0].removesuffix("ep")) if epochs else 1
    rows = datasets.load("muennighoff2023", "curves")
    rows = rows[(rows["dataset"] == text) & (rows["epochs"] == number)]
    # Sizes of that table are names; the largest is the one with which the others are compared.
    return rows.assign(run=rows["size"], params=rows["size"].str.rstrip("B").astype(float) * 1e9)


@cached
def overview() -> pd.DataFrame:
    """Return what each family of `NAMES` holds.

    Returns
    -------
    DataFrame
        By family: ``sizes``, ``smallest`` and ``largest`` (parameters), ``checkpoints``,
        ``tokens`` (of the longest run), ``scale_up`` of the largest over the next smaller size.

    Examples
    --------
    >>> overview()["sizes"].to_dict()["gpt3"]
    8
    """
    listed = []
    for name in NAMES:
        rows = family(name)
        sizes = rows["params"].drop_duplicates().sort_values().to_numpy()
        listed.append(
            {
                "family": name,
                "sizes": len(sizes),
                "smallest": sizes[0],
                "largest": sizes[-1],
                "checkpoints": len(rows),
                "tokens": rows["tokens"].max(),
                "scale_up": sizes[-1] / sizes[-2],
            }
        )
    return pd.DataFrame(listed).set_index("family")
