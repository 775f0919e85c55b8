"""The laws that the planner asks, each with as much as is known of how sure it is.

They are one list for the command line, for Python and for the page *Plan your own*. The file
``data/registry/planner.json`` holds it; `replication.plans.refits` writes that file from the
chapters, which takes a while, and a test holds the two together.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from replication import laws
from replication._memo import cached
from replication.datasets.registered import reading, written
from replication.fitting import Evidence
from replication.fitting.forecasts import Noise
from replication.laws import DataConstrained, Law, PowerLaw

PLACE = ("registry", "planner.json")
"""Folder and name of the file under ``data/``."""
FORMAT = 1
"""Of the file; a change that a reader of the file has to know about raises it."""
DIGITS = 9
"""Significant digits of draws and scatter; coefficients keep all of theirs."""


@dataclass(frozen=True, eq=False)
class Source:
    """A law that the planner asks.

    Parameters
    ----------
    name : str
        As the table calls it.
    key : str
        The chapter it is from; empty for a law of one's own.
    evidence : Evidence or None
        A surface with its draws and what single runs scatter; None for a line.
    line : PowerLaw or None
        Optimal parameters in training FLOPs, of a line.
    drift : float or None
        What a decade of extrapolation adds to the relative error of a new family, for intervals
        of 80 %; None where it has not been measured.
    flops, ratio : tuple of float or None
        Ends of the training compute and of the tokens per parameter of the runs behind it; None
        where they are not public.

    Examples
    --------
    >>> Source("a line", "kaplan2020", None, PowerLaw(A=0.1, alpha=-0.5)).kind
    'line'
    """

    name: str
    key: str
    evidence: Evidence[Any] | None
    line: PowerLaw | None = None
    drift: float | None = None
    flops: tuple[float, float] | None = None
    ratio: tuple[float, float] | None = None

    @property
    def kind(self) -> str:
        """What it can be asked: ``surface``, ``repeats`` (a surface that knows them), ``line``."""
        if self.evidence is None:
            return "line"
        return "repeats" if isinstance(self.evidence.law, DataConstrained) else "surface"


def answering() -> dict[str, Source]:
    """Return the laws that the planner asks.

    They are the surfaces and lines of *Which law for which decision?*, the law of repeats
    (muennighoff2023), and the line of kaplan2020. Each fitted surface has 200 draws.

    Returns
    -------
    dict of str to Source
        By name, surfaces first.

    Raises
    ------
    IntegrityError
        If the file is missing or is not JSON.

    Examples
    --------
    >>> [source.name for source in answering().values() if source.kind == "repeats"]
    ['Muennighoff']
    """
    return _parsed(written(PLACE))


@cached
def _parsed(raw: bytes) -> dict[str, Source]:
    with reading(PLACE):
        return {each["name"]: source_of(each) for each in json.loads(raw)["laws"]}


def json_of(source: Source) -> dict[str, Any]:
    """Return a law of the planner as the file has it.

    Examples
    --------
    >>> found = json_of(Source("a line", "kaplan2020", None, PowerLaw(A=0.1, alpha=-0.5)))
    >>> found["form"], found["coefficients"], found["draws"]
    ('PowerLaw', {'A': 0.1, 'alpha': -0.5}, None)
    """
    law: Any = source.line if source.evidence is None else source.evidence.law
    draws = None if source.evidence is None else source.evidence.draws
    noise = None if source.evidence is None else source.evidence.noise
    return {
        "name": source.name,
        "key": source.key,
        "form": type(law).__name__,
        "coefficients": {name: float(value) for name, value in law.to_dict().items()},
        "text": "" if source.evidence is None else source.evidence.text,
        "drift": source.drift,
        "flops": source.flops,
        "ratio": source.ratio,
        "draws": draws and {name: rounded(values) for name, values in draws.to_dict().items()},
        "noise": noise and asdict(noise) | {"residuals": noise.residuals.tolist()},
    }


def source_of(found: Mapping[str, Any]) -> Source:
    """Return a law of the planner from its JSON.

    Examples
    --------
    >>> kept = answering()["Besiroglu"]
    >>> source_of(json_of(kept)).evidence.law == kept.evidence.law
    True
    """
    form = laws.by_name(found["form"])
    law = form(**found["coefficients"])
    ends = {name: found[name] and (found[name][0], found[name][1]) for name in ("flops", "ratio")}
    if isinstance(law, PowerLaw):
        return Source(found["name"], found["key"], None, law, found["drift"], **ends)
    draws: Law | None = None
    if found["draws"] is not None:
        draws = form(**{name: np.array(values) for name, values in found["draws"].items()})
    noise = None
    if found["noise"] is not None:
        noise = Noise(**found["noise"] | {"residuals": np.array(found["noise"]["residuals"])})
    known = Evidence(law, draws, None, found["text"], noise=noise)
    return Source(found["name"], found["key"], known, None, found["drift"], **ends)


def rounded(values: Any) -> list[float]:
    """Return numbers with as many digits as draws keep.

    Examples
    --------
    >>> rounded([0.12345678912])
    [0.123456789]
    """
    return [float(f"{value:.{DIGITS}g}") for value in np.ravel(values)]
