"""The unit of a column, where its name or the size of its numbers gives it away."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replication.errors import DataError, Note, shown

Array = NDArray[Any]

# A name is read twice: "valBPB" ends a word before a capital, "BPBval" after the last one.
_WORDS = (
    re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+"),
    re.compile(r"[A-Z]+|[a-z]+|[0-9]+"),
)
_SHORT = {"bpb": "byte", "bpc": "character", "bpt": "token", "bpw": "word"}
_PARTS = {
    "byte": "byte",
    "bytes": "byte",
    "char": "character",
    "chars": "character",
    "character": "character",
    "characters": "character",
    "tok": "token",
    "token": "token",
    "tokens": "token",
    "word": "word",
    "words": "word",
}
_PERPLEXITY = {"ppl", "ppls", "ppx", "perplexity", "perplexities"}

LEAST_PARAMS = 1e4
"""Typical parameters of a run below which they look like millions or billions."""
LEAST_TOKENS = 1e6
"""Typical training tokens of a run below which they look like millions or billions."""
RATIOS = (0.01, 1e5)
"""Typical tokens per parameter outside which one of the two looks as if in another unit."""
MOST_NATS = 13.0
"""A loss of nats per token above that of guessing among any vocabulary: exp(13) = 442,000."""


def unit_in_name(name: str) -> str:
    """Return the unit that a name of a loss says, if it is not nats per token.

    A name is split at everything that is no letter and no digit, and where its case changes.

    Parameters
    ----------
    name : str
        The name of a column.

    Returns
    -------
    str
        ``"bits"``, ``"bits per byte"`` (or token, character, word), ``"perplexity"`` or nothing.

    Examples
    --------
    >>> [unit_in_name(n) for n in ("eval/bpb", "bitsPerByte", "val_ppl", "loss_8bit", "log_ppl")]
    ['bits per byte', 'bits per byte', 'perplexity', '', '']
    """
    for split in _WORDS:
        words = [word.lower() for word in split.findall(name)]
        if "nats" in words:
            return ""
        for k, word in enumerate(words):
            before, after = "".join(words[k - 1 : k]), words[k + 1 :]
            if word in _SHORT:
                return f"bits per {_SHORT[word]}"
            if whole := re.fullmatch(r"bits?per([a-z]+)", word):
                return f"bits per {_PARTS[whole[1]]}" if whole[1] in _PARTS else "bits"
            # "8bit" is a precision, not a unit of the loss.
            if word in ("bit", "bits") and not (before.isdigit() and after[:1] != ["per"]):
                parts = [_PARTS[other] for other in after if other in _PARTS]
                return f"bits per {parts[0]}" if parts else "bits"
            if word in _PERPLEXITY and before not in ("log", "ln"):
                return "perplexity"
    return ""


def unit_said(unit: str) -> str:
    """Return how a sentence says the unit of a name.

    Examples
    --------
    >>> unit_said("bits per byte"), unit_said("perplexity")
    ('in bits per byte', 'a perplexity')
    """
    return "a perplexity" if unit == "perplexity" else f"in {unit}"


def repair(unit: str) -> str:
    """Return how a loss in a unit becomes one in nats per token, as the end of a sentence.

    Examples
    --------
    >>> repair("bits")
    'convert it with replication.units.nats_from_bits'
    """
    if unit == "perplexity":
        return "take its natural logarithm, numpy.log"
    convert = "convert it with replication.units.nats_from_bits"
    part = unit.removeprefix("bits per ")
    if part in (unit, "token"):
        return convert
    return f"{convert} and divide by the tokens per {part} of your text"


def refuse_unit(name: str, reader: str) -> None:
    """Refuse a loss whose name says that it is not in nats per token.

    Parameters
    ----------
    name : str
        The column.
    reader : str
        Who needs it (a law, a method), for the message.

    Raises
    ------
    DataError
        If the name says bits or perplexity.

    Examples
    --------
    >>> refuse_unit("val_ppl", "Chinchilla")
    Traceback (most recent call last):
        ...
    replication.errors.DataError: Column 'val_ppl' is named a perplexity, but Chinchilla is in nats
    per token: take its natural logarithm, numpy.log, and name it 'loss'.
    """
    if not (unit := unit_in_name(name)):
        return
    part = unit.removeprefix("bits per ")
    other = (
        f" Or name the nats 'nats_per_{part}', to have E, A and B in that unit."
        if part in ("byte", "character", "word")
        else ""
    )
    raise DataError(
        f"Column {shown(name)} is named {unit_said(unit)}, but {reader} is in nats per token: "
        f"{repair(unit)}, and name it 'loss'.{other}"
    )


def unit_notes(columns: Mapping[str, Array]) -> tuple[Note, ...]:
    """Say which numbers look as if they were in another unit than a loss law reads.

    Parameters
    ----------
    columns : mapping of str to ndarray
        What a law or a method read, by its names: ``params`` and ``tokens`` (counts) and ``loss``
        (nats per token). Without a loss nothing is said, and of other columns neither.

    Returns
    -------
    tuple of Note
        Notes with the code ``units``; empty if the numbers look like what they should be.

    Examples
    --------
    >>> notes = unit_notes({"params": np.array([125.0, 350.0]), "loss": np.array([3.1, 2.9])})
    >>> print(notes[0])
    units: params run from 125 to 350, as if in millions or billions. Counts are plain numbers: if
    so, multiply by 1e6 or 1e9 and fit again.
    """
    if "loss" not in columns:
        return ()
    notes = [
        Note(
            "units",
            f"{name} run from {np.min(values):.4g} to {np.max(values):.4g}, as if in millions or "
            "billions.",
            "Counts are plain numbers: if so, multiply by 1e6 or 1e9 and fit again.",
        )
        for name, least in (("params", LEAST_PARAMS), ("tokens", LEAST_TOKENS))
        if (values := columns.get(name)) is not None and np.median(values) < least
    ]
    if not notes and {"params", "tokens"} <= set(columns):
        ratio = float(np.median(columns["tokens"] / columns["params"]))
        if not RATIOS[0] <= ratio <= RATIOS[1]:
            notes.append(
                Note(
                    "units",
                    f"The runs have about {ratio:.3g} tokens a parameter.",
                    "Check the units of params and tokens: both are plain counts.",
                )
            )
    if (loss := float(np.median(columns["loss"]))) > MOST_NATS:
        notes.append(
            Note(
                "units",
                f"A loss of about {loss:.3g} is more than guessing among any vocabulary costs.",
                "If it is a perplexity, fit its natural logarithm; a loss is in nats per token.",
            )
        )
    return tuple(notes)
