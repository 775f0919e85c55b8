"""Resamples: each is a proper refit, the draws are reproducible, the tables are the draws'."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import ArgumentError, DataError, ReplicationError, UnknownNameError
from replication.fitting import resampling as engine
from replication.laws import Chinchilla, LogLinear, PowerLaw

Surface = Callable[..., tuple[Chinchilla, pd.DataFrame]]
FIELDS = ["A", "B", "E", "alpha", "beta"]


@pytest.fixture(scope="module")
def fit(points_240: pd.DataFrame) -> rp.Fit:
    return rp.fit(Chinchilla, points_240)


@pytest.fixture(scope="module")
def boot(fit: rp.Fit) -> rp.Bootstrap:
    return fit.bootstrap(4000, seed=0)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.random.default_rng(8).integers(240, size=(100, 240))


def relative(a: pd.DataFrame, b: pd.DataFrame) -> float:
    return float((a / b - 1).abs().max().max())


def test_each_refit_is_a_minimum(fit: rp.Fit, points_240: pd.DataFrame, plain: Any) -> None:
    rows = np.random.default_rng(1).integers(240, size=(4000, 240))
    boot = fit.bootstrap(indices=rows)
    assert boot.count == 4000 and boot.failed == 0
    values = np.asarray(boot.values)
    for k in range(0, 4000, 80):
        weights = np.bincount(rows[k], minlength=240)
        solution = plain(points_240, weights=weights)
        best, _ = solution.polish(solution.coordinates(fit.law))
        assert values[k] <= best * (1 + 1e-7), k
        law = Chinchilla(**boot.to_frame().loc[k, FIELDS])
        residuals = np.log(points_240.loss) - np.log(law.loss(points_240.params, points_240.tokens))
        assert fit.objective.value(residuals, weights) == pytest.approx(values[k], rel=1e-9)


@pytest.mark.parametrize("objective", ["log-huber", "log-lsq", "log-lad", "huber", "lsq"])
def test_indices_are_explicit_refits(
    points_240: pd.DataFrame, rows: np.ndarray, objective: str
) -> None:
    boot = rp.fit(Chinchilla, points_240, objective=objective).bootstrap(indices=rows[:4])
    assert boot.kind == "given"
    for k in range(4):
        alone = rp.fit(Chinchilla, points_240.iloc[rows[k]], objective=objective).law
        for name in FIELDS:
            tolerance = 1e-3 if objective == "log-lad" else 1e-5
            drawn = boot.to_frame().loc[k, name]
            assert drawn == pytest.approx(getattr(alone, name), rel=tolerance), name


def test_single_precision_steps_end_where_double_ones_do(fit: rp.Fit, rows: np.ndarray) -> None:
    # From 64 resamples on, the first steps are in single precision.
    mixed = fit.bootstrap(indices=rows)
    double = [fit.bootstrap(indices=part) for part in (rows[:50], rows[50:])]
    np.testing.assert_allclose(mixed.values[:50], double[0].values, rtol=1e-8)  # noqa: PD011
    np.testing.assert_allclose(mixed.values[50:], double[1].values, rtol=1e-8)  # noqa: PD011
    frames = pd.concat([part.to_frame() for part in double], ignore_index=True)
    assert relative(mixed.to_frame(), frames) < 1e-4


@pytest.mark.parametrize("how", ["bootstrap", "subsample"])
def test_the_same_seed_gives_the_same_draws(fit: rp.Fit, how: str) -> None:
    draw: Callable[..., rp.Bootstrap] = getattr(fit, how)
    first, second, other = draw(70, seed=3), draw(70, seed=3), draw(70, seed=4)
    pd.testing.assert_frame_equal(first.to_frame(), second.to_frame())
    assert (first.to_frame() != other.to_frame()).any().all()


@pytest.mark.parametrize("how", ["bootstrap", "subsample"])
def test_draws_do_not_depend_on_the_block_size(
    fit: rp.Fit, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw: Callable[..., rp.Bootstrap] = getattr(fit, how)
    whole = draw(150, seed=2)
    monkeypatch.setattr(engine, "ROWS_AT_ONCE", 40 * 240 + 7)
    blocks = draw(150, seed=2)
    np.testing.assert_allclose(blocks.values, whole.values, rtol=1e-8)
    assert relative(blocks.to_frame(), whole.to_frame()) < 1e-4


def test_fewer_resamples_are_the_first_of_more(fit: rp.Fit) -> None:
    few, many = fit.bootstrap(70, seed=5), fit.bootstrap(140, seed=5)
    np.testing.assert_allclose(few.values, many.values[:70], rtol=1e-8)  # noqa: PD011


def test_the_default_draws_are_numpys(fit: rp.Fit) -> None:
    rows = np.random.default_rng(9).integers(240, size=(20, 240))
    given, drawn = fit.bootstrap(indices=rows), fit.bootstrap(20, seed=9)
    pd.testing.assert_frame_equal(given.to_frame(), drawn.to_frame())


def test_a_resample_of_all_points_is_the_fit(fit: rp.Fit) -> None:
    law = fit.bootstrap(indices=[np.arange(240)]).to_frame().iloc[0]
    for name in FIELDS:
        assert law[name] == pytest.approx(getattr(fit.law, name), rel=1e-6)


def test_resamples_may_be_smaller_than_the_data(fit: rp.Fit, points_240: pd.DataFrame) -> None:
    rows = np.random.default_rng(0).integers(240, size=(3, 100))
    drawn = fit.bootstrap(indices=rows).to_frame()
    alone = rp.fit(Chinchilla, points_240.iloc[rows[1]]).law
    assert drawn.alpha[1] == pytest.approx(alone.alpha, rel=1e-5)


def test_interval_is_numpys_percentile(boot: rp.Bootstrap, fit: rp.Fit) -> None:
    frame, table = boot.to_frame(), boot.interval(0.8)
    assert list(table.index) == [*FIELDS, "a", "b"]
    for name in table.index:
        low, high = np.percentile(frame[name], [10, 90])
        assert table.low[name] == pytest.approx(low, rel=1e-14)
        assert table.high[name] == pytest.approx(high, rel=1e-14)
        assert table.se[name] == pytest.approx(np.std(frame[name], ddof=1), rel=1e-12)
        assert table.estimate[name] == getattr(fit.law, name)


def test_wider_levels_are_wider(boot: rp.Bootstrap) -> None:
    half, most = boot.interval(0.5), boot.interval(0.99)
    assert (most.low < half.low).all() and (half.high < most.high).all()


def test_derived_exponents_are_derived_from_each_draw(boot: rp.Bootstrap) -> None:
    frame = boot.to_frame()
    np.testing.assert_allclose(frame.a, frame.beta / (frame.alpha + frame.beta), rtol=1e-13)
    np.testing.assert_allclose(frame.b, 1 - frame.a, rtol=1e-12)


def test_covariance_and_correlation_are_the_draws(boot: rp.Bootstrap) -> None:
    values = boot.to_frame()[FIELDS].to_numpy()
    covariance = np.cov(values, rowvar=False)
    np.testing.assert_allclose(boot.covariance().loc[FIELDS, FIELDS], covariance, rtol=1e-10)
    np.testing.assert_allclose(
        boot.correlation().loc[FIELDS, FIELDS], np.corrcoef(values, rowvar=False), rtol=1e-8
    )
    assert boot.correlation().loc["a", "b"] == pytest.approx(-1)


def test_optimal_is_the_optimum_of_each_draw(boot: rp.Bootstrap, fit: rp.Fit) -> None:
    table = boot.optimal(flops=[1e21, 5.88e23], level=0.8)
    frame = boot.to_frame()
    draws = [Chinchilla(**frame.loc[k, FIELDS]).optimal(flops=5.88e23) for k in range(4000)]
    best = fit.law.optimal(flops=5.88e23)
    for name in ("params", "tokens", "tokens_per_param", "loss"):
        row = table[(table.flops == 5.88e23) & (table.quantity == name)].iloc[0]
        low, middle, high = np.percentile([getattr(d, name) for d in draws], [10, 50, 90])
        assert row.estimate == pytest.approx(getattr(best, name), rel=1e-12)
        assert [row.low, row["median"], row.high] == pytest.approx([low, middle, high], rel=1e-9)
    assert len(table) == 8


def test_budgets_beyond_the_data_are_marked(boot: rp.Bootstrap, points_240: pd.DataFrame) -> None:
    spent = 6 * points_240.params * points_240.tokens
    budgets = [spent.min() / 5, spent.min(), 1e20, spent.max(), 30 * spent.max()]
    table = boot.optimal(flops=budgets)
    beyond = table[table.quantity == "loss"].beyond_data
    assert beyond.tolist() == pytest.approx([5, 1, 1, 1, 30], rel=1e-12)


def test_predict_is_the_prediction_of_each_draw(boot: rp.Bootstrap, fit: rp.Fit) -> None:
    table = boot.predict(params=[1e9, 7e10], tokens=1.4e12, level=0.9, kind="law")
    assert list(table.columns) == [
        "params", "tokens", "estimate", "median", "low", "high", "beyond_data", "kind",
    ]  # fmt: skip
    frame = boot.to_frame()
    losses = frame.E + frame.A * 7e10**-frame.alpha + frame.B * 1.4e12**-frame.beta
    assert table.loc[1, ["low", "median", "high"]].tolist() == pytest.approx(
        np.percentile(losses, [5, 50, 95]).tolist(), rel=1e-12
    )
    assert table.estimate[1] == pytest.approx(fit.law.loss(7e10, 1.4e12), rel=1e-14)


def test_predictions_beyond_the_data_are_marked(
    boot: rp.Bootstrap, points_240: pd.DataFrame
) -> None:
    inside = points_240.params.median(), points_240.tokens.median()
    small = points_240.tokens.min() / 8
    table = boot.predict(params=[inside[0], 1e3 * points_240.params.max()], tokens=inside[1])
    assert table.beyond_data.tolist() == pytest.approx([1, 1000], rel=1e-12)
    assert boot.predict(params=inside[0], tokens=small).beyond_data[0] == pytest.approx(8)


def test_groups_are_resampled_whole() -> None:
    rng = np.random.default_rng(3)
    x = np.geomspace(1e18, 1e22, 40)
    table = pd.DataFrame({"flops": x, "run": np.repeat(list("abcdefgh"), 5)})
    table["loss"] = 60 * x**-0.07 * np.exp(np.repeat(0.05 * rng.standard_normal(8), 5))
    fit = rp.fit(PowerLaw, table, group="run")
    boot = fit.bootstrap(30, seed=6)
    assert boot.kind == "groups"
    drawn = np.random.default_rng(6).integers(8, size=(30, 8))
    rows = (5 * drawn[:, :, None] + np.arange(5)).reshape(30, 40)
    same = fit.bootstrap(indices=rows).to_frame()
    np.testing.assert_allclose(boot.to_frame(), same, rtol=1e-9)
    pd.testing.assert_frame_equal(
        fit.bootstrap(30, seed=6, unit="groups").to_frame(), boot.to_frame()
    )


def test_groups_of_unequal_size_keep_all_their_points() -> None:
    rng = np.random.default_rng(3)
    x = np.geomspace(1e18, 1e22, 12)
    table = pd.DataFrame({"flops": x, "run": list("abacadecffff")})
    table["loss"] = 60 * x**-0.07 * np.exp(0.02 * rng.standard_normal(12))
    fit = rp.fit(PowerLaw, table, group="run", objective="log-lsq")
    frame = fit.bootstrap(40, seed=6).to_frame()
    names = np.array(list("abcdef"))
    for k, drawn in enumerate(np.random.default_rng(6).integers(6, size=(40, 6))):
        parts = [table[table.run == name] for name in names[drawn]]
        law = rp.fit(PowerLaw, pd.concat(parts), objective="log-lsq").law
        assert frame.alpha[k] == pytest.approx(law.alpha, rel=1e-6), k


def test_groups_that_were_not_given_cannot_be_resampled(fit: rp.Fit) -> None:
    with pytest.raises(ArgumentError, match=r"no groups to resample; give fit\(\.\.\., group="):
        fit.bootstrap(10, unit="groups")


def test_points_of_groups_can_still_be_resampled() -> None:
    rng = np.random.default_rng(3)
    x = np.geomspace(1e18, 1e22, 40)
    table = pd.DataFrame({"flops": x, "run": np.repeat(np.arange(8), 5)})
    table["loss"] = 60 * x**-0.07 * np.exp(np.repeat(0.05 * rng.standard_normal(8), 5))
    fit = rp.fit(PowerLaw, table, group="run", objective="log-lsq")
    groups, single = fit.bootstrap(400), fit.bootstrap(400, unit="points")
    assert single.kind == "points"
    # Errors shared within a run: to resample points as if they were independent is too sure.
    assert groups.interval().se["alpha"] > 1.4 * single.interval().se["alpha"]


@pytest.mark.parametrize(("fraction", "size"), [(0.8, 192), (0.5, 120), (0.999, 240), (0.1, 24)])
def test_subsamples_hold_their_share_of_the_points(fit: rp.Fit, fraction: float, size: int) -> None:
    weights = next(engine.subsample(9, 240, fraction, 0).blocks())
    assert set(np.unique(weights)) <= {0.0, 1.0}
    assert (weights.sum(axis=1) == size).all()


def test_subsamples_are_refits_of_their_points(fit: rp.Fit, points_240: pd.DataFrame) -> None:
    boot = fit.subsample(5, fraction=0.6, seed=1)
    weights = next(engine.subsample(5, 240, 0.6, 1).blocks())
    assert boot.kind == "subsamples"
    for k in range(5):
        law = rp.fit(Chinchilla, points_240[weights[k] > 0]).law
        assert boot.to_frame().alpha[k] == pytest.approx(law.alpha, rel=1e-5)


def test_subsamples_spread_less_than_resamples(fit: rp.Fit, boot: rp.Bootstrap) -> None:
    part = fit.subsample(400, fraction=0.8)
    assert (part.interval().se < 0.75 * boot.interval().se).all()


@pytest.mark.parametrize("fraction", [0.001, 0.01])
def test_subsamples_that_cannot_be_fitted_are_refused(fit: rp.Fit, fraction: float) -> None:
    with pytest.raises(ArgumentError, match=f"fraction is {fraction}"):
        fit.subsample(10, fraction=fraction)


def test_weights_of_the_fit_count_in_its_resamples(points_240: pd.DataFrame) -> None:
    weights = np.linspace(0.1, 3, 240)
    fit = rp.fit(Chinchilla, points_240, weights=weights)
    rows = np.random.default_rng(4).integers(240, size=(2, 240))
    boot = fit.bootstrap(indices=rows)
    table = points_240.iloc[rows[1]]
    law = rp.fit(Chinchilla, table, weights=weights[rows[1]]).law
    assert boot.to_frame().beta[1] == pytest.approx(law.beta, rel=1e-5)


def test_fixed_and_tied_fields_hold_in_every_draw(points_240: pd.DataFrame) -> None:
    fit = rp.fit(Chinchilla, points_240, fixed={"E": 1.7}, tied={"beta": "alpha"})
    boot = fit.bootstrap(80)
    frame = boot.to_frame()
    np.testing.assert_allclose(frame.E, 1.7, rtol=1e-14)
    np.testing.assert_array_equal(frame.alpha, frame.beta)
    np.testing.assert_allclose(frame.a, 0.5)
    assert boot.interval(0.95).loc["E", ["low", "high"]].tolist() == pytest.approx([1.7, 1.7])
    assert boot.interval().se["E"] == pytest.approx(0, abs=1e-12)
    assert len(boot.optimal(flops=1e21)) == 4
    assert boot.predict(params=1e9, tokens=1e10).low[0] < fit.law.loss(1e9, 1e10)


def test_bounds_hold_in_every_draw(points_240: pd.DataFrame) -> None:
    frame = rp.fit(Chinchilla, points_240, bounds={"E": (1.8, 1.83)}).bootstrap(100).to_frame()
    assert frame.E.min() >= 1.8 * (1 - 1e-12) and frame.E.max() <= 1.83 * (1 + 1e-12)
    assert frame.E.std() > 0


@pytest.mark.parametrize("objective", ["log-huber", "log-lsq", "log-lad", "lsq"])
def test_resamples_of_exact_data_are_exact(surface: Surface, objective: str) -> None:
    law, table = surface(3, noise=0.0)
    boot = rp.fit(Chinchilla, table, objective=objective).bootstrap(70)
    assert (boot.count, boot.failed, boot.notes) == (70, 0, ())
    for name in FIELDS:
        np.testing.assert_allclose(boot.to_frame()[name], getattr(law, name), rtol=1e-9)


def test_a_power_law_bootstraps_like_a_line() -> None:
    rng = np.random.default_rng(7)
    x = np.geomspace(1e18, 1e22, 30)
    y = 60 * x**-0.07 * np.exp(0.03 * rng.standard_normal(30))
    rows = rng.integers(30, size=(100, 30))
    fit = rp.fit(PowerLaw, {"flops": x, "loss": y}, objective="log-lsq")
    frame = fit.bootstrap(indices=rows).to_frame()
    lines = [np.polyfit(np.log(x[r]), np.log(y[r]), 1) for r in rows]
    np.testing.assert_allclose(frame.alpha, [-slope for slope, _ in lines], rtol=1e-7)
    np.testing.assert_allclose(np.log(frame.A), [level for _, level in lines], rtol=1e-7)


def test_a_law_without_allocation_has_none_in_its_bootstrap() -> None:
    x = np.geomspace(1e18, 1e22, 30)
    noise = np.exp(0.03 * np.random.default_rng(7).standard_normal(30))
    boot = rp.fit(PowerLaw, {"flops": x, "loss": x**-0.05 * noise}).bootstrap(10)
    with pytest.raises(rp.ReplicationError, match="PowerLaw predicts loss from flops"):
        boot.optimal(flops=1e20)
    assert boot.predict(flops=1e24).beyond_data[0] == pytest.approx(100)


def test_a_bootstrap_keeps_its_fit_for_reference(boot: rp.Bootstrap, fit: rp.Fit) -> None:
    assert boot.estimate == fit.law
    assert boot.count == len(boot.to_frame()) == len(boot.values)
    assert "\n" not in repr(boot) and len(repr(boot)) < 300


@pytest.mark.parametrize("resamples", [10.7, "10", None, float("nan"), float("inf")])
def test_a_number_of_resamples_must_be_whole(fit: rp.Fit, resamples: Any) -> None:
    message = f"resamples is {resamples!r}; a whole number is expected"
    with pytest.raises(ArgumentError, match=re.escape(message)):
        fit.bootstrap(resamples)
    with pytest.raises(ArgumentError, match=re.escape(message)):
        fit.subsample(resamples)


def test_a_whole_number_of_resamples_may_be_a_float(fit: rp.Fit) -> None:
    assert fit.bootstrap(40.0).count == 40  # type: ignore[arg-type]


@pytest.mark.parametrize("resamples", [0, -3])
def test_no_resamples(fit: rp.Fit, resamples: int) -> None:
    message = f"resamples is {resamples}; at least 1 is needed"
    with pytest.raises(ArgumentError, match=message):
        fit.bootstrap(resamples)
    with pytest.raises(ArgumentError, match=message):
        fit.subsample(resamples)


@pytest.mark.parametrize("level", [0, 1, -0.5, 95])
def test_bad_level(fit: rp.Fit, level: float) -> None:
    boot = fit.bootstrap(3)
    for ask in (
        lambda: boot.interval(level),
        lambda: boot.optimal(flops=1e21, level=level),
        lambda: boot.predict(params=1e9, tokens=1e10, level=level),
        lambda: fit.profile("alpha").interval(level),
    ):
        with pytest.raises(ArgumentError, match=f"level is {level}; it must lie between 0 and 1"):
            ask()


@pytest.mark.parametrize("fraction", [0, 1, 1.5, -0.2])
def test_bad_fraction(fit: rp.Fit, fraction: float) -> None:
    with pytest.raises(ArgumentError, match=f"fraction is {fraction}; it must lie between 0 and 1"):
        fit.subsample(fraction=fraction)


@pytest.mark.parametrize(
    ("indices", "message"),
    [
        ([[0, 240]], r"indices must lie in 0\.\.239, got 0\.\.240"),
        ([[-1, 3]], r"indices must lie in 0\.\.239, got -1\.\.3"),
        ([0, 1, 2], r"shape \(3,\) and type int64; integers of shape \(resamples, points\)"),
        ([[0.5, 1.0]], "type float64; integers"),
        (np.zeros((0, 240), dtype=int), r"shape \(0, 240\)"),
    ],
)
def test_bad_indices(fit: rp.Fit, indices: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        fit.bootstrap(indices=indices)


def test_bad_unit_of_resampling(fit: rp.Fit) -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown resampling unit 'runs'.*points, groups"):
        fit.bootstrap(10, unit="runs")


@pytest.mark.parametrize("budget", [-1e21, 0.0, np.nan])
def test_bad_budget(fit: rp.Fit, budget: float) -> None:
    with pytest.raises(
        ArgumentError, match=re.escape(f"flops must be positive and finite, got {budget:g}")
    ):
        fit.bootstrap(3).optimal(flops=budget)


def test_inputs_of_a_prediction_are_those_of_the_law(fit: rp.Fit) -> None:
    boot = fit.bootstrap(3)
    with pytest.raises(DataError, match=r"predict\(\) got params; Chinchilla needs params, tokens"):
        boot.predict(params=1e9)
    with pytest.raises(DataError, match=r"predict\(\) got nothing"):
        boot.predict()
    with pytest.raises(ArgumentError, match=r"tokens must be positive and finite, got -5"):
        boot.predict(params=1e9, tokens=-5)


def test_a_draw_without_optimum_does_not_hide_the_others() -> None:
    # A short range: in some resamples an exponent turns negative or runs away.
    rng = np.random.default_rng(1)
    n, d = np.geomspace(1e8, 1e9, 30), rng.permutation(np.geomspace(1e11, 1e12, 30))
    law = Chinchilla(A=400.0, B=2000.0, E=1.7, alpha=0.34, beta=0.37)
    loss = law.loss(n, d) * np.exp(0.02 * rng.standard_normal(30))
    boot = rp.fit(Chinchilla, {"params": n, "tokens": d, "loss": loss}).bootstrap(100)
    assert (boot.to_frame()[["alpha", "beta"]].min() < 0).any()
    assert len(boot.optimal(flops=1e21)) == 4


def test_hard_resamples_are_solved_not_left_out() -> None:
    # Those left out are the ones where a field runs away: intervals without them are too sure.
    rng = np.random.default_rng(0)
    n, d = np.geomspace(1e8, 1e9, 30), rng.permutation(np.geomspace(1e11, 1e12, 30))
    law = Chinchilla(A=400.0, B=2000.0, E=1.7, alpha=0.34, beta=0.37)
    loss = law.loss(n, d) * np.exp(0.02 * rng.standard_normal(30))
    boot = rp.fit(Chinchilla, {"params": n, "tokens": d, "loss": loss}).bootstrap(100)
    assert boot.failed <= 2


def test_a_resample_that_cannot_be_refitted_is_counted_and_said() -> None:
    # Weights so large that the sum of squares of all points is just a number, and that of a
    # resample with its far points drawn again is none.
    x = np.geomspace(1e18, 1e22, 12)
    runs = {"flops": x, "score": 1e98 * (1 + 0.3 * np.random.default_rng(0).normal(size=12))}
    law = LogLinear.of("flops")
    squares = 0.5 * rp.fit(law, runs, objective="lsq").residuals ** 2
    weights = np.full(12, 1.5e308 / squares.sum())
    fit = rp.fit(law, runs, objective="lsq", weights=weights)
    boot = fit.bootstrap(200, seed=0)
    counts = np.concatenate(list(engine.resample_pairs(200, 12, seed=0).blocks()))
    with np.errstate(over="ignore"):
        begun = counts @ (0.5 * weights * fit.residuals**2)
    lost = np.isinf(begun)
    assert 20 < lost.sum() < 180
    assert boot.failed == lost.sum() and boot.count == 200 - boot.failed
    np.testing.assert_array_less(boot.values, begun[~lost] * (1 + 1e-9))
    said = [note.message for note in boot.notes if note.code == "not_converged"]
    assert f"{boot.failed} of 200 resamples are left out" in said[0]
    assert len(boot.to_frame()) == boot.count
    assert np.isfinite(boot.interval().to_numpy()).all()


def test_no_resample_left_is_refused() -> None:
    x = np.geomspace(1e18, 1e22, 12)
    runs = {"flops": x, "score": 1e98 * (1 + 0.3 * np.random.default_rng(0).normal(size=12))}
    law = LogLinear.of("flops")
    squares = 0.5 * rp.fit(law, runs, objective="lsq").residuals ** 2
    fit = rp.fit(law, runs, objective="lsq", weights=np.full(12, 1.5e308 / squares.sum()))
    far = np.full((3, 12), np.argmax(squares))
    with pytest.raises(ReplicationError, match="No resample could be refitted"):
        fit.bootstrap(indices=far)


@pytest.fixture(scope="module")
def large() -> rp.Fit:
    law = rp.published("besiroglu2024", "printed")
    rng = np.random.default_rng(0)
    params, tokens = 10 ** rng.uniform(7, 10, 60_000), 10 ** rng.uniform(9, 12, 60_000)
    loss = law.loss(params, tokens) * np.exp(rng.standard_t(4, 60_000) * 0.01)
    table = {"params": params, "tokens": tokens, "loss": loss}
    return rp.fit(Chinchilla, table, objective="log-lsq", starts=[law])


def test_draws_of_subsets_scatter_as_linear_theory_says_of_the_whole_table(large):
    boot = large.bootstrap(200, seed=1, draws="subsets")
    assert (boot.kind, boot.count) == ("subsets", 200)
    expected = large.to_frame()["se"]
    found = boot.interval().loc[expected.index, "se"]
    assert np.allclose(found, expected, rtol=0.25)
    middle = boot.to_frame()[list(expected.index)].median()
    assert (np.abs(middle - large.to_frame()["estimate"]) < expected).all()
    again = large.bootstrap(200, seed=1, draws="subsets")
    assert np.array_equal(again.values, boot.values)


def test_subsets_of_a_small_table_or_of_groups_are_refused(large):
    small = rp.fit("PowerLaw", {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]})
    with pytest.raises(ArgumentError, match="50,000 points and more; there are 3"):
        small.bootstrap(10, draws="subsets")
    with pytest.raises(ArgumentError, match="no unit, indices or starts"):
        large.bootstrap(10, draws="subsets", unit="points")
