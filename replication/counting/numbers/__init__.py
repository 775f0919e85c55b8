"""Numbers at the door: what is accepted as floats, and what is handed back."""

from replication.counting.numbers.arrays import (
    REACH,
    Array,
    Number,
    common_shape,
    finite,
    in_range,
    in_reach,
    nonnegative,
    numbers,
    plain,
    positive,
    quantity,
)
from replication.counting.numbers.refusals import TO_NUMBERS, named_row, no_number
from replication.counting.numbers.singles import share, single, whole

__all__ = [
    "REACH",
    "TO_NUMBERS",
    "Array",
    "Number",
    "common_shape",
    "finite",
    "in_range",
    "in_reach",
    "named_row",
    "no_number",
    "nonnegative",
    "numbers",
    "plain",
    "positive",
    "quantity",
    "share",
    "single",
    "whole",
]
