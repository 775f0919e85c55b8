"""The chapter's functions: the line, what the split is worth, and what the line predicts."""

import numpy as np
import pytest
from scipy.stats import f_oneway, linregress

import replication as rp
from replication.errors import ArgumentError, DataError, UnknownNameError
from replication.laws import Chinchilla
from replication.papers import guo2024 as paper
from replication.papers import hoffmann2022


@pytest.fixture(scope="module")
def ledger():
    return {item.claim.id: item for item in rp.verify("guo2024").judgements}


def test_no_claim_surprises(ledger):
    assert [name for name, item in ledger.items() if item.surprise] == []


def test_what_differs_is_the_split_on_controlled_runs(ledger):
    differs = {name: item.answer.ours for name, item in ledger.items() if item.verdict == "differs"}
    assert {name: round(z, 1) for name, z in differs.items()} == {
        "U4.z_sardana": -5.4,
        "U4.z_gadre_c4": -8.7,
        "U4.z_gadre_redpajama": -11.2,
        "U4.z_gadre_refinedweb": -10.5,
    }


# The table ------------------------------------------------------------------------------------


def test_the_rebuilt_table():
    every = paper.every_model()
    assert every["tokens"].isna().sum() == 5
    assert (every["tokens_source"] == "undisclosed").equals(every["tokens"].isna())
    mean = every[list(paper.DOMAINS)].mean(axis=1)
    assert (mean - every["bpc_average"]).abs().max() < 0.001
    assert set(paper.models()["family"]) == set(paper.FAMILIES)
    assert set(paper.models()["model"]) - set(paper.models("april22")["model"]) == {
        f"Qwen-1.5-{size}b" for size in (7, 14, 32, 72)
    }


def test_compute_is_six_n_d_without_overflow():
    table = paper.models()
    np.testing.assert_allclose(table["flops"], table["compute"] * paper.FLOPS_UNIT, rtol=1e-14)
    assert paper.FLOPS_UNIT == 6e21
    assert table["flops"].min() > 4e22


def test_all_models_are_long_runs():
    ratio = paper.models()["tokens_per_param"]
    assert (round(ratio.min(), 1), ratio.max()) == (21.5, 1875)
    assert ratio.min() > paper.LONG


# The line -------------------------------------------------------------------------------------


@pytest.mark.parametrize("listed", paper.LISTS)
@pytest.mark.parametrize("response", [*paper.DOMAINS, "bpc_average"])
def test_every_line_is_that_of_scipy(listed, response):
    table = paper.models(listed)
    theirs = linregress(np.log(table["compute"]), table[response])
    found = paper.line(listed, response)
    assert found.law.alpha == pytest.approx(theirs.slope, rel=1e-9)
    assert found.law.beta == pytest.approx(theirs.intercept, rel=1e-9)
    assert found.r2 == pytest.approx(theirs.rvalue**2, rel=1e-9)


def test_only_the_natural_logarithm_gives_the_printed_slope():
    slope = paper.line().law.alpha
    assert round(slope, 3) == -0.031
    assert round(slope * np.log(10), 3) == -0.071
    assert round(slope * np.log(2), 3) == -0.021


def test_one_model_moves_the_printed_constants():
    others = paper.leave_one_out().set_index("model")
    falcon = others.loc["Falcon-7b"]
    assert (falcon["alpha"], falcon["beta"]) == pytest.approx((-0.029172, 0.564714), abs=1e-6)
    assert falcon["r2"] == pytest.approx(0.984, abs=5e-4)
    assert falcon["residual"] == pytest.approx(0.0281, abs=5e-5)
    rest = others.drop(index="Falcon-7b")
    assert (rest["alpha"].round(3) == -0.031).sum() == 20
    assert rest["alpha"].between(-0.0313, -0.0304).all()


