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
    curves = rp.corpus(kind="curve", flagged=True)
    runs = curves.groupby("design")["group"].nunique()
    assert runs["misfitting"] == 11
    assert (curves.groupby("design").size() > runs).all()


def test_reruns_share_a_group():
    ladder = rp.corpus("olmo-ladder")
    assert set(ladder["loss_on"]) == {"c4_en"}
    assert (len(ladder), ladder["group"].nunique()) == (32, 27)
    assert ladder["held_out"].sum() == 2


def test_designs_of_another_unit_are_named():
    odd = LISTED.loc[LISTED["loss_unit"] != "nats per token", "loss_unit"]
    assert odd.to_dict() == {
        "llama3": "as plotted", "revisiting-lm": "as published",
        "pythia": "nats per last word", "pythia-dedup": "nats per last word",
        "openclip-laion-2b": "error rate", "openclip-laion-400m": "error rate",
        "openclip-laion-80m": "error rate",
    }  # fmt: skip
    assert set(EVERY.loc[EVERY["design"] == "llama3", "loss_unit"]) == {"as plotted"}


def test_every_design_states_a_licence():
    assert LISTED["licence"].str.len().gt(5).all()
    none = LISTED.loc["kempner-fineweb", "licence"]
    assert "none stated" in none
    assert set(rp.corpus(licence=none)["family"]) <= {"kempner", "marin", "misfitting", "llama3",
                                                      "steplaw", "xlstm", "openclip"}  # fmt: skip


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


# Later designs and other texts --------------------------------------------------------------------


def test_of_a_training_curve_only_the_end_is_a_final_run():
    for design in ("gpt3", "opt", "pythia", "pythia-dedup", "t5-pile", "revisiting-lm", "olmo"):
        own = EVERY[EVERY["design"] == design]
        ends = own[own["flag"] == ""]
        assert set(own["flag"]) == {"", "checkpoint"}
        assert len(ends) == own["group"].nunique()
        last = own.groupby("group")["tokens"].max()
        assert (ends["tokens"] == last[ends["group"]].to_numpy()).all()


def test_later_designs_are_marked_and_the_earlier_are_as_they_were():
    assert LISTED["edition"].value_counts().to_dict() == {1: 42, 2: 11}
    assert len(USABLE[USABLE["design"].map(LISTED["edition"]) == 1]) == 3128


def test_pairs_of_image_and_text_stand_as_tokens_and_flops_are_counted_by_the_source():
    clip = rp.corpus(family="openclip")
    source = rp.load("corpus", "openclip").set_index("run").loc[clip["run"]]
    assert np.allclose(clip["flops"], 6e9 * source["gmacs_per_sample"] * source["pairs"])
    assert (clip["tokens"] > clip["unique_tokens"]).all(), "all of them repeat their pairs"
    assert clip["loss"].between(0, 1).all()


def test_mixtures_share_three_pairs_of_size_and_tokens():
    mixed = rp.corpus("regmix")
    assert len(mixed[["params", "tokens"]].drop_duplicates()) == 3
    shares = rp.load("corpus", "regmix").filter(like="mix_").sum(axis=1)
    assert shares.between(0.98, 1.02).all()


@pytest.mark.parametrize(
    ("design", "text", "runs"),
    [("kempner-fineweb", "starcoder", 91), ("olmo-ladder", "dolma_books", 32),
     ("routed-dense", "lambada", 13), ("regmix", "github", 1088),
     ("openclip-laion-2b", "vtab_plus", 11)],
)  # fmt: skip
def test_losses_on_other_texts_belong_to_the_same_runs(design, text, runs):
    main, other = rp.corpus(design, flagged=True), rp.corpus(design, loss_on=text, flagged=True)
    assert text in LISTED.loc[design, "texts"].split(", ")
    assert len(other) == runs
    both = main.merge(other, on="run", validate="1:1")
    assert len(both) == runs
    assert (both["params_x"] == both["params_y"]).all()
    assert (both["loss_x"] != both["loss_y"]).mean() > 0.9
    assert set(other["loss_on"]) == {text}


def test_a_text_picks_the_designs_that_have_it_and_its_own_loss_comes_back():
    assert set(rp.corpus(loss_on="c4")["family"]) == {"datablations", "kempner", "quest", "routed"}
    own = rp.corpus("kempner-fineweb", loss_on="fineweb_100b")
    pd.testing.assert_frame_equal(own, rp.corpus("kempner-fineweb"))
    with pytest.raises(UnknownNameError, match="text of the chosen designs 'c5'"):
        rp.corpus("kempner-fineweb", loss_on="c5")
