"""Muennighoff et al. (2023): the claims, the fits against other solutions, and the curves."""

import numpy as np
import pytest
from scipy.optimize import minimize

import replication as rp
from replication.errors import UnknownNameError
from replication.laws import DataConstrained
from replication.papers import muennighoff2023 as paper


@pytest.fixture(scope="module")
def ledger():
    return {item.claim.id: item for item in rp.verify("muennighoff2023").judgements}


def test_no_claim_surprises(ledger):
    assert [name for name, item in ledger.items() if item.surprise] == []


def test_what_differs_is_pinned(ledger):
    differs = {name: item.answer.ours for name, item in ledger.items() if item.verdict == "differs"}
    pinned = {
        "M2.most_epochs": 9000,
        "M2.lowest": 95.365,
        "M3.n_only.huber": 0.032977,
        "M3.geometric.r2": 0.79873,
        "M3.exponential.r2": 0.78930,
        "M3.exponential.huber": 0.015685,
        "M4.n_only": 0.74211,
        "M4.k_N": 0.45789,
        "M7.optimum": 6.7866,
        "M8.plateau": 4.0,
        "M9.validation": 0.60160,
        "M9.test": 0.61778,
        "M10.100M.ratio": 1217.6,
        "M12.flops": 3.24e23,
    }
    found = {name: value for name, value in differs.items() if not name.endswith("r2_v4")}
    assert found == pytest.approx(pinned, rel=1e-4)
    assert len(differs) == len(found) + 6


# The table ------------------------------------------------------------------------------------


def test_the_runs():
    runs = paper.runs()
    assert len(runs) == 296
    assert (runs["unique_tokens"] <= runs["tokens"]).all()
    assert set(runs["seed_index"].dropna()) == {1, 2, 3, 4}
    assert len(paper.fitted_runs()) == 182
    assert {name: len(paper.loss_grid(name)) for name in paper.UNIQUE} == {
        "100M": 93, "400M": 34, "1.5B": 37,
    }  # fmt: skip
    with pytest.raises(UnknownNameError, match="100M"):
        paper.loss_grid("1B")


def test_runs_of_the_corpus_are_these():
    corpus = rp.corpus("datablations", flagged=True)
    assert len(corpus) == 296
    assert set(corpus["run"]) == set(paper.runs()["run"])
    np.testing.assert_allclose(
        corpus.set_index("run")["loss"], paper.runs().set_index("run")["loss"]
    )


# The fits -------------------------------------------------------------------------------------


def huber(law, table):
    """The paper's sum, written again."""
    apart = np.abs(
        np.log(table["loss"])
        - np.log(law.loss(table["params"], table["tokens"], table["unique_tokens"]))
    )
    return float(np.where(apart < 1e-3, apart**2 / 2, 1e-3 * (apart - 5e-4)).sum())


def at(stars):
    """The law of the printed base at logarithms of both constants."""
    d, n = np.exp(stars)
    return DataConstrained(**paper.base_fields(), R_D_star=d, R_N_star=n)


@pytest.mark.parametrize(("way", "stars"), [("printed", (15.372, 5.3151)),
                                            ("lowest", (95.365, 1.7059))])  # fmt: skip
def test_both_minima_are_those_of_another_solver(way, stars):
    table, law = paper.fitted_runs(), paper.fitted(way).law
    assert (law.R_D_star, law.R_N_star) == pytest.approx(stars, rel=1e-4)
    start = np.log(stars) + 0.002
    found = minimize(
        lambda x: huber(at(x), table), start, method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-12},
    )  # fmt: skip
    assert found.fun == pytest.approx(paper.fitted(way).value, rel=1e-7)
    assert np.exp(found.x) == pytest.approx(stars, rel=2e-3)
    assert paper.quality(law)["huber"] == pytest.approx(huber(law, table), rel=1e-12)


def test_the_lowest_is_lower_by_a_thousandth():
    ratio = paper.fitted("printed").value / paper.fitted().value
    assert ratio == pytest.approx(1.00135, abs=1e-4)


def test_the_geometric_row_is_the_other_minimum():
    """The printed deltas, as repeats: what the main form has at its lowest."""
    law = paper.fitted().law
    assert pytest.approx(law.R_D_star, rel=0.01) == 1 / 0.0104 - 1
    assert pytest.approx(law.R_N_star, rel=0.01) == 1 / 0.3676 - 1


def test_the_profile_of_the_data_is_open_above():
    low, high = paper.profiled("R_D_star").interval(0.95)
    assert low == pytest.approx(7.9, abs=0.05)
    assert high == np.inf
    assert [note.code for note in paper.profiled("R_D_star").notes] == ["unidentified"]
    assert paper.profiled("R_N_star").interval(0.95) == pytest.approx((0.602, 10.63), rel=0.01)


