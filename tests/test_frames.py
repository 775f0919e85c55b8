"""Computed tables as a reader sees them."""

import numpy as np
import pandas as pd
import pytest

from replication.chapter import table
from replication.errors import UnknownNameError

FRAME = pd.DataFrame({"law": ["a < b"], "alpha": [0.34731], "n": [1200], "gap": [np.nan]})


def test_numbers_are_written_as_asked_and_text_is_escaped():
    shown = table(FRAME, "R & D", {"alpha": ".2f"}, alpha="exponent").data
    for part in ("a &lt; b", ">0.35<", ">1,200<", "<td></td>", "exponent</th>", "R &amp; D"):
        assert part in shown


def test_one_format_serves_all_numbers():
    assert ">0.3473<" in table(FRAME[["alpha"]], "", ".4f").data


@pytest.mark.parametrize("bad", [{"formats": {"beta": ".2f"}}, {"beta": "exponent"}])
def test_a_column_that_is_not_there_is_named(bad):
    with pytest.raises(UnknownNameError, match="Unknown column 'beta'"):
        table(FRAME, "", **bad)


def test_a_reader_can_choose_and_sort():
    shown = table(FRAME, "", {"n": "count"}, choose=["law"]).data
    for part in ('class="filterable"', "data-choose>law", 'data-sort="1200">', "<td></td>"):
        assert part in shown
    assert "data-" not in table(FRAME, "").data
    assert "data-choose" not in table(FRAME, "", choose=()).data


def test_a_choice_of_a_column_that_is_not_there_is_named():
    with pytest.raises(UnknownNameError, match="Unknown column 'beta'"):
        table(FRAME, "", choose=["beta"])
