"""Numbers as text, rounded the way a reader expects them."""

import math
from decimal import Decimal

from replication.claims import Claim, Judgement
from replication.errors import ArgumentError
from replication.plotting import count
from replication.plotting.axes import PREFIXES

SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
MINUS = "−"
# A number and its unit, or a mantissa and its power, must not be torn apart by a line break.
NBSP = "\N{NO-BREAK SPACE}"

COUNTED = ("parameters", "params", "tokens")
"""Units whose numbers are written as people say them: 70B, 1.4T."""
ENOUGH_DIGITS = 3
"""Significant digits from which ours is shown to the printed precision and no further."""


def text(value: float, spec: str = ".4g") -> str:
    r"""Write a number for prose.

    Parameters
    ----------
    value : float
        The number.
    spec : str
        A format of Python, such as ``".3f"``, ``",.0f"``, ``".1e"`` or ``".1%"``; or
        ``"count"`` for 70B and 1.4T.

    Returns
    -------
    str
        The number with a true minus sign, powers of ten written out, and a space before the
        percent sign.

    Raises
    ------
    ArgumentError
        If the number is not finite, or the format is none.

    Examples
    --------
    >>> text(0.34780, ".3f"), text(634773, ",.0f"), text(1.22e-16, ".1e"), text(70e9, "count")
    ('0.348', '634,773', '1.2\xa0×\xa010⁻¹⁶', '70B')
    """
    if not math.isfinite(value):
        raise ArgumentError(f"A number in prose must be finite, got {value}.")
    if spec == "count":
        return count(value).replace("-", MINUS)
    try:
        plain = format(float(value), spec)
    except ValueError:
        raise ArgumentError(
            f"{spec!r} is no format for a number; use one like '.3f', ',.0f', '.1e', '.1%' or "
            "'count'."
        ) from None
    return _pretty(plain)


def printed_text(claim: Claim) -> str:
    r"""Write what a claim's paper prints, digit for digit.

    Parameters
    ----------
    claim : Claim
        The claim.

    Returns
    -------
    str
        With thousands separated and powers of ten written out; a range in words.

    Examples
    --------
    >>> from replication.claims import read
    >>> claims = {claim.id: claim for claim in read("besiroglu2024")}
    >>> printed_text(claims["B1.A"]), printed_text(claims["B9.p_E"])
    ('482.01', '2.7\xa0×\xa010⁻⁶')
    >>> printed_text(claims["B15.runs"])
    'over 600,000'
    """
    if claim.tolerance_kind == "order":
        return claim.printed
    if claim.tolerance_kind == "range":
        low, _, high = claim.printed.partition("..")
        if low and high:
            return f"{_grouped(low)} to {_grouped(high)}"
        return f"over {_grouped(low)}" if low else f"under {_grouped(high)}"
    if claim.printed in ("+", "-"):
        return claim.printed.replace("-", MINUS)
    if (size := _size(claim))[1]:
        return _scaled(Decimal(claim.printed), claim.printed, size)
    return _grouped(claim.printed)


def ours_text(judgement: Judgement, value: float | str | None = None) -> str:
    """Write our number to the precision of the printed one.

    A digit is added where fewer than three significant ones are printed, and more where ours
    would otherwise vanish, or where rounding would hide whether it differs.

    Parameters
    ----------
    judgement : Judgement
        A claim with its answer.
    value : float or str, optional
        What to write; by default our answer. Its interval is written the same way.

    Returns
    -------
    str
        Empty if there is no answer.

    Examples
    --------
    >>> from replication.claims import judge, read
    >>> ours_text(judge(read("besiroglu2024")[0], 481.93127))
    '481.93'
    """
    if value is None:
        if judgement.answer is None:
            return ""
        value = judgement.answer.ours
    if isinstance(value, str):
        return value
    claim = judgement.claim
    if claim.tolerance_kind == "range" or claim.printed in ("+", "-"):
        return _significant(value, ENOUGH_DIGITS)
    printed = Decimal(claim.printed)
    # Things that are counted one by one have no decimals.
    one_by_one = claim.tolerance_kind == "exact" and claim.printed.isdigit()
    if one_by_one and value % 1 == 0 and not _size(claim)[1]:
        return _pretty(f"{value:,.0f}")
    # Of a count that is written out, 44000000, the noughts at the end are no printed digits.
    written_out = _size(claim)[1] and "e" not in claim.printed.lower()
    digits = len((printed.normalize() if written_out else printed).as_tuple().digits)
    extra = int(digits < ENOUGH_DIGITS)
    for more in (extra, extra + 1, extra + 2):
        shown, other = (_like(v, claim, more) for v in (value, float(printed)))
        hidden = judgement.verdict == "differs" and shown == other
        # A five at the end does not say which of the printed digits it rounds to.
        undecided = claim.tolerance_kind == "digits" and more > 0 and shown.endswith("5")
        if not (hidden or undecided):
            break
    return shown


