"""What the headings of a table say: which column is which, and in what unit."""

import re
from collections.abc import Iterable, Mapping

from replication.errors import DataError, shown

ROLES: dict[str, tuple[str, ...]] = {
    "params": (
        "params",
        "param",
        "parameters",
        "n params",
        "num params",
        "num parameters",
        "param count",
        "params total",
        "total params",
        "total parameters",
        "model params",
        "model parameters",
        "model size",
        "params nonembedding",
        "params non embedding",
        "non embedding params",
        "non embedding parameters",
        "nonembedding params",
        "size",
        "n",
    ),
    "tokens": (
        "tokens",
        "train tokens",
        "training tokens",
        "n tokens",
        "num tokens",
        "total tokens",
        "tokens seen",
        "tokens trained",
        "token count",
        "dataset size",
        "data size",
        "d",
    ),
    "unique_tokens": ("unique tokens", "unique", "u"),
    "flops": (
        "flops",
        "flop",
        "train flops",
        "training flops",
        "training flop",
        "total flops",
        "compute",
        "train compute",
        "training compute",
        "budget",
        "c",
    ),
    "loss": (
        "loss",
        "final loss",
        "val loss",
        "valid loss",
        "validation loss",
        "eval loss",
        "test loss",
        "cross entropy",
        "ce loss",
        "lm loss",
        "train loss",
        "training loss",
        "ppl",
        "perplexity",
        "val ppl",
        "val perplexity",
        "validation perplexity",
        "bpb",
        "bits per byte",
        "l",
    ),
}
"""Headings by which a column is guessed, the likeliest first; lower case, words apart."""

SCALES = {
    "k": "thousands",
    "thousand": "thousands",
    "thousands": "thousands",
    "m": "millions",
    "mn": "millions",
    "million": "millions",
    "millions": "millions",
    "b": "billions",
    "bn": "billions",
    "billion": "billions",
    "billions": "billions",
    "t": "trillions",
    "trillion": "trillions",
    "trillions": "trillions",
    "pfdays": "pf-days",
}
UNIT_WORDS = ("nats", "nat", "bits", "bit", "per", "token", "byte", "perplexity", "ppl")
_WORD = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
"""A word: an abbreviation, in the plural (FLOPs) or not, a word, or a number."""


def _words(heading: str) -> list[str]:
    text = re.sub(r"(?i)pf[\s/_-]*s?[\s_-]*days?", " pfdays ", heading)
    return [word.lower() for word in _WORD.findall(text)]


def unit_of_heading(heading: str) -> str:
    """Return the unit of a count that its heading names, or nothing.

    Parameters
    ----------
    heading : str
        Heading of a column.

    Returns
    -------
    str
        ``"thousands"``, ``"millions"``, ``"billions"``, ``"trillions"``, ``"pf-days"`` or an
        empty text. A single letter counts only after the name: ``tokens_B``, ``Params (M)``.

    Examples
    --------
    >>> [unit_of_heading(h) for h in ("Params (M)", "tokens_B", "compute PF-days", "n_params", "b")]
    ['millions', 'billions', 'pf-days', '', '']
    """
    words = _words(heading)
    return next((SCALES[word] for word in reversed(words[1:]) if word in SCALES), "")


def guess_columns(
    headings: Iterable[str], known: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Guess which column plays which part, by its heading alone.

    Parameters
    ----------
    headings : iterable of str
        Headings of the table.
    known : mapping of str to str, optional
        Columns that are already named, by their part; no other is guessed for these.

    Returns
    -------
    dict of str to str
        The column of each part of `ROLES` that was found and is not in `known`.

    Raises
    ------
    DataError
        If two columns are equally likely.

    Examples
    --------
    >>> guess_columns(["Model size (M)", "Training tokens", "val_loss", "lr"])
    {'params': 'Model size (M)', 'tokens': 'Training tokens', 'loss': 'val_loss'}
    >>> guess_columns(["params", "val_loss", "Val Loss"], {"loss": "val_loss"})
    {'params': 'params'}
    """
    names = [str(name) for name in headings]
    known = known or {}
    free = [name for name in names if name not in known.values()]
    found: dict[str, str] = {}
    for role, aliases in ROLES.items():
        if role in known:
            continue
        if role in free:
            found[role] = role
            continue
        ranks = {name: _rank(name, aliases) for name in free}
        best = min(ranks.values(), default=len(aliases))
        if best == len(aliases):
            continue
        likely = [name for name, rank in ranks.items() if rank == best]
        if len(likely) > 1:
            raise DataError(
                f"The {role} may be {' or '.join(map(shown, likely))}. Say which: "
                f"--{role.replace('_', '-')} {shown(likely[0])} (columns={{'{role}': ...}})."
            )
        found[role] = likely[0]
    return found


def _rank(heading: str, aliases: tuple[str, ...]) -> int:
    """Return the place of a heading among the likely ones, their number if it is none."""
    words = _words(heading)
    while words:
        if (text := " ".join(words)) in aliases:
            return aliases.index(text)
        # What stands behind the name may be its unit: "Tokens (B)", "final loss (bits)".
        if words[-1] not in SCALES and words[-1] not in UNIT_WORDS:
            break
        words = words[:-1]
    return len(aliases)
