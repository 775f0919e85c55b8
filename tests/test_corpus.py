"""The corpus: one schema over every source, nothing hidden, what a user chooses refused by name."""

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.datasets.corpus import COLUMNS
from replication.errors import DataError, UnknownNameError

EVERY = rp.corpus(flagged=True)
USABLE = rp.corpus()
LISTED = rp.designs().set_index("design")


def test_every_design_has_runs_in_the_schema():
    assert tuple(EVERY.columns) == COLUMNS
    assert set(EVERY["design"]) == set(LISTED.index)
    assert EVERY.groupby("design")["family"].nunique().eq(1).all()


def test_what_is_usable_is_positive_finite_and_without_a_flag():
    assert (USABLE["flag"] == "").all()
    for column in ("params", "tokens", "flops", "loss"):
        assert np.isfinite(USABLE[column]).all(), column
        assert (USABLE[column] > 0).all(), column
    assert USABLE["params"].dtype == USABLE["tokens"].dtype == float


def test_products_of_counts_do_not_overflow():
    """6 N D passes 9.2e18, where whole numbers of 64 bits wrap around, in most rows."""
    compute = 6 * USABLE["params"] * USABLE["tokens"]
    assert (compute > 9.2e18).sum() > 1000
    assert (compute > 0).all()


def test_runs_are_unique_within_a_design():
    assert not EVERY.duplicated(["design", "run"]).any()


def test_flags_hide_nothing():
    hidden = EVERY[EVERY["flag"] != ""]
    assert len(hidden) + len(USABLE) == len(EVERY)
    counts = hidden.groupby("family")["flag"].value_counts()
    assert counts["chinchilla", "coarse reading"] == 11
    assert counts["datablations", "repeated data"] == 255
    assert counts["xlstm", "diverged"] == 3


def test_known_sizes():
    sizes = USABLE.groupby("design").size()
    expected = {"chinchilla": 234, "datablations": 41, "bian": 76, "sardana": 47}
    expected |= {"hagele-cosine": 29, "hagele-cooldown": 21, "misfitting": 170}
    assert sizes[list(expected)].to_dict() == expected


def test_an_embedding_that_is_counted_can_be_left_out():
    kempner = rp.corpus(family="kempner")
    source = rp.load("corpus", "kempner").set_index("run").loc[kempner["run"]]
    blocks = 12 * source["n_layers"] * source["d_model"] ** 2
    norms = 4 * source["n_layers"] * source["d_model"]
    assert np.allclose(kempner["params_nonembedding"], blocks + norms)


def test_points_of_a_curve_share_a_group():
    curves = rp.corpus(kind="curve")
    runs = curves.groupby("design")["group"].nunique()
    assert runs["misfitting"] == 11
    assert (curves.groupby("design").size() > runs).all()


def test_reruns_share_a_group():
    ladder = rp.corpus("olmo-ladder")
    assert (len(ladder), ladder["group"].nunique()) == (32, 27)
    assert ladder["held_out"].sum() == 2


def test_only_one_design_has_another_unit():
    odd = LISTED[LISTED["loss_unit"] != "nats per token"]
    assert list(odd.index) == ["llama3"]
    assert set(EVERY.loc[EVERY["design"] == "llama3", "loss_unit"]) == {"as plotted"}


def test_every_design_states_a_licence():
    assert LISTED["licence"].str.len().gt(5).all()
    none = LISTED.loc["kempner-fineweb", "licence"]
    assert "none stated" in none
    assert set(rp.corpus(licence=none)["family"]) <= {"kempner", "marin", "misfitting", "llama3",
                                                      "steplaw", "xlstm"}  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"designs": "kempner"}, "design of the corpus"),
        ({"family": "meta"}, "family of the corpus"),
        ({"kind": "isoflops"}, "isoFLOP"),
        ({"licence": "MIT"}, "licence of the corpus"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(choice, said):
    with pytest.raises(UnknownNameError, match=said):
        rp.corpus(**choice)


def test_choices_that_exclude_each_other_are_refused():
    with pytest.raises(DataError, match="No design of the corpus meets all"):
        rp.corpus("bian", kind="isoFLOP")


def test_what_is_returned_is_the_callers_own():
    first = rp.corpus("sardana")
    first["loss"] = 0.0
    assert (rp.corpus("sardana")["loss"] > 0).all()


def test_a_design_can_be_fitted():
    runs = rp.corpus("kempner-slimpajama")
    fit = rp.fit(rp.laws.Chinchilla, runs[~runs["held_out"]])
    assert fit.n == 89
    assert isinstance(fit.residuals, pd.Series | np.ndarray | pd.DataFrame)