def test_domains_scatter_and_their_errors_cancel():
    table = paper.by_domain().set_index("domain")
    assert table["r2"].round(2).tolist() == [0.67, 0.84, 0.88, 0.96]
    assert table.loc["mean of the three", "rms"] < 0.6 * table["rms"].iloc[:3].min()
    left = paper.residual_correlations()
    assert left.loc["Common Crawl", ["Python", "arXiv, mathematics"]].max() < -0.4


def test_the_rounded_line_is_as_good_as_the_fit():
    table = paper.models()
    left = table["bpc_average"] - paper.printed().score(table["compute"])
    assert np.sqrt((left**2).mean()) == pytest.approx(0.00785, abs=5e-6)
    assert paper.line().rms == pytest.approx(0.00773, abs=5e-6)


# The split ------------------------------------------------------------------------------------


def test_the_plane_is_ordinary_least_squares():
    table = paper.models()
    X = np.column_stack([np.ones(22), np.log(table["params"]), np.log(table["tokens"])])
    found, rest, *_ = np.linalg.lstsq(X, table["bpc_average"], rcond=None)
    law = paper.plane().law
    assert (law.slope_first, law.slope_second) == pytest.approx(tuple(found[1:]), rel=1e-8)
    cov = np.linalg.inv(X.T @ X) * rest[0] / 19
    error = np.sqrt(cov[1, 1] + cov[2, 2] - 2 * cov[1, 2])
    assert (found[1] - found[2]) / error == pytest.approx(-0.13, abs=0.02)


def test_public_models_show_no_tilt_and_could_have():
    table = paper.tilts()
    public = table[table["kind"] == "public"]
    assert ((public["low"] < 0) & (public["high"] > 0)).all()
    assert public["tilt"].round(3).tolist() == [-0.007, -0.007, -0.014]
    seen = paper.detectable(paper.tilt(paper.plane(), "groups")["se"])
    assert seen == pytest.approx(0.145, abs=2e-3)
    controlled = table[table["kind"] == "controlled"]
    assert (controlled["high"] < -seen).all()
    assert controlled["tilt"].round(2).tolist() == [-0.49, -0.38, -0.37, -0.37]
    assert paper.expected_tilts()["tilt"].round(2).tolist() == [-0.11, -0.18, -0.39, -0.42]


def test_sizes_and_tokens_are_not_collinear_but_tokens_are_a_property_of_families():
    assert abs(paper.collinearity()) < 0.1
    shares = paper.within_families()
    assert (round(shares["ln N"], 2), round(shares["ln D"], 2)) == (0.98, 0.03)


def test_families_share_half_of_the_scatter():
    table = paper.models()
    left = table.assign(left=paper.plane().residuals).groupby("family")["left"]
    inside = sum((rows.size - 1) * rows.var() for _, rows in left if rows.size > 1) / (22 - 8)
    spread = f_oneway(*(rows for _, rows in left)).statistic * inside
    typical = (22 - (left.size() ** 2).sum() / 22) / 7
    by_hand = (spread - inside) / (spread + (typical - 1) * inside)
    assert paper.shared_by_families() == pytest.approx(by_hand, rel=1e-9)
    assert paper.shared_by_families() == pytest.approx(0.50, abs=5e-3)


def test_domains_tilt_against_each_other():
    """More tokens help on code, more parameters on web text; the mean shows neither."""
    tilted = {}
    for response in paper.DOMAINS:
        row = paper.resampled(paper.plane(response=response), "groups").interval(0.95).loc["gamma"]
        tilted[response] = int(row["low"] > 0) - int(row["high"] < 0)
    assert tilted == {"bpc_common_crawl": 1, "bpc_python": -1, "bpc_arxiv_math": 0}


def test_a_plane_in_logarithms_is_too_blunt_for_runs_that_bend():
    for name in ("c4", "redpajama", "refinedweb"):
        runs = paper.controlled(name, paper.LONG)
        flat = rp.fit(rp.laws.LogPlane.of(response="loss"), runs)
        bent = paper.split(name)
        assert paper.tilt(flat)["se"] > 3 * paper.tilt(bent)["se"]
        assert abs(paper.tilt(flat)["z"]) < 2.1 < abs(paper.tilt(bent)["z"])


