"""Tables of runs and models as the descriptors declare them."""

import json

import numpy as np
import pytest

import replication as rp
from replication import datasets
from replication.counting import Shape, gated_width, params
from replication.datasets import descriptor
from replication.errors import DataError, UnknownNameError

WITH_RUNS = [key for key in descriptor.folders() if descriptor.of(key).runs]
WITH_SHAPES = [key for key in descriptor.folders() if descriptor.of(key).shapes]


def declare(data, key, **changes):
    """Change what the descriptor of a paper declares of its runs."""
    path = data / key / datasets.DESCRIPTOR
    package = json.loads(path.read_text())
    package["runs"] = package["runs"] | changes
    path.write_text(json.dumps(package))


@pytest.mark.parametrize("key", WITH_RUNS)
def test_runs_have_what_a_law_reads(key):
    table = rp.runs(key)
    assert table.columns[:4].tolist() == ["params", "tokens", "flops", "loss"]
    assert len(table) == datasets.describe(key, descriptor.of(key).runs.table).rows
    numbers = table[["params", "tokens", "flops", "loss"]].to_numpy()
    assert np.isfinite(numbers).all()
    assert (numbers > 0).all()
    assert table.columns.is_unique


@pytest.mark.parametrize("key", ["sardana2024", "gadre2024", "porian2024", "bian2025"])
def test_the_missing_one_of_three_follows_from_the_two_others(key):
    table = rp.runs(key)
    np.testing.assert_allclose(table["flops"], 6 * table["params"] * table["tokens"], rtol=1e-12)


def test_a_join_brings_what_the_table_itself_does_not_say():
    table = rp.runs("gadre2024", run="redpajama-6.9B-m20")
    losses = rp.load("gadre2024", "losses")
    chosen = (losses["run"] == "redpajama-6.9B-m20") & (losses["eval_set"] == "c4_eval")
    assert table["loss"].tolist() == losses["loss"][chosen].tolist()
    assert table["tokens"].tolist() == (20 * table["params"]).tolist()


def test_a_table_of_another_paper_can_be_joined():
    table = rp.runs("su2024", size="33M")
    theirs = rp.runs("hagele2024", size="33M").set_index("run_id")
    assert set(table["run_id"]) <= set(theirs.index)
    assert set(table["params"]) == set(theirs["params"])
    per_step = theirs.loc[table["run_id"].iloc[0], "batch_sequences"] * 512
    np.testing.assert_array_equal(table["tokens"], table["steps"] * per_step)
    # The steps and the loss of the point, not of the whole run.
    assert table["steps"].nunique() > 10
    assert table["loss"].nunique() > 10


def test_choices_are_values_or_lists_of_them():
    every = rp.runs("gadre2024")
    assert set(every["eval_set"]) == {"c4_eval"}
    both = rp.runs("gadre2024", train_set=["c4", "redpajama"], token_multiplier=(20, 40))
    expected = every["train_set"].isin(["c4", "redpajama"])
    expected &= every["token_multiplier"].isin([20, 40])
    assert both["run"].tolist() == every["run"][expected].tolist()
    other = rp.runs("gadre2024", eval_set="openlm")
    assert other["run"].tolist() == every["run"].tolist()
    assert not other["loss"].equals(every["loss"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rp.runs("gadre2025"), "Did you mean 'gadre2024'"),
        (lambda: rp.runs("gadre2024", train_set="pile"), "Unknown train_set 'pile'. Known: c4, "),
        (lambda: rp.runs("gadre2024", trainset="c4"), "Unknown column of the runs of gadre2024"),
        (lambda: rp.runs("gadre2024", size=["0.011B", "7B"]), "Unknown column of the runs"),
        (
            lambda: rp.runs("porian2024", dataset="openwebtext2", experiment="kaplan_adjusted"),
            "Known: .*These are known where dataset is openwebtext2",
        ),
        (lambda: rp.runs("gadre2024", model_size=["0.011B", "7B"]), "Unknown model_size '7B'"),
    ],
)
def test_unknown_names_are_refused_with_the_known_ones(call, message):
    with pytest.raises(UnknownNameError, match=message):
        call()


def test_a_paper_without_runs_or_shapes_says_so():
    with pytest.raises(DataError, match=r"pearce2024/.* declares no runs; those of bian2025, "):
        rp.runs("pearce2024")
    with pytest.raises(DataError, match=r"pearce2024/.* declares no shapes"):
        datasets.shapes("pearce2024")


def test_declarations_that_lead_nowhere_are_refused(data):
    declare(data, "gadre2024", join={"models": "model_size"})
    with pytest.raises(DataError, match=r"runs of gadre2024 lack loss\. Declare a table to join"):
        rp.runs("gadre2024", train_set="c4")
    declare(data, "gadre2024", products={"tokens": ["params", "multiplier"]})
    with pytest.raises(UnknownNameError, match=r"factor of tokens in .*'multiplier'"):
        rp.runs("gadre2024")
    declare(data, "gadre2024", table="losess")
    with pytest.raises(UnknownNameError, match="Did you mean 'losses'"):
        rp.runs("gadre2024")
    declare(data, "gadre2024", table="runs", filter={})
    with pytest.raises(UnknownNameError, match=r"Unknown property of runs in data/gadre2024/"):
        rp.runs("gadre2024")


def test_a_join_that_is_not_one_row_a_run_is_refused(data):
    declare(data, "gadre2024", choose={})
    with pytest.raises(DataError, match=r"losses, which .* has several rows for one run; choose"):
        rp.runs("gadre2024")


@pytest.mark.parametrize("key", WITH_SHAPES)
def test_models_are_counted_as_declared(key):
    table, shape = datasets.models(key), datasets.shapes(key)
    assert len(table) == len(shape.n_layers)
    for name in descriptor.of(key).shapes.counts:
        assert (table[name] > 0).all()


def test_shapes_take_the_usual_width_where_no_table_states_one():
    table = rp.load("hagele2024", "models")
    by_hand = Shape.from_frame(
        table.assign(ffw_size=gated_width(table["d_model"])),
        vocab_size=50257,
        context=512,
        gated=True,
    )
    np.testing.assert_array_equal(params(datasets.shapes("hagele2024")), params(by_hand))
    kaplan = datasets.shapes("kaplan2020")
    np.testing.assert_array_equal(kaplan.ffw_size, 4 * kaplan.d_model)


def test_settings_can_be_changed():
    assert datasets.shapes("hoffmann2022", context=512).context[0] == 512


def test_the_vocabulary_of_hoffmann_is_one():
    from replication.papers import hoffmann2022, pearce2024

    shape = datasets.shapes("hoffmann2022")
    assert set(shape.vocab_size) == {hoffmann2022.VOCAB_SIZE} == {pearce2024.inputs.VOCAB_SIZE}
