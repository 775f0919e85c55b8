"""The chapter's functions: the authors' own optima, and what the chapter finds beside them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import ArgumentError, UnknownNameError
from replication.papers import porian2024 as paper

OPTIMA = pd.read_csv(Path(__file__).with_name("porian2024_optima.csv"), comment="#")
EVERY = list(paper.experiments()[["dataset", "experiment"]].itertuples(index=False, name=None))
PRINTED = [row[1:] for row in paper.printed_rows()]


@pytest.fixture(scope="module")
def ledger():
    return {item.claim.id: item for item in rp.verify("porian2024").judgements}


def test_no_claim_surprises(ledger):
    assert [name for name, item in ledger.items() if item.surprise] == []


def test_one_number_of_the_text_differs_and_these_cannot_be_tested(ledger):
    verdicts = pd.Series([item.verdict for item in ledger.values()]).value_counts()
    assert verdicts.to_dict() == {"reproduced": 97, "untestable": 8, "differs": 1}
    assert ledger["P6.text.a"].verdict == "differs"
    assert ledger["P6.text.a"].answer.ours == ledger["P6.refinedweb.a"].answer.ours
    untestable = {name for name, item in ledger.items() if item.verdict == "untestable"}
    assert {name.split(".")[0] for name in untestable} == {"P9", "P10", "P12", "P13"}


@pytest.mark.parametrize(("dataset", "experiment"), EVERY)
def test_every_optimum_is_the_authors_own(dataset, experiment):
    """All fifteen experiments, budget by budget, with the same copies kept and left out."""
    theirs = OPTIMA[(OPTIMA.dataset == dataset) & (OPTIMA.experiment == experiment)]
    ours = paper.frontier(dataset, experiment).points
    assert ours.used.tolist() == theirs.params.notna().tolist()
    copies = (ours.survived * paper.COPIES).round().astype(int)
    assert copies[ours.used].tolist() == theirs.copies[ours.used.to_numpy()].tolist()
    used = ours[ours.used]
    theirs = theirs.dropna()
    # Their losses are carried with six digits, which may move a minimum by a step of the grid.
    np.testing.assert_allclose(used.params, theirs.params, rtol=5e-6)
    np.testing.assert_allclose(used.log_std, theirs.log_std, rtol=3e-3)


def test_every_size_follows_from_the_shapes():
    sizes = paper.sizes()
    for row in paper.experiments().itertuples():
        assert paper.runs(row.dataset, row.experiment)["params"].isin(sizes[row.accounting]).all()
    models = rp.load("porian2024", "models")
    norms = (8 * models["n_layers"] + 2) * models["d_model"]
    np.testing.assert_array_equal(models["params"], sizes["standard"] + norms)


def test_feed_forward_layers_are_eight_thirds_wide_rounded_up():
    models = rp.load("porian2024", "models")
    wide = 256 * np.ceil(np.floor(8 * models["d_model"] / 3) / 256)
    np.testing.assert_array_equal(models["ffw_size"], wide)


def test_tokens_and_compute_fit():
    runs = paper.runs("openwebtext2", "cosine_decay")
    spent = rp.counting.training_flops(runs["params"], runs["tokens"])
    np.testing.assert_allclose(spent, runs["flops"], rtol=1e-12)


def test_a_looked_up_logarithm_never_leaves_the_low_end():
    for dataset, experiment in EVERY:
        loss = paper.runs(dataset, experiment)["loss"]
        assert np.log(loss).max() < paper.RAMPS[dataset].loss_low
        assert loss.max() > paper.RAMPS[dataset].loss_low
        assert set(paper.noise(dataset)(loss)) == {paper.noise(dataset)(loss.iloc[0])}


@pytest.mark.parametrize("dataset", paper.DATASETS)
def test_the_intended_ramp_widens_every_interval(dataset):
    table = paper.ramp_effect(dataset)
    assert table["wider"].between(1.1, 2.6).all()
    assert (table["a_ramp"] - table["a"]).abs().max() < 0.007


def test_the_ramps_interval_of_the_tuned_exponent():
    tuned = paper.ramp_effect("refinedweb").iloc[-1]
    assert (tuned["low_ramp"], tuned["high_ramp"]) == pytest.approx((0.483, 0.511), abs=5e-4)


def test_most_weights_are_the_floor():
    floored = {
        dataset: sum(paper.at_the_floor(paper.frontier(dataset, name)) for name in paper.STEPS)
        for dataset in paper.DATASETS
    }
    assert floored == {"refinedweb": 55, "openwebtext2": 26}


def test_the_printed_ranges_carry_no_weights():
    apart = []
    for dataset, experiment in PRINTED:
        plain = paper.ratio_range(dataset, experiment)
        weighted = paper.ratio_range(dataset, experiment, weighted=True)
        apart.append(int(plain[0]) != int(weighted[0]) or int(plain[1]) != int(weighted[1]))
    assert sum(apart) == 8
    ends = paper.ratio_range("refinedweb", "reproduce_kaplan", weighted=True)
    assert ends == pytest.approx((8.01, 1583), rel=1e-3)


def test_what_each_step_takes_away():
    drops = {d: paper.exponents(d)["drop"].iloc[1:].round(3).tolist() for d in paper.DATASETS}
    assert drops == {
        "refinedweb": [0.129, 0.104, 0.031, 0.075],
        "openwebtext2": [0.165, 0.095, 0.029, 0.056],
    }
    decay = paper.exponents("openwebtext2").set_index("experiment").loc["cosine_decay"]
    assert decay["drop_low"] < 0 < decay["drop_high"]


def test_the_steps_add_up_as_well_as_the_data_can_tell():
    table = paper.tuned_first_or_last().set_index("place")
    assert table["drop"].round(3).to_dict() == {"first": 0.124, "last": 0.105, "difference": 0.019}
    assert table.loc["difference", "low"] < 0 < table.loc["difference", "high"]


def test_attention_changes_the_exponents_little():
    found = [round(paper.frontier("refinedweb", e).a, 3) for e in paper.ATTENTION.values()]
    assert found == [0.717, 0.622, 0.577, 0.505]


def test_the_loss_law_depends_on_its_window():
    law = paper.loss_fit("refinedweb", "tuned_no_decay", None).law
    assert (law.E, law.alpha) == pytest.approx((1.63, 0.090), abs=5e-3)
    law = paper.loss_fit("openwebtext2", "tuned_no_decay", None).law
    assert (law.E, law.alpha) == pytest.approx((1.46, 0.103), abs=5e-3)


def test_budget_by_budget():
    table = paper.by_budgets("refinedweb", "tuned_no_decay")
    a = [0.529, 0.464, 0.455, 0.475, 0.482, 0.483, 0.480, 0.494, 0.495, 0.497]
    assert table["a"].round(3).tolist() == a
    assert table["a"].iloc[-1] == paper.frontier("refinedweb", "tuned_no_decay").a
    assert table.loc[2, "high"] < table["low"].iloc[-1]


def test_a_parabola_answers_otherwise_where_grids_are_lopsided():
    found = {
        name: rp.isoflop(paper.runs("refinedweb", name), "flops").a
        - paper.frontier("refinedweb", name).a
        for name in paper.STEPS
    }
    assert found["count_last_layer"] == pytest.approx(0.073, abs=1e-3)
    assert found["tuned_no_decay"] == pytest.approx(0.017, abs=1e-3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: paper.runs("pile", "cosine_decay"), UnknownNameError, "dataset 'pile'.*re"),
        (lambda: paper.runs("openwebtext2", "kaplan_adjusted"), UnknownNameError, "openwebtext2"),
        (lambda: paper.noise("refinedweb", "meant"), UnknownNameError, "published, intended"),
        (lambda: paper.frontier("refinedweb", "cosine"), UnknownNameError, "'cosine_decay'"),
        (lambda: rp.counting.params(paper.shape(), "porian"), UnknownNameError, "porian-head"),
        (
            lambda: paper.by_budgets("refinedweb", "cosine_decay", least=13),
            ArgumentError, "least is 13; a power law needs 2 budgets, and there are 12",
        ),
        (
            lambda: paper.loss_fit("refinedweb", "cosine_decay", (1e17, 3e17)),
            ArgumentError, "there are 1 budgets; the law has 3 coefficients",
        ),
    ],
)  # fmt: skip
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("dataset", paper.DATASETS)
def test_shares_are_drops_over_the_whole_way_and_add_up(dataset):
    steps, shares = paper.exponents(dataset), paper.shares(dataset)
    way = steps["a"].iloc[0] - steps["a"].iloc[-1]
    np.testing.assert_allclose(shares["share"], steps["drop"].iloc[1:] / way, rtol=1e-12)
    assert shares["share"].sum() == pytest.approx(1)
    assert (shares["low"] < shares["share"]).all()
    assert (shares["share"] < shares["high"]).all()
    assert shares["change"].tolist() == list(paper.CHANGES.values())


def test_on_openwebtext2_the_decay_may_have_no_share():
    decay = paper.shares("openwebtext2").set_index("change").loc["decay"]
    assert decay["low"] < 0 < decay["high"]


def test_the_authors_own_losses_give_the_authors_own_law():
    """The law of the loss amplifies what its losses differ by: the tolerance of P11 and P14."""
    theirs = [4.54324, 4.3644, 4.20115, 4.03735, 3.89894, 3.76409]
    points = paper.frontier("refinedweb", "tuned_no_decay").points[:6]
    assert np.abs(points["loss"] / theirs - 1).max() < 6e-5
    again = rp.fit(
        rp.laws.PowerLawOffset.of("flops"), points.assign(loss=theirs), objective="log-lsq"
    ).law
    assert (again.A, again.E, again.alpha) == pytest.approx((128.93, 2.0056, 0.10597), rel=3e-4)


@pytest.mark.parametrize("dataset", paper.DATASETS)
def test_the_parts_of_a_way_add_up_to_all_of_it(dataset):
    parts = paper.parts_of_the_way(dataset, 0.88, 0.5)
    assert sum(share for share, *_ in parts.values()) == pytest.approx(1)
    for share, low, high in parts.values():
        assert low < share < high
    steps = paper.exponents(dataset)
    assert parts["counting"][0] == pytest.approx(steps["drop"][1] / (0.88 - 0.5))
