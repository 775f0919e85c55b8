"""A printed claim: one number that a paper states, and how near ours must come."""

import math
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import pandas as pd

from replication import datasets
from replication.errors import DataError

KINDS = ("measured", "arithmetic", "input", "qualitative", "check")
PROVENANCES = ("paper", "repository", "secondary", "confirmed")
VERDICTS = ("reproduced", "differs", "untestable")
TOLERANCE_KINDS = {
    "abs": "ours is within the tolerance of the printed number",
    "rel": "ours is within this fraction of the printed number",
    "digits": "ours rounds to the printed digits",
    "factor": "the ratio of ours and printed is at most this factor, either way",
    "sign": "ours has the printed sign: +, - or 0",
    "order": "ours is the printed ordering, largest first: `a > b > c`",
    "range": "ours is inside the printed `low..high`, ends included; an open end is left empty",
    "exact": "ours is the printed number, up to the rounding of floating point",
}
_TOLERANT = ("abs", "rel", "factor")


@dataclass(frozen=True)
class Claim:
    """One number that a paper states.

    Parameters
    ----------
    paper, id : str
        Key of the paper, identifier within it: together the key of the claim.
    where, quantity, unit : str
        Place in the paper, what is measured, in which unit (``"1"`` for none).
    kind : str
        One of `KINDS`; a ``"check"`` is an equality of ours that the paper does not state.
    printed : str
        The number digit for digit: ``"0.50"`` claims two decimals, ``"0.5"`` one.
    tolerance : float or None
        Needed by ``abs`` (in the claim's unit), ``rel`` (a fraction) and ``factor``.
    tolerance_kind : str
        One of `TOLERANCE_KINDS`.
    provenance : str
        One of `PROVENANCES`.
    expected : str
        One of `VERDICTS`.
    variant : str
        The reading under which the number reproduces.
    note : str
        The reason, required unless the claim is plainly reproduced.
    family : str
        A name shared by claims that check one formula or restate one printed number: together
        they count as one number.

    Raises
    ------
    DataError
        If a field has a value that no rule can use.

    Examples
    --------
    >>> claim = read("besiroglu2024")[0]
    >>> claim.id, claim.printed, claim.tolerance, claim.tolerance_kind
    ('B1.A', '482.01', 0.001, 'rel')
    """

    paper: str
    id: str
    where: str
    quantity: str
    unit: str
    kind: str
    printed: str
    tolerance: float | None
    tolerance_kind: str
    provenance: str
    expected: str
    variant: str = ""
    note: str = ""
    family: str = ""

    @property
    def number(self) -> str:
        """The printed number that this row is about: its family, or the row itself."""
        return self.family or self.id

    def __post_init__(self) -> None:
        """Refuse a claim that could not be judged or understood."""
        for field in ("paper", "id", "where", "quantity", "unit", "printed"):
            if not getattr(self, field):
                raise self._error(f"{field} is empty; every claim needs one")
        for field, known in (
            ("kind", KINDS),
            ("tolerance_kind", tuple(TOLERANCE_KINDS)),
            ("provenance", PROVENANCES),
            ("expected", VERDICTS),
        ):
            if (value := getattr(self, field)) not in known:
                raise self._error(f"{field} is {value!r}; use one of {', '.join(known)}")
        self._check_tolerance()
        if not self.note and (self.expected != "reproduced" or self.variant):
            raise self._error("note is empty; say why it is not plainly reproduced")
        try:
            parse(self)
        except (ValueError, InvalidOperation):
            rule = TOLERANCE_KINDS[self.tolerance_kind]
            raise self._error(
                f"printed is {self.printed!r}, which {self.tolerance_kind} cannot use ({rule})"
            ) from None

    def _check_tolerance(self) -> None:
        if self.tolerance_kind not in _TOLERANT:
            if self.tolerance is not None:
                raise self._error(
                    f"tolerance is {self.tolerance:g}, but {self.tolerance_kind} takes none; "
                    "leave it empty"
                )
            return
        least = 1.0 if self.tolerance_kind == "factor" else 0.0
        if self.tolerance is None or not least <= self.tolerance < math.inf:
            kind = self.tolerance_kind
            raise self._error(
                f"tolerance is {self.tolerance}; {kind} needs a number from {least:g}"
            )

    def _error(self, problem: str) -> DataError:
        return DataError(
            f"Claim {self.id!r} of {self.paper}: {problem} (data/{self.paper}/claims.csv)."
        )


def read(key: str) -> tuple[Claim, ...]:
    """Read the claims of a paper from ``data/<key>/claims.csv``.

    Raises
    ------
    UnknownNameError
        If the paper is not known or has no claims.
    DataError
        If a row is not a valid claim, or an identifier occurs twice.

    Examples
    --------
    >>> read("besiroglu2024")[0].id
    'B1.A'
    """
    claims = []
    for row in datasets.load(key, "claims").to_dict("records"):
        tolerance = row.pop("tolerance")
        claims.append(
            Claim(
                paper=key,
                tolerance=None if pd.isna(tolerance) else float(tolerance),
                **{str(name): str(value) for name, value in row.items()},
            )
        )
    ids = [claim.id for claim in claims]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise DataError(
            f"data/{key}/claims.csv has more than one row for {', '.join(twice)}: an identifier "
            "names one number, so give each row its own."
        )
    return tuple(claims)


def parse(claim: Claim) -> float | str | tuple[float, float]:
    """Parse the printed text as the kind of its tolerance needs it."""
    text = claim.printed
    if claim.tolerance_kind == "order":
        names = text.split(" > ")
        if len(names) < 2 or not all(names):
            raise ValueError
        return text
    if claim.tolerance_kind == "range":
        low, dots, high = text.partition("..")
        if not dots or not (low or high):
            raise ValueError
        ends = float(low or -math.inf), float(high or math.inf)
        if not ends[0] <= ends[1]:
            raise ValueError
        return ends
    if claim.tolerance_kind == "sign" and text in ("+", "-"):
        return float(f"{text}1")
    value = float(Decimal(text))
    if not math.isfinite(value) or (claim.tolerance_kind in ("rel", "factor") and value == 0):
        raise ValueError
    return value
