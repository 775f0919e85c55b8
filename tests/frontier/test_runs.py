"""Which runs belong to one budget."""

import numpy as np
import pandas as pd
import pytest

from replication.errors import ArgumentError, DataError
from replication.frontier.runs import by_budget, by_flops


def table(flops):
    return pd.DataFrame({"flops": flops})


def test_the_nearest_budget_as_by_comparing_with_all():
    rng = np.random.default_rng(0)
    budgets = np.geomspace(1e18, 1e22, 40)
    flops = np.repeat(budgets, 5) * rng.uniform(0.9, 1.1, 200)
    flops = np.append(flops, [1e17, 1e23, 1.13e18])
    kept, found, slot = by_flops(table(flops), rng.permutation(budgets), 0.1, "drop", "loss")
    near = np.abs(flops[:, None] / budgets - 1) <= 0.1
    assert found.tolist() == budgets.tolist()
    assert kept.index.tolist() == np.flatnonzero(near.any(axis=1)).tolist()
    assert slot.tolist() == near[near.any(axis=1)].argmax(axis=1).tolist()


@pytest.mark.parametrize("run", [0.97e20, 1.005e20, 1.05e20])
def test_a_run_near_two_budgets_is_refused_on_either_side_of_them(run):
    with pytest.raises(DataError, match=r"belongs to 1e\+20 and 1.01e\+20. Lower the tolerance"):
        by_flops(table([run]), [1e20, 1.01e20, 5e20], 0.1, "error", "loss")


def test_budgets_written_differently():
    written = [1e18, 1e18, 1.0000001e18, np.float32(3e18), 3e18, 3e18, 3e18 * (1 - 1e-9)]
    _, budgets, slot = by_budget(pd.DataFrame({"budget": written}), "budget", "loss")
    assert budgets.tolist() == [1e18, 3e18]
    assert slot.tolist() == [0, 0, 0, 1, 1, 1, 1]
    listed = by_flops(table([1e18, 3e18]), [1e18, 1.0000001e18, 3e18], 0.1, "error", "loss")
    assert listed[1].tolist() == [1e18, 3e18]
    assert listed[2].tolist() == [0, 1]


def test_no_budgets():
    with pytest.raises(ArgumentError, match="budget is an empty list"):
        by_flops(table([1e18]), [], 0.1, "error", "loss")