def test_at_the_ratios_of_the_public_models_the_tilt_stays():
    most = paper.models()["tokens_per_param"].max()
    found = paper.tilt(paper.split("sardana", paper.LONG, most))
    assert found["tilt"] == pytest.approx(-0.33, abs=5e-3)
    assert found["high"] < -0.15


@pytest.mark.parametrize("name", paper.CONTROLLED)
def test_pairs_follow_their_rule(name):
    runs = paper.controlled(name)
    pairs = paper.equal_compute_pairs(runs)
    assert pairs["compute_ratio"].between(1 / paper.WITHIN, paper.WITHIN).all()
    apart = pairs["tokens_per_param_small"] / pairs["tokens_per_param_large"]
    assert apart.min() >= paper.APART * (1 - 1e-6)
    by_hand = 0
    for a in runs.itertuples():
        for b in runs.itertuples():
            close = 1 / paper.WITHIN <= b.flops / a.flops <= paper.WITHIN
            by_hand += close and b.tokens_per_param / a.tokens_per_param >= 9.99999
    assert len(pairs) == by_hand > 0
    long = pairs[pairs["tokens_per_param_large"] >= paper.LONG * (1 - 1e-6)]
    assert (long["gap"] > 0).all()


def test_the_widest_gaps():
    pairs = paper.equal_compute_pairs(paper.controlled("sardana"))
    widest = pairs.loc[pairs["gap"].idxmax()]
    assert (widest["model_size_large"], widest["model_size_small"]) == ("1.3B", "150M")
    assert (widest["gap"], widest["compute_ratio"]) == pytest.approx((0.456, 0.957), abs=1e-3)
    gadre = [paper.equal_compute_pairs(paper.controlled(k))["gap"].max() for k in ("c4",)]
    assert gadre == pytest.approx([0.360], abs=1e-3)


# Predictions ----------------------------------------------------------------------------------

LAW = Chinchilla(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)


def test_a_line_has_no_floor():
    assert paper.flops_for(paper.printed(), [0.0, 0.25, 0.3]) == pytest.approx(
        [6.19e29, 1.95e26, 3.88e25], rel=2e-3
    )
    assert paper.printed().score(2e8) < 0


def test_lines_of_equal_bpc_have_one_product():
    params = np.geomspace(1e8, 1e12, 9)
    product = params * paper.tokens_for(paper.printed(), 0.4, params)
    np.testing.assert_allclose(product, product[0], rtol=1e-12)
    assert paper.printed().score(product[0] / paper.UNIT) == pytest.approx(0.4)


def test_lines_of_equal_loss_end_at_the_least_size():
    least = paper.least_params(LAW, 2.0)
    assert LAW.loss(least, 1e30) == pytest.approx(2.0, abs=1e-5)
    tokens = paper.tokens_for_loss(LAW, 2.0, [0.99 * least, 1.01 * least, 10 * least])
    assert np.isinf(tokens).tolist() == [True, False, False]
    assert LAW.loss(10 * least, tokens[2]) == pytest.approx(2.0, rel=1e-12)


def test_half_and_double_the_best_size_cost_little():
    table = paper.valley(hoffmann2022.law("refit"), [1e21, 1e24], [0.5, 1.0, 2.0, 10.0])
    by_factor = table.pivot_table(index="flops", columns="factor", values="excess")
    assert by_factor.loc[1e24, [0.5, 2.0]].tolist() == pytest.approx([0.0044, 0.0044], abs=1e-4)
    assert (by_factor[1.0].abs() < 1e-12).all()
    assert by_factor.loc[1e24, 10.0] > 10 * by_factor.loc[1e24, 2.0]
    # What a split wastes is the same share at every budget, and that share of it does as well.
    worth = table.pivot_table(index="factor", columns="flops", values="worth")
    np.testing.assert_allclose(worth[1e21], worth[1e24], rtol=1e-9)
    row = table.iloc[0]
    again = hoffmann2022.law("refit").optimal(flops=row["flops"] * row["worth"])
    assert again.loss == pytest.approx(row["loss"], rel=1e-10)


