"""Odd tables and options: a frontier or a clear error, and nothing else."""

from contextlib import suppress

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replication.errors import ReplicationError
from replication.frontier import envelope, isoflop

BUDGETS, SIZES = 4, 6
LONGEST = 600
"""Characters of a message that is no dump."""


def table(law) -> dict[str, np.ndarray]:
    """Return a small good table."""
    budget = np.repeat(np.geomspace(1e18, 1e21, BUDGETS), SIZES)
    params = law.optimal(flops=budget).params * np.tile(np.geomspace(0.3, 4, SIZES), BUDGETS)
    tokens = budget / 6 / params
    noise = np.random.default_rng(0).normal(0, 0.003, len(budget))
    columns = {"isoflop_budget": budget, "flops": budget, "params": params, "tokens": tokens}
    return columns | {
        "loss": law.loss(params, tokens) + noise,
        "run": np.tile(range(SIZES), BUDGETS),
    }


def holed(values, at, what):
    changed = np.array(values, dtype=object)
    changed[at] = what
    return changed


SPOIL = {
    "nan": lambda v, i: holed(v, i, np.nan),
    "none": lambda v, i: holed(v, i, None),
    "text": lambda v, i: holed(v, i, "x"),
    "zero": lambda v, i: holed(v, i, 0),
    "negative": lambda v, i: holed(v, i, -1.0),
    "infinite": lambda v, i: holed(v, i, np.inf),
    "huge integer": lambda v, i: holed(v, i, 10**30),
    "integers": lambda v, i: [int(x) for x in v],
    "strings": lambda v, i: [str(x) for x in v],
    "one value": lambda v, i: np.full(len(v), v[i], dtype=float),
    "shuffled": lambda v, i: np.random.default_rng(i).permutation(v),
    "large": lambda v, i: np.asarray(v, dtype=float) * 1e250,
    "small": lambda v, i: np.asarray(v, dtype=float) * 1e-250,
    "all empty": lambda v, i: np.full(len(v), np.nan),
    "short": lambda v, i: v[:-1],
}
SHAPE = {
    "frame": lambda t, i: pd.DataFrame(t),
    "mapping": lambda t, i: t,
    "twice": lambda t, i: pd.concat([pd.DataFrame(t)] * 2),
    "part": lambda t, i: pd.DataFrame(t)[:i],
    "two columns of a name": lambda t, i: pd.concat([pd.DataFrame(t)] * 2, axis=1),
    "odd index": lambda t, i: pd.DataFrame(t).set_index([[i] * len(t["loss"]), t["loss"]]),
    "without a column": lambda t, i: pd.DataFrame(t).drop(columns=list(t)[i % len(t)]),
}
ISOFLOP = {
    "budget": ["flops", "nope", [1e18, 1e19, 1e20, 1e21], [1e18, np.nan], [], 1e18, None],
    "method": ["akima", "x"],
    "window": [0.4, 0.01, 0, np.nan, "wide"],
    "noise": [0.003, 1e3, np.nan, "much", [0.1]],
    "seed": [3, -1, "a"],
    "tolerance": [0.1, -1, "a"],
    "axis": ["tokens", "loss", None],
    "rule": ["6ND", "measured", "x", ["6ND"]],
    "outside": ["keep", "x"],
    "unmatched": ["drop", "x"],
}
ENVELOPE = {
    "budgets": [1, 2.5, "a"],
    "flops": [(1e18, 1e20), (1e20, 1e18), (1, 2, 3), "ab", (np.nan, 1)],
    "size": ["run", "nope"],
    "tolerance": [0.2, 0, -1, np.nan, "a"],
    "curve": ["run", "nope"],
    "min_points": [2, 1, "a"],
    "between": ["nearest", "x"],
    "rule": ["6ND", "measured", "x"],
    "noise": [0.003, "much"],
}


def options(known):
    """Return a strategy of up to two options."""
    one = st.sampled_from(sorted(known)).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(known[name]))
    )
    return st.lists(one, max_size=2).map(dict)


def tables():
    """Return a strategy of recipes for a table: what to spoil where, and its shape."""
    columns = ["isoflop_budget", "flops", "params", "tokens", "loss", "run"]
    place = st.integers(0, BUDGETS * SIZES - 1)
    spoil = st.tuples(st.sampled_from(columns), st.sampled_from(sorted(SPOIL)), place)
    return st.tuples(st.lists(spoil, max_size=1), st.sampled_from(sorted(SHAPE)), place)


def made(law, recipe):
    """Return the table of a recipe, or None where pandas itself has none."""
    spoilt, shape, at = recipe
    columns = dict(table(law))
    for name, how, row in spoilt:
        columns[name] = SPOIL[how](columns[name], row)
    try:
        return SHAPE[shape](columns, at)
    except ValueError:
        return None


def used(find, runs, **chosen):
    """Find a frontier and use it, or meet an error of ours."""
    try:
        found = find(runs, **chosen)
    except ReplicationError as error:
        assert len(str(error)) < LONGEST
        return
    assert np.isfinite([found.a, found.b, found.params_prefactor, found.tokens_prefactor]).all()
    assert found.summary()
    assert max([0, *(len(str(note)) for note in found.notes)]) < LONGEST
    for call in (
        lambda: found.bootstrap(3).interval(),
        lambda: found.subsample(3).interval(),
        lambda: found.optimal(flops=1e20),
    ):
        with suppress(ReplicationError):
            call()


SETTINGS = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SETTINGS
@given(tables(), options(ISOFLOP))
def test_isoflop_takes_it_or_says_why_not(even, recipe, chosen):
    runs = made(even, recipe)
    if runs is not None:
        used(isoflop, runs, draws=6, **chosen)


@SETTINGS
@given(tables(), options(ENVELOPE))
def test_envelope_takes_it_or_says_why_not(even, recipe, chosen):
    runs = made(even, recipe)
    if runs is not None:
        used(envelope, runs, **{"budgets": 40, "draws": 6, "min_points": 2} | chosen)