def interval_text(judgement: Judgement) -> str:
    """Write the interval of our number to its precision.

    Parameters
    ----------
    judgement : Judgement
        A claim with its answer.

    Returns
    -------
    str
        Empty if there is none.

    Examples
    --------
    >>> from replication.claims import Answer, judge, read
    >>> interval_text(judge(read("besiroglu2024")[0], Answer(481.93, low=285.2, high=743.6)))
    '285.20 to 743.60'
    """
    answer = judgement.answer
    if answer is None or answer.low is None or answer.high is None:
        return ""
    return f"{ours_text(judgement, answer.low)} to {ours_text(judgement, answer.high)}"


def _size(claim: Claim) -> tuple[int, str]:
    """Return the power of ten and the letter by which people say a printed count, if any."""
    if claim.unit not in COUNTED or claim.tolerance_kind in ("range", "order", "sign"):
        return 0, ""
    printed = abs(Decimal(claim.printed))
    for size, letter in PREFIXES:
        if size >= 1e6 and size <= printed < 1000 * size:
            return round(math.log10(size)), letter
    return 0, ""


def _scaled(value: Decimal, printed: str, size: tuple[int, str], more: int = 0) -> str:
    """Write a count with its letter and the decimals of the printed one."""
    power, letter = size
    mantissa = Decimal(printed).scaleb(-power)
    if "e" not in printed.lower():
        mantissa = mantissa.normalize()
    decimals = max(0, -int(mantissa.as_tuple().exponent))
    return f"{value.scaleb(-power):,.{decimals + more}f}{letter}".replace("-", MINUS)


def _like(value: float, claim: Claim, more: int) -> str:
    """Write a value with the decimals of a printed number and some more."""
    printed = claim.printed.lower()
    if (size := _size(claim))[1]:
        # An exact count needs no further digits to show that it is the printed one.
        same = math.isclose(value, float(printed), rel_tol=1e-12)
        if not 0.1 <= abs(value) / 10.0 ** size[0] < 10_000:
            return text(value, "count")
        return _scaled(Decimal(value), printed, size, 0 if same else more)
    mantissa, e, power = printed.partition("e")
    decimals = len(mantissa.partition(".")[2])
    if e:
        # The printed power of ten, so that the two are compared at a glance; ours, if far away.
        scaled = value / 10.0 ** int(power)
        if 0.1 <= abs(scaled) < 1000:
            return _pretty(f"{scaled:.{decimals + more}f}e{power}")
        return _pretty(f"{value:.{decimals + more}e}")
    whole = len(mantissa.lstrip("+-").replace(".", "").lstrip("0"))
    decimals += more if decimals or whole < ENOUGH_DIGITS else 0
    if value and abs(value) < 10.0 ** (1 - decimals):  # fewer than two digits would be left
        return _significant(value, 2)
    return _pretty(f"{value:,.{decimals}f}")


def _significant(value: float, digits: int) -> str:
    size = math.floor(math.log10(abs(value))) if value else 0
    if size < -4 or size >= 9:
        return _pretty(f"{value:.{digits - 1}e}")
    return _pretty(f"{value:,.{max(0, digits - 1 - size)}f}")


def _grouped(printed: str) -> str:
    """Write digits as printed, thousands separated."""
    if "e" in printed.lower():
        return _pretty(printed.lower())
    return _pretty(f"{Decimal(printed):,f}")


def _pretty(plain: str) -> str:
    mantissa, e, exponent = plain.partition("e")
    if e and float(mantissa) == 0:
        return "0"
    if e:
        power = str(int(exponent)).translate(SUPERSCRIPTS)
        mantissa = f"{mantissa}{NBSP}×{NBSP}10{power}"
    elif mantissa.endswith("%"):
        mantissa = f"{mantissa[:-1]}{NBSP}%"
    # A nought that was rounded from below has no sign.
    if mantissa.startswith("-") and not any(c in "123456789" for c in mantissa):
        mantissa = mantissa[1:]
    return mantissa.replace("-", MINUS)
