"""Ivgi et al. (2022): splits, ladders, forms, and the record of the benchmark."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

import replication as rp
from replication.errors import ArgumentError, DataError, UnknownNameError
from replication.laws import PowerLawOffset
from replication.papers import ivgi2022 as paper
from replication.papers.ivgi2022.released import follow_floor


@pytest.fixture(scope="module")
def ledger():
    return {item.claim.id: item for item in rp.verify("ivgi2022").judgements}


def test_no_claim_surprises(ledger):
    assert [name for name, item in ledger.items() if item.surprise] == []


def test_what_differs_is_pinned(ledger):
    differs = {name: item.answer.ours for name, item in ledger.items() if item.verdict == "differs"}
    assert differs == {"R1.tasks": 92.0, "R2.lowest": "M1 to M3 > M4"}


def test_with_a_floor_all_routers_are_forecast_too_high():
    found = paper.routed_forecasts("with a floor")
    assert found.groupby("router").size().to_dict() == {"Hash": 9, "RL-R": 9, "S-Base": 9}
    assert (found["error"] > 0).all()
    assert found.groupby("router")["error"].mean().between(0.009, 0.011).all()


# Splits ---------------------------------------------------------------------------------------


def table(**changed):
    columns = {"samples": [1, 2, 4, 8, 16], "error": [5, 4, 3, 2.5, 2], "held_out": [0, 0, 0, 1, 1]}
    return pd.DataFrame(columns | changed)


def test_a_split_is_sorted_whatever_the_order_of_rows():
    shuffled = table().sample(frac=1, random_state=1)
    one, two = paper.Split.of(table()), paper.Split.of(shuffled)
    pd.testing.assert_frame_equal(one.fitted, two.fitted)
    pd.testing.assert_frame_equal(one.held_out, two.held_out)
    assert (one.reach, one.notes) == (4.0, ())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"held_out": [0] * 5}, "no points to score it on"),
        ({"held_out": [1] * 5}, "no points to fit a law to"),
        ({"held_out": [0, 0, 1, 0, 1]}, "has 4 samples, the fitted ones reach 8"),
        ({"held_out": [0, 0, 0, 1, 2]}, "held_out is 2"),
        ({"held_out": [0, 0, 0, None, "yes"]}, "held_out is None"),
        ({"error": [5, 4, 0, 2.5, 2]}, r"'error' is not positive.*row 2 \(0"),
        ({"error": [5, 4, np.nan, 2.5, 2]}, r"'error' is NaN.*row 2"),
        ({"samples": [-1, 2, 4, 8, 16]}, r"'samples' is not positive.*row 0 \(-1"),
        ({"samples": [*"12345"]}, "'samples' must be numbers, got numbers written as text"),
    ],
)
def test_a_split_that_cannot_be_scored_is_refused(changed, said):
    with pytest.raises(DataError, match=said):
        paper.Split.of(table(**changed))


def test_a_split_takes_a_dict_of_lists_as_fits_do():
    columns = {name: column.tolist() for name, column in table().items()}
    pd.testing.assert_frame_equal(paper.Split.of(columns).fitted, paper.Split.of(table()).fitted)


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="no column held_out"):
        paper.Split.of(table().drop(columns="held_out"))


def test_one_held_out_point_is_noted():
    assert [note.code for note in paper.curve(73).notes] == ["too_few_points"]
    assert paper.curve(1).notes == ()


def test_a_law_that_predicts_no_error_is_refused():
    falling = PowerLawOffset.of("samples", "error")(A=-5.0, E=1.0, alpha=0.1)
    with pytest.raises(ArgumentError, match="a positive number is expected"):
        paper.Split.of(table()).score(falling)


def test_the_curves_are_those_of_the_benchmark():
    tasks = paper.tasks()
    assert len(tasks) == 92
    assert (int(tasks["fitted"].sum()), int(tasks["held_out"].sum())) == (4272, 15323)
    assert tasks["reach"].between(1.6, 2.3).all()
    with pytest.raises(UnknownNameError, match="curve 93"):
        paper.curve(93)


# Ladders --------------------------------------------------------------------------------------


def test_a_forecast_is_a_straight_line_through_logarithms():
    """The whole method, by other means."""
    means = paper.dense().groupby("params")["loss"].mean()
    for sizes in (3, 4, 5):
        line = np.polyfit(np.log(means.index[:sizes]), np.log(means.iloc[:sizes]), 1)
        ours = paper.small_to_large(paper.dense(), sizes)
        expected = np.exp(np.polyval(line, np.log(means.index[-1]))) / means.iloc[-1] - 1
        assert ours.error == pytest.approx(expected, abs=1e-7)


def test_the_dense_ladder_is_pinned():
    errors = paper.dense_table().set_index(["law", "sizes"])["error"]
    assert errors["power law"].to_dict() == pytest.approx(
        {3: -0.02259, 4: -0.02215, 5: -0.01159}, abs=1e-5
    )
    assert errors["with a floor"].to_dict() == pytest.approx({4: -0.01728, 5: 0.00503}, abs=1e-4)


def test_rows_in_any_order_and_seeds_are_one_family():
    shuffled = paper.dense().sample(frac=1, random_state=2)
    assert paper.small_to_large(shuffled, 4).error == pytest.approx(
        paper.small_to_large(paper.dense(), 4).error, rel=1e-9
    )


@pytest.mark.parametrize(
    ("sizes", "fitted", "law"),
    [(1, 1, "power law"), (2, 2, "power law"), (6, 6, "power law"), (3, 2, "with a floor")],
)
def test_families_of_too_few_sizes_are_refused(sizes, fitted, law):
    family = pd.DataFrame(
        {"params": 1e6 * 3.0 ** np.arange(sizes), "loss": 3.0 - 0.1 * np.arange(sizes)}
    )
    with pytest.raises(DataError, match=f"The family has {sizes} sizes and {fitted} were to be"):
        paper.small_to_large(family, fitted, law)


def test_other_bad_families_are_refused():
    with pytest.raises(DataError, match="no column loss"):
        paper.small_to_large(paper.dense().drop(columns="loss"), 4)
    with pytest.raises(UnknownNameError, match="with floor"):
        paper.small_to_large(paper.dense(), 4, "with floor")
    with pytest.raises(ArgumentError, match="at least 2 different positive sizes"):
        paper.amplification([1e7, 1e7], 1e9)
    with pytest.raises(ArgumentError, match="at least 3 different positive sizes"):
        paper.bend_factor([1e7, 1e8], 1e9)


def test_noise_is_amplified_as_simulated():
    params = np.unique(paper.dense()["params"])
    x, rng = np.log(params), np.random.default_rng(5)
    draws = rng.normal(0, 1e-3, (4000, 4))
    slopes = np.polyfit(x[:4], draws.T, 1)
    spread = np.std(slopes[0] * x[-1] + slopes[1]) / 1e-3
    assert paper.amplification(params[:4], params[-1]) == pytest.approx(spread, rel=0.03)


@pytest.mark.parametrize("t", [2.0, 3.0, 5.0])
def test_both_factors_are_those_of_the_equations(t):
    sizes, target = 10.0 ** np.array([7, 8, 9]), 10.0 ** (8 + t)
    assert paper.amplification(sizes, target) == pytest.approx(np.sqrt(1 / 3 + t**2 / 2))
    assert paper.bend_factor(sizes, target) == pytest.approx(3 / np.sqrt(2) * (t**2 - 2 / 3))


def test_fit_quality_ranks_forecasts_at_equal_distance_only():
    routed = paper.routed_forecasts()
    order = lambda part: (1 - part["r2"]).corr(part["error"].abs(), method="spearman")  # noqa: E731
    assert order(routed) == pytest.approx(-0.137, abs=0.002)
    within = {ratio: order(part) for ratio, part in routed.groupby(routed["ratio"].round(1))}
    assert within == pytest.approx({3.6: 0.703, 9.9: 0.803, 22.8: 0.746}, abs=0.002)


def test_choices_of_routers():
    choices = paper.selections()
    right = {rule: int((choices[rule] == choices["best"]).sum()) for rule in ("law", "winner")}
    assert right == {"law": 16, "winner": 15}
    assert choices["winner_cost"].max() == pytest.approx(0.01623, abs=1e-5)
    assert (choices[["law_cost", "winner_cost"]] >= 0).all(axis=None)


# Seeds ----------------------------------------------------------------------------------------


def test_forecasts_from_choices_of_seeds_are_lines_through_means():
    """The whole method, by other means, and both functions on the choices they share."""
    runs = paper.seeded()
    table = runs.pivot_table(index="params", columns="seed", values="loss")
    small, target = table.iloc[:4], table.index[-1]
    found = paper.by_seeds().set_index(["seeds", "params"])["error"]
    mixed = paper.mixed_seeds().query("params == @target")["error"].to_numpy()
    for seeds in [(0,), (1,), (0, 2), tuple(small.columns)]:
        line = np.polyfit(np.log(small.index), np.log(small[list(seeds)].mean(axis=1)), 1)
        expected = np.exp(np.polyval(line, np.log(target))) / table.loc[target].mean() - 1
        assert found[" ".join(str(int(seed)) for seed in seeds), target] == pytest.approx(
            expected, abs=1e-7
        )
        assert len(seeds) > 1 or np.isclose(mixed, expected, atol=1e-9).any()
    assert len(mixed) == small.shape[1] ** 4
    assert len(found) == 2 * (2 ** small.shape[1] - 1)


def test_a_horizon_that_was_not_trained_is_refused():
    with pytest.raises(DataError, match="No runs were trained on 7 tokens"):
        paper.seeded(7)


def test_seeds_pay_on_a_million_bytes_and_not_on_half():
    for tokens, single, every in ((499_712, 0.0962, 0.0957), (1_000_448, 0.0386, 0.0211)):
        found = paper.by_seeds(tokens).query("params == params.max()")
        off = found["error"].abs().groupby(found["k"]).mean()
        assert off.iloc[0] == pytest.approx(single, abs=1e-3)
        assert off.iloc[-1] == pytest.approx(every, abs=1e-3)
    assert (paper.mixed_seeds(499_712)["error"] > 0).all()
    assert paper.seed_means(499_712)["loss"].iloc[:4].between(2.35, 2.46).all()


# Forms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "form", "way"),
    [(46, "M1", "plain"), (46, "M2", "plain"), (46, "M4", "lowest"), (73, "M3", "plain"),
     (73, "M4", "plain"), (73, "M2", "released"), (21, "M4", "released"), (33, "B1", "plain")],
)  # fmt: skip
def test_the_record_is_what_is_fitted_now(number, form, way):
    stored = paper.recorded().set_index(["curve", "form", "way"]).loc[number, form, way]
    now = paper.fit_row(number, form, way)
    for name in ("within", "score", "floor"):
        assert now[name] == pytest.approx(stored[name], rel=2e-3, abs=2e-6)


@pytest.mark.parametrize("number", [46, 73, 80])
def test_the_plain_fit_of_m2_is_the_lowest_that_scipy_finds(number):
    split = paper.curve(number)
    x, y = np.log(split.fitted["samples"]), np.log(split.fitted["error"])

    def misfit(theta):
        log_a, alpha, log_e = theta
        return np.sum((np.logaddexp(log_a - alpha * (x - x.mean()), log_e) - y) ** 2)

    starts = [
        (np.log(0.3), c, np.log(e) + y.min()) for c in (0.2, 0.5, 1) for e in (0.01, 0.5, 0.95)
    ]
    options = {"xatol": 1e-9, "fatol": 1e-14, "maxiter": 4000}
    best = min(minimize(misfit, s, method="Nelder-Mead", options=options).fun for s in starts)
    law = paper.fit_form(split, "M2")
    ours = np.sum((np.log(law.predict(split.fitted["samples"].to_numpy(float))) - y) ** 2)
    assert ours <= best * (1 + 1e-6)


def test_the_lowest_of_the_sum_is_that_of_a_grid_of_floors():
    """With the floor held, the benchmark's sum is a straight line's."""
    split = paper.curve(21)
    x, y = (split.fitted[name].to_numpy(float) for name in ("samples", "error"))
    floors = np.linspace(0, y.min() - 1e-3, 4001)
    sums = [np.polyfit(np.log(x), np.log(y - floor), 1, full=True)[1][0] for floor in floors]
    law = paper.fit_form(split, "M2", "lowest")
    assert law.irreducible == pytest.approx(floors[int(np.argmin(sums))], abs=1e-4)


def test_the_steps_of_the_code_in_their_own_size_end_at_the_same_place():
    """Ten steps of .65 stand for a hundred of .1."""
    split = paper.curve(33)
    x, y = (split.fitted[name].to_numpy(float) for name in ("samples", "error"))
    short, long = follow_floor(x, y), follow_floor(x, y, newton=(100, 0.1))
    assert short.to_dict() == pytest.approx(long.to_dict(), rel=1e-4)


def test_both_sums_are_scored_on_the_same_curve():
    """On its curve, an `Excess` repeats the error, and the law that it turns into predicts it."""
    law = paper.ExcessShare(k=0.01, c=0.4, e_inf=0.1, e_0=1.0, alpha=0.5)
    x = np.geomspace(1e6, 1e9, 7)
    error = law.to_law().predict(x)
    np.testing.assert_allclose(law.measured(x, error), error, rtol=1e-9)


def test_more_coefficients_never_fit_worse():
    inside = paper.recorded().pivot_table(index="curve", columns=["form", "way"], values="within")
    for form in ("M2", "M3", "B1"):
        assert (inside[form, "plain"] <= inside["M1", "plain"] * (1 + 1e-6)).all()
    assert (inside["M2", "plain"] <= inside["M2", "lowest"] * (1 + 1e-6)).all()
    assert (inside["M2", "plain"] <= inside["M2", "released"] * (1 + 1e-6)).all()


def test_a_floor_outside_the_errors_is_refused():
    for floor in (0.0, 0.9, np.nan):
        with pytest.raises(ArgumentError, match="above 0 and below the smallest fitted error"):
            paper.floor_profile(paper.curve(73), [floor])


def test_unknown_names_are_refused():
    split = paper.curve(73)
    for arguments, said in [(("M5",), "form 'M5'"), (("M1", "fast"), "way 'fast'"),
                            (("M1", "plain", "XX"), "domain 'XX'")]:  # fmt: skip
        with pytest.raises(UnknownNameError, match=said):
            paper.fit_form(split, *arguments)
    with pytest.raises(UnknownNameError, match="way 'fast'"):
        paper.wins("fast")
    with pytest.raises(UnknownNameError, match="domain 'XX'"):
        paper.wins("plain", "XX")