def test_a_limit_to_tokens_binds_late_and_leaves_a_floor():
    table = paper.capped(LAW, np.geomspace(1e22, 1e30, 60), 15e12)
    binds = table["tokens"] == 15e12
    assert (table.loc[~binds, "capped"] == table.loc[~binds, "free"]).all()
    assert (table.loc[binds, "capped"] > table.loc[binds, "free"]).all()
    assert table["capped"].min() > LAW.E + LAW.B * 15e12**-LAW.beta
    spent = rp.counting.training_flops(table["params"], table["tokens"])
    np.testing.assert_allclose(spent, table["flops"], rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: paper.models("april30"), UnknownNameError, "table of models 'april30'.*april25"),
        (lambda: paper.controlled("pile"), UnknownNameError, "controlled runs 'pile'.*sardana"),
        (lambda: paper.least_params(LAW, 1.69), ArgumentError, "loss is 1.69; no model"),
        (
            lambda: paper.equal_compute_pairs(paper.controlled("c4"), within=0.9),
            ArgumentError, "within is 0.9 and apart 10",
        ),
        (
            lambda: paper.equal_compute_pairs(paper.models()),
            DataError, "'model_size' is missing; pairs need .* bpc_average",
        ),
        (lambda: paper.tokens_for(paper.printed(), 0.4, [-1.0]), ArgumentError, "params must be"),
        (lambda: paper.tokens_for_loss(LAW, np.nan, [1e9]), ArgumentError, "loss must be"),
        (lambda: paper.detectable(0.1, chance=80), ArgumentError, "chance is 80; .* 0 and 1"),
        (lambda: paper.detectable(-0.1), ArgumentError, "error must be positive"),
    ],
)  # fmt: skip
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_tables_handed_out_can_be_changed_without_harm():
    for table, column in ((paper.models(), "bpc_average"), (paper.every_model(), "params")):
        table[column] = 0.0
    assert paper.models()["bpc_average"].min() > 0.3
    assert paper.every_model()["params"].min() > 1e9


# What the chapter says of pairs and of the tilt ---------------------------------------------------


def test_of_two_long_runs_of_equal_compute_the_larger_model_wins():
    for name in paper.CONTROLLED:
        pairs = paper.equal_compute_pairs(paper.controlled(name, paper.LONG))
        assert len(pairs) > 0 and (pairs["gap"] > 0).all()


def test_every_pair_of_public_models_contains_llama_3_8b():
    pairs = paper.equal_compute_pairs(paper.models(), name="model", response="bpc_average")
    assert len(pairs) == 4
    assert (pairs[["model_large", "model_small"]] == "Llama-3-8b").any(axis=1).all()


@pytest.mark.parametrize("k", [8.0, 27.0, 64.0])
def test_the_tilt_of_chinchillas_law_is_a_hyperbolic_tangent(k):
    """By differences: a step in ln(D/N) at equal compute, over one in ln(ND)."""
    law = Chinchilla(A=1e3, B=1e3, E=1.7, alpha=1 / 3, beta=1 / 3)
    n, d, h = 1e9 / np.sqrt(k), 1e9 * np.sqrt(k), 1e-4
    gamma = law.loss(n * np.exp(-h / 2), d * np.exp(h / 2)) - law.loss(n, d)
    alpha = law.loss(n * np.exp(h / 2), d * np.exp(h / 2)) - law.loss(n, d)
    assert gamma / alpha == pytest.approx(-np.tanh(np.log(k) / 6), rel=1e-3)
