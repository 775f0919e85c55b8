"""The registry of laws: each with its coefficients, its range, its units and its verdicts."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from replication import laws
from replication._memo import cached
from replication.datasets import descriptor
from replication.errors import ArgumentError, IntegrityError, unknown
from replication.fitting import Evidence

PLACE = ("registry", "laws.json")
"""Folder and name of the file under ``data/``."""
SCHEMA = ("registry", "schema.json")
"""Folder and name of the file's JSON schema."""


@dataclass(frozen=True)
class Entry:
    """A law of the registry.

    Parameters
    ----------
    id : str
        Its address, ``<paper>/<set>`` as `published` takes it, or ``corpus/<design>``.
    title : str
        What it is, in a line.
    form : str
        Class in `replication.laws`.
    python, latex : str
        The formula; see `replication.laws.Formula`.
    inputs : dict
        Unit of each input, in the order in which the formula takes them.
    response, unit : str
        What is predicted, and in what (nats per token for a loss).
    coefficients : dict
        Value of each coefficient.
    provenance : dict
        Where each coefficient was read.
    counting, text : str
        What counts as a parameter, and the text that the loss is of; empty where unknown.
    range : dict
        Lowest and highest value of the inputs that the law was fitted to, as far as known.
    runs : int or None
        How many runs that were, where they are in ``data/``.
    licence : str
        Of the source.
    claims : dict
        Verdict of each claim about the coefficients, as the ledger expects it.
    drift : dict or None
        What a forecast adds beyond the range at 80 %, in relative error per decade of compute:
        ``average`` over families and ``new_family``; see `replication.fitting.forecasts`.
    draws : dict or None
        How else the coefficients could be: equally likely values of each.
    notes : tuple of str
        What a user should know.

    Examples
    --------
    >>> import replication as rp
    >>> entry = rp.registry()["hoffmann2022/printed"]
    >>> entry
    hoffmann2022/printed: Chinchilla's law, as printed; loss in nats per token
    >>> entry.law.alpha, entry.range["params"]
    (0.34, (57334200.0, 16183350000.0))
    """

    id: str
    title: str
    form: str
    python: str
    latex: str
    inputs: Mapping[str, str]
    response: str
    unit: str
    coefficients: Mapping[str, float]
    provenance: Mapping[str, str]
    counting: str
    text: str
    range: Mapping[str, tuple[float, float]]
    runs: int | None
    licence: str
    claims: Mapping[str, str]
    drift: Mapping[str, float] | None = None
    draws: Mapping[str, tuple[float, ...]] | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return the address, the title, and what is predicted in which unit."""
        return f"{self.id}: {self.title}; {self.response} in {self.unit}"

    @property
    def law(self) -> laws.Law:
        """The law with these coefficients."""
        return laws.by_name(self.form)(**self.coefficients)

    def evidence(self) -> Evidence[laws.Law]:
        """Return the law with its draws, for intervals of what it predicts.

        Returns
        -------
        Evidence
            As a fit gives one; without draws the ends of its intervals are NaN.

        Examples
        --------
        >>> import replication as rp
        >>> found = rp.registry()["corpus/chinchilla"].evidence()
        >>> row = found.predict(params=70e9, tokens=1.4e12).iloc[0]
        >>> bool(row["low"] < row["estimate"] < row["high"])
        True
        """
        drawn = None
        if self.draws is not None:
            drawn = laws.by_name(self.form)(**{k: np.array(v) for k, v in self.draws.items()})
        return Evidence(self.law, drawn, text=self.id)


class Registry(dict[str, Entry]):
    """All laws of the registry by their addresses, in the order of the file.

    Examples
    --------
    >>> import replication as rp
    >>> found = rp.registry()
    >>> found["kaplan2020/joint"].inputs
    {'params': 'parameters', 'tokens': 'tokens'}
    >>> "kaplan2020/join" in found
    False
    """

    def __missing__(self, address: str) -> Entry:
        """Refuse an address that there is not, with those that there are."""
        raise unknown("law of the registry", address, list(self))

    def __repr__(self) -> str:
        """Return how many laws of how many sources there are."""
        sources = {address.split("/")[0] for address in self}
        return f"Registry: {len(self)} laws, of {len(sources)} sources"

    def to_frame(self) -> pd.DataFrame:
        """Return a row a law, without its draws.

        Returns
        -------
        pandas.DataFrame
            ``id``, ``title``, ``form``, ``response``, ``unit``, ``counting``, ``text``, ``runs``,
            ``draws`` (how many) and the number of claims by verdict.

        Examples
        --------
        >>> import replication as rp
        >>> table = rp.registry().to_frame().set_index("id")
        >>> table.loc["gadre2024/c4", ["form", "text"]].tolist()
        ['OverTraining', 'c4_eval']
        """
        kept = ("id", "title", "form", "response", "unit", "counting", "text", "runs")
        verdicts = ("reproduced", "differs", "untestable")
        rows = []
        for entry in self.values():
            drawn = len(next(iter(entry.draws.values()))) if entry.draws else 0
            found = list(entry.claims.values())
            rows.append(
                {name: getattr(entry, name) for name in kept}
                | {"draws": drawn}
                | {verdict: found.count(verdict) for verdict in verdicts}
            )
        return pd.DataFrame(rows)


def registry() -> Registry:
    """Return the registry of laws.

    Returns
    -------
    Registry
        A dictionary from ``"<paper>/<set>"`` and ``"corpus/<design>"`` to an `Entry`: all
        coefficient sets that papers of this book have published, and Chinchilla's law as fitted
        here to every design of the public corpus that identifies it, with draws. Losses in nats
        per token.

    Raises
    ------
    IntegrityError
        If the file is missing or is not JSON.

    Examples
    --------
    >>> registry()["besiroglu2024/printed"].law
    Chinchilla(A=482.01, B=2085.43, E=1.8172, alpha=0.3478, beta=0.3658)
    """
    return Registry({entry.id: entry for entry in _parsed(written(PLACE))})


@cached
def _parsed(raw: bytes) -> tuple[Entry, ...]:
    with reading(PLACE):
        return tuple(entry_of(each) for each in json.loads(raw)["laws"])


def written(place: tuple[str, ...]) -> bytes:
    """Return what `make registry` wrote to a place under ``data/``.

    Raises
    ------
    IntegrityError
        If it is missing.

    Examples
    --------
    >>> b"besiroglu2024/printed" in written(PLACE)
    True
    """
    path = descriptor.root().joinpath(*place)
    if not path.is_file():
        raise IntegrityError(
            f"data/{'/'.join(place)} is missing from {descriptor.root()}. {_again(place)}"
        )
    return path.read_bytes()


@contextmanager
def reading(place: tuple[str, ...]) -> Iterator[None]:
    """Say of what `make registry` wrote that it cannot be read, where that turns out.

    Raises
    ------
    IntegrityError
        Instead of what a file with another content leads to.

    Examples
    --------
    >>> with reading(PLACE):
    ...     json.loads("{}")["laws"]
    Traceback (most recent call last):
        ...
    replication.errors.IntegrityError: data/registry/laws.json cannot be read ('laws'). Restore it
    with `git checkout -- data/registry/laws.json`, write it again with `make registry`, or
    reinstall the package.
    """
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityError(
            f"data/{'/'.join(place)} cannot be read ({error}). {_again(place)}"
        ) from error


def _again(place: tuple[str, ...]) -> str:
    """Say how to get a file of the registry back."""
    return (
        f"Restore it with `git checkout -- data/{'/'.join(place)}`, write it again with "
        "`make registry`, or reinstall the package."
    )


def entry_of(found: Mapping[str, Any]) -> Entry:
    """Return an entry from its JSON.

    Raises
    ------
    ArgumentError
        If it is no object.

    Examples
    --------
    >>> import replication as rp
    >>> entry = rp.registry()["gadre2024/c4"]
    >>> entry_of(json_of(entry)) == entry
    True
    """
    if not isinstance(found, Mapping):
        raise ArgumentError(f"An entry of the registry is an object, and not {found!r:.60}.")
    shaped = dict(found)
    shaped["range"] = {k: (float(v[0]), float(v[1])) for k, v in found["range"].items()}
    if found.get("draws") is not None:
        shaped["draws"] = {k: tuple(map(float, v)) for k, v in found["draws"].items()}
    shaped["notes"] = tuple(found.get("notes", ()))
    return Entry(**shaped)


def json_of(entry: Entry) -> dict[str, Any]:
    r"""Return an entry as JSON has it; what is unknown is null.

    Examples
    --------
    >>> import replication as rp
    >>> json_of(rp.registry()["kaplan2020/params"])["latex"]
    'L(N) = (N_c / N)^{\\alpha_N}'
    """
    return {name: _plain(getattr(entry, name)) for name in Entry.__dataclass_fields__}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, tuple) else value