def test_most_starts_of_the_recipe_end_where_the_paper_did():
    ends = paper.recipe_ends()
    assert len(ends) == 9
    assert ends["R_D_star"].between(15.2, 15.5).sum() == 6


def test_a_free_base_law_takes_the_bias_away():
    held, free = paper.quality(paper.printed()), paper.quality(paper.fitted("tied").law)
    assert (round(held["bias"], 3), round(free["bias"], 3)) == (-0.073, 0.0)
    assert (round(held["miss"], 3), round(free["miss"], 3)) == (0.073, 0.026)
    low, high = paper.profiled("R_D_star", "tied").interval(0.95)
    assert (low, high) == pytest.approx((25.2, 86), rel=0.1)
    assert low > paper.printed().R_D_star
    assert paper.fitted("tied").law.R_D_star == pytest.approx(33.58, rel=1e-3)
    assert paper.fitted("whole").law.R_D_star == pytest.approx(25.17, rel=1e-3)


def test_which_laws_order_the_pair_of_figure_1():
    small, large = (6.341358436e9, 242e9, 25e9), (8.67e9, 178e9, 25e9)
    right = {way: bool(paper.fitted(way).law.loss(*small) < paper.fitted(way).law.loss(*large))
             for way in ("printed", "lowest", "tied", "whole")}  # fmt: skip
    assert right == {"printed": True, "lowest": True, "tied": True, "whole": False}


def test_all_runs_leave_nothing_of_the_law():
    law = paper.fitted("all runs").law
    assert law.R_D_star > 1e6
    assert law.R_N_star < 1e-6


# The other forms ------------------------------------------------------------------------------


def test_the_forms_agree_for_small_losses_per_repeat():
    n, d, u = 1e9, 4e10, 1e10
    star = DataConstrained(**paper.base_fields(), R_D_star=999.0, R_N_star=999.0)
    geometric = paper.Geometric(delta_D=1e-3, delta_N=1e-3)
    exponential = paper.Exponential(k_D=1e-3, k_N=1e-3)
    expected = star.loss(n, d, u)
    assert geometric.loss(n, d, u) == pytest.approx(expected, rel=1e-4)
    assert exponential.loss(n, d, u) == pytest.approx(expected, rel=1e-4)


def test_the_geometric_series_is_a_sum():
    repeats = np.arange(6)
    summed = np.cumsum(np.where(repeats == 0, 1.0, 0.8**repeats))
    np.testing.assert_allclose(paper.Geometric.worth(repeats.astype(float), 0.2), summed)
    passes = np.cumsum(np.exp(-0.2 * repeats))
    np.testing.assert_allclose(paper.Exponential.worth(repeats.astype(float), 0.2), passes)


# The curves -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dataset", "size", "excess"),
    [
        ("c4", "2.8B", {2: 0.24, 3: 0.41, 4: 0.61, 5: 0.89, 7: 1.36, 14: 4.77}),
        ("c4", "8.7B", {2: 0.03, 3: 0.44, 4: 0.60, 5: 0.92, 7: 1.61, 14: 4.86}),
        ("oscar", "4.2B", {2: 0.35, 3: 0.71, 4: 0.92, 5: 1.21, 7: 2.10, 14: 5.71}),
    ],
)
def test_what_repeats_cost_by_the_curves(dataset, size, excess):
    """Of the whole curves; ours are thinned, which moves them by a tenth of a percent."""
    table = paper.ends()
    same = table[(table["dataset"] == dataset) & (table["size"] == size)].set_index("epochs")
    for epochs, percent in excess.items():
        assert 100 * same.loc[epochs, "excess"] == pytest.approx(percent, abs=0.1)


def test_a_curve_that_is_there_twice_is_counted_once():
    three, four = (paper.curve("oscar", "2.8B", epochs)["loss"] for epochs in (3, 4))
    assert (three == four).all()
    table = paper.ends()
    assert len(table) == 47
    assert table[(table["dataset"] == "oscar") & (table["epochs"] == 4)]["size"].nunique() == 2


def test_over_fitting_begins_within_runs_of_44_epochs():
    table = paper.onset()
    many = table[table["epochs"] == 44]
    assert many["epochs_at_lowest"].between(6, 17).all()
    assert many["rise"].between(0.11, 0.22).all()
    assert table.loc[table["epochs"] == 14, "rise"].max() < 0.009


def test_along_a_run_the_law_is_first_too_high_and_then_too_low():
    run = paper.along("c4", "2.8B", 44)
    early, late = run[run["epochs_seen"].between(2, 6)], run[run["epochs_seen"] > 20]
    assert (early["predicted"] > early["excess"]).all()
    assert (late["predicted"] < late["excess"]).all()
