"""A verdict: our answer held against the printed number."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from replication.claims.claim import Claim, parse
from replication.errors import ArgumentError, unknown

# Ours may stand exactly at the edge of a tolerance; binary fractions must not push it over.
_SLACK = 1e-9


@dataclass(frozen=True)
class Answer:
    """Our number for a claim.

    Parameters
    ----------
    ours : float or str
        In the unit of the claim; a text only for an ordering (see `ranking`).
    low, high : float, optional
        Our interval, for the reader. The verdict rests on `ours` alone.

    Raises
    ------
    ArgumentError
        If a number is not finite: a failed computation must not pass for an answer.

    Examples
    --------
    >>> Answer(0.51, low=0.49, high=0.54).ours
    0.51
    """

    ours: float | str
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, table: pd.DataFrame, name: str) -> "Answer":
        """Return a row of a table of intervals, such as `Bootstrap.interval` gives.

        Parameters
        ----------
        table : DataFrame
            With the columns ``estimate``, ``low`` and ``high``.
        name : str
            Its row.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"estimate": 0.51, "low": 0.49, "high": 0.54}, index=["a"])
        >>> Answer.of(table, "a")
        Answer(ours=0.51, low=0.49, high=0.54)
        """
        if name not in table.index:
            raise unknown("row of a table of intervals", name, table.index)
        return cls(*(float(table[end][name]) for end in ("estimate", "low", "high")))

    def __post_init__(self) -> None:
        """Turn numpy scalars into floats and refuse what is not finite."""
        for field in ("ours", "low", "high"):
            value = getattr(self, field)
            if value is None or isinstance(value, str):
                continue
            if not math.isfinite(value):
                raise ArgumentError(
                    f"{field} of an answer is {value}; a finite number is expected: look at the "
                    "fit or the data behind it."
                )
            object.__setattr__(self, field, float(value))


@dataclass(frozen=True)
class Judgement:
    """A claim, our answer and the verdict.

    Attributes
    ----------
    verdict : str
        One of `VERDICTS`, or ``"error"`` if the function behind the claim failed.
    error : Exception or None
        What the function raised.
    """

    claim: Claim
    answer: Answer | None
    verdict: str
    error: Exception | None = None

    @property
    def surprise(self) -> bool:
        """Whether the verdict is another than expected."""
        return self.verdict != self.claim.expected


def ranking(values: Mapping[str, float]) -> str:
    """Return the names from the largest value to the smallest, as ordering claims print them.

    Examples
    --------
    >>> ranking({"kaplan": 0.73, "hoffmann": 0.50})
    'kaplan > hoffmann'
    """
    return " > ".join(sorted(values, key=lambda name: values[name], reverse=True))


def judge(claim: Claim, answer: Answer | float | None) -> Judgement:
    """Hold our answer against the printed number.

    Parameters
    ----------
    claim : Claim
        What is printed, and how near ours must come.
    answer : Answer, float or None
        Ours, in the unit of the claim; None if there is no way to compute it.

    Returns
    -------
    Judgement
        Reproduced within the tolerance, differs outside it, untestable without an answer.

    Raises
    ------
    ArgumentError
        If the answer is not finite, or is a text where a number is claimed.

    Examples
    --------
    >>> from replication.claims import read
    >>> claim = read("besiroglu2024")[0]
    >>> claim.printed, judge(claim, 481.9).verdict, judge(claim, 490.0).verdict
    ('482.01', 'reproduced', 'differs')
    """
    if answer is None:
        return Judgement(claim, None, "untestable")
    if not isinstance(answer, Answer):
        answer = Answer(answer)
    if isinstance(answer.ours, str) != (claim.tolerance_kind == "order"):
        raise ArgumentError(
            f"Claim {claim.id!r} of {claim.paper} is judged by {claim.tolerance_kind}, the answer "
            f"is {answer.ours!r}: give a text made by `ranking` for order, else a number."
        )
    return Judgement(claim, answer, "reproduced" if _agrees(claim, answer.ours) else "differs")


def _agrees(claim: Claim, ours: float | str) -> bool:
    printed = parse(claim)
    if isinstance(ours, str) or isinstance(printed, str):
        return ours == printed
    if isinstance(printed, tuple):
        return printed[0] <= ours <= printed[1]
    tolerance = 0.0 if claim.tolerance is None else claim.tolerance * (1 + _SLACK)
    match claim.tolerance_kind:
        case "abs":
            return abs(ours - printed) <= tolerance
        case "rel":
            return abs(ours - printed) <= tolerance * abs(printed)
        case "digits":
            # In decimal, since binary fractions of this size may not resolve half a digit.
            exact = Decimal(claim.printed)
            half = Decimal(1).scaleb(int(exact.as_tuple().exponent)) / 2
            return abs(Decimal(ours) - exact) <= half * Decimal(1 + _SLACK)
        case "factor":
            ratio = ours / printed
            return 1 / tolerance <= ratio <= tolerance
        case "sign":
            return math.copysign(ours != 0, ours) == math.copysign(printed != 0, printed)
        case _:
            return math.isclose(ours, printed, rel_tol=_SLACK)
