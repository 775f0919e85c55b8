"""Bian et al. 2025: what differs and why, the authors' recipe against our engine, the traps."""

import numpy as np
import pytest
from scipy.optimize import curve_fit
from scipy.stats import spearmanr

import replication as rp
from replication.errors import ArgumentError, DataError, UnknownNameError
from replication.papers import bian2025 as paper

LARGE = paper.large_runs()


@pytest.fixture(scope="module")
def judged():
    """The claims by their identifiers, judged once; not while tests are only collected."""
    return {item.claim.id: item for item in paper.claims.judge()}


def shape_law(x, A, B, E, alpha, epsilon):
    """The authors' formula, in the order of their coefficients."""
    params, tokens, ratio = x
    return (E + A / params**alpha + B / tokens**alpha) * (1 + epsilon * ratio**alpha)


def size_law(x, A, B, E, alpha):
    """Their baseline."""
    return E + A / x[0] ** alpha + B / x[1] ** alpha


def columns(table):
    return table[["params", "tokens", "aspect_ratio"]].to_numpy().T


def authors_fit(name, table):
    """Their recipe: Levenberg-Marquardt from ones, no bounds."""
    with np.errstate(all="ignore"):
        found = curve_fit(FORMULAS[name], columns(table), table["loss"], maxfev=100_000)
    return found[0]


FORMULAS = {"shape": shape_law, "chinchilla": size_law}


@pytest.mark.parametrize("name", paper.PAIR)
def test_the_authors_recipe_ends_where_our_engine_does(name):
    theirs = authors_fit(name, paper.fitted_runs())
    law = paper.paper_fit(name).law
    ours = [getattr(law, field) for field in ("A", "B", "E", "alpha")]
    np.testing.assert_allclose(ours, theirs[:4], rtol=1e-3)
    predicted = FORMULAS[name](columns(LARGE), *theirs)
    np.testing.assert_allclose(paper.predict(law, LARGE), predicted, rtol=1e-5)


def test_coefficients_of_the_headline_fit():
    law = paper.paper_fit("shape").law.to_dict()
    assert law["A"] == pytest.approx(5.4754e4, rel=1e-4)
    assert law["B"] == pytest.approx(7.7834e5, rel=1e-4)
    assert law["E"] == pytest.approx(2.44751, abs=1e-5)
    assert law["alpha"] == law["beta"] == law["gamma"] == pytest.approx(0.614574, abs=1e-6)
    assert law["epsilon"] == pytest.approx(1.14621e-3, rel=1e-4)


@pytest.mark.parametrize("name", paper.PAIR)
def test_without_bounds_more_parameters_mean_more_loss(name):
    """On 24 runs the authors' A is negative; ours is zero, and said to be at its bound."""
    table = paper.fitted_runs("24 runs")
    law = paper.unbounded_law(name, "24 runs")
    assert law.to_dict()["A"] < -1e4
    left = np.sum((paper.predict(law, table) - table["loss"]) ** 2)
    for sign in (1, -1):  # one minimum, whatever the start
        start = [sign * 1e4, 1e5, 2.0, 0.5, 1e-3][: 5 if name == "shape" else 4]
        free, _ = curve_fit(FORMULAS[name], columns(table), table["loss"], start, maxfev=100_000)
        again = np.sum((FORMULAS[name](columns(table), *free) - table["loss"]) ** 2)
        assert again == pytest.approx(left, rel=1e-8)
    ours = paper.paper_fit(name, "24 runs")
    assert ours.law.to_dict()["A"] < 1e-2
    assert "at_bound" in {note.code for note in ours.notes}


def test_a_bound_makes_the_baseline_of_24_runs_twelve_times_better():
    free, bounded = (
        paper.scores(paper.predict(law, paper.runs()), paper.runs())["mse"]
        for law in (
            paper.unbounded_law("chinchilla", "24 runs"),
            paper.paper_fit("chinchilla", "24 runs").law,
        )
    )
    assert free / bounded == pytest.approx(11.7, abs=0.1)


@pytest.mark.parametrize("name", paper.PAIR)
def test_on_27_runs_the_bounds_do_not_matter(name):
    law = paper.unbounded_law(name, "27 runs")
    ours = paper.predict(paper.paper_fit(name).law, LARGE)
    np.testing.assert_allclose(paper.predict(law, LARGE), ours, rtol=1e-5)


def test_values_of_the_claims_that_differ(judged):
    pinned = {
        "B3.chinchilla_low": 2.7542,
        "B9.runs": 76,
        "B9.params_high": 1.6689,
        "B9.tokens_high": 49.392,
        "B11.chinchilla_mse": 0.98244,
    }
    differing = {name for name, item in judged.items() if item.verdict == "differs"}
    assert differing == set(pinned)
    for name, value in pinned.items():
        assert judged[name].answer.ours == pytest.approx(value, rel=1e-4)


def test_nothing_surprises(judged):
    assert not [name for name, item in judged.items() if item.surprise]
    untestable = {name for name, item in judged.items() if item.verdict == "untestable"}
    assert untestable == {"B8", "B10.hours"}


def test_63_runs_are_those_without_the_thirteen_long_ones_and_score_otherwise():
    table = paper.runs()
    long = (table["tokens_per_param_nominal"] == 160) & (table["tokens"] > 12.9e9)
    kept = table[~long]
    assert (long.sum(), len(kept), table["model"].nunique()) == (13, 63, 35)
    assert kept["tokens"].max() == pytest.approx(29.0e9, rel=1e-3)
    found = {
        name: paper.scores(paper.predict(paper.paper_fit(name).law, kept), kept)
        for name in paper.PAIR
    }
    assert found["chinchilla"]["mse"] == pytest.approx(0.00283, abs=5e-6)
    assert found["shape"]["mse"] == pytest.approx(0.00044, abs=5e-6)


def test_scores_without_the_runs_of_the_fit():
    table = paper.held_out()
    found = {
        name: paper.scores(paper.predict(paper.paper_fit(name).law, table), table)
        for name in paper.PAIR
    }
    assert len(table) == 49
    assert found["shape"]["mse"] == pytest.approx(0.00065, abs=5e-6)
    assert found["shape"]["r2"] == pytest.approx(0.9975, abs=5e-5)
    assert found["chinchilla"]["mse"] == pytest.approx(0.00414, abs=5e-6)
    assert found["chinchilla"]["r2"] == pytest.approx(0.9843, abs=5e-5)


def test_all_selections_hold_one_run_a_size():
    rows = paper.selections()
    assert len(np.unique(rows, axis=0)) == len(rows) == 5 * 6 * 5 * 4 * 4 * 3
    table = paper.selection(4321)
    assert table["size"].tolist() == [*paper.FITTED_SIZES, "80m"]
    assert table["tokens_per_param_nominal"].tolist() == [20] * 5 + [160]


@pytest.mark.parametrize("name", paper.PAIR)
@pytest.mark.parametrize("trial", [0, 2500, 7171])
def test_a_selection_of_the_batch_is_a_fit_of_its_own(name, trial):
    alone = paper.law_fit(name, paper.selection(trial))
    table = paper.trials(name).refits.to_frame().iloc[trial]
    both = paper.trials(name)
    assert both.refits.values[trial] == pytest.approx(alone.value, rel=1e-6, abs=1e-12)
    np.testing.assert_allclose(both.predicted[trial], paper.predict(alone.law, paper.runs()), 1e-4)
    assert table["alpha"] == pytest.approx(alone.law.to_dict()["alpha"], rel=1e-3)


@pytest.mark.parametrize("name", paper.TRIALS)
def test_each_printed_trial_is_one_selection_and_no_other(name):
    apart = {
        law: paper.trials(law).matching(paper.printed_predictions(name, law)) for law in paper.PAIR
    }
    assert apart["shape"].index[0] == apart["chinchilla"].index[0] == paper.trial(name)
    for values in apart.values():
        assert values.iloc[0] < 1e-9
        assert values.iloc[1] > 1.5e-4


def test_the_ablation_is_an_unlucky_draw_for_one_law_and_a_lucky_one_for_the_other():
    random = paper.trial("random")
    assert paper.percentile_of(random, "chinchilla") == pytest.approx(0.890, abs=2e-3)
    assert paper.percentile_of(random, "shape") == pytest.approx(0.242, abs=2e-3)
    size, shape = (paper.trials(name).table for name in paper.PAIR)
    factor = size["mse"] / shape["mse"]
    assert (factor > 1.001).mean() == pytest.approx(0.932, abs=2e-3)
    assert (factor < 0.999).mean() == pytest.approx(0.006, abs=2e-3)
    assert (shape["rank"] > 0.999).mean() == pytest.approx(0.809, abs=2e-3)
    assert size["mse"].median() == pytest.approx(0.0048, abs=1e-4)
    assert shape["mse"].median() == pytest.approx(0.0013, abs=1e-4)


@pytest.mark.parametrize("score", ["mse", "large_high"])
def test_a_percentile_counts_what_scores_lower_and_not_what_ties(score):
    values = paper.trials("shape").table[score]
    assert paper.percentile_of(int(values.idxmin()), "shape", score) == 0.0
    middle = int(values.sort_values().index[3600])
    lower = sum(value < values[middle] for value in values)
    assert paper.percentile_of(middle, "shape", score) == lower / 7200


def test_the_one_result_of_all_trials_cannot_be_written_to():
    found = paper.trials("shape")
    table = found.table
    table["mse"] = 0.0
    assert found.table["mse"].min() > 0
    for array in (found.predicted, found.scores["mse"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0


def test_where_the_two_laws_tie_epsilon_is_zero_and_without_bounds_negative():
    size, shape = (paper.trials(name) for name in paper.PAIR)
    tied = np.isclose(size.table["mse"], shape.table["mse"], rtol=1e-3)
    assert tied.mean() == pytest.approx(0.063, abs=2e-3)
    epsilon = shape.refits.to_frame()["epsilon"][tied]
    assert epsilon.quantile(0.98) < 1e-8
    near = (5e4, 5e5, 2.0, 0.5, 1e-3)
    for trial in np.flatnonzero(tied)[::100]:
        six = paper.selection(int(trial))
        free, _ = curve_fit(shape_law, columns(six), six["loss"], near, maxfev=100_000)
        assert free[-1] < 0
        scored = paper.scores(shape_law(columns(paper.runs()), *free), paper.runs())
        assert scored["mse"] > shape.table["mse"][trial]


def test_no_law_in_size_alone_can_rank_shapes():
    """Four models with the same tokens are ranked by size, whatever the coefficients."""
    by_size = spearmanr(-LARGE["params"], LARGE["loss"]).statistic
    assert by_size == pytest.approx(-0.4)
    np.testing.assert_allclose(paper.trials("chinchilla").table["rank"], by_size)


def test_rank_correlation_is_that_of_scipy():
    rng = np.random.default_rng(5)
    predicted = rng.normal(size=(20, 4)).round(1)  # with ties
    theirs = [spearmanr(row, LARGE["loss"]).statistic for row in predicted]
    np.testing.assert_allclose(paper.rank_correlation(predicted, LARGE), theirs, atol=1e-12)


def test_free_exponents_are_not_identified():
    free = rp.fit(rp.laws.Chinchilla, paper.fitted_runs(), objective="lsq")
    assert {"at_bound", "unidentified"} <= {note.code for note in free.notes}
    whole = paper.paper_fit("shape, all free")
    assert "unidentified" in {note.code for note in whole.notes}
    error = paper.relative_errors(paper.predict(whole.law, LARGE), LARGE)
    assert error.max() < 0.004


def test_the_runs_prefer_a_shape_that_is_neither_the_deepest_nor_wide():
    table = paper.best_shapes().set_index("runs")
    assert table.loc["20", ["low", "high"]].between(30, 60).all()
    assert table.loc["160", "deeper"] == 0
    laws = paper.law_table().set_index("law")
    assert laws.loc["best shape", "free"] == laws.loc["shape, own gamma", "free"]
    assert laws.loc["best shape", "fitted"] < 0.7 * laws.loc["shape, own gamma", "fitted"]
    deepest = paper.shape_effects().query("aspect_ratio < 21 and tokens_per_param_nominal == 20")
    assert (deepest["excess"] > 0).all()


def reference_step(model, token):
    """One step of the decoder in double precision, a head at a time."""
    x = token.astype(float)
    heads, k = model.keys.shape[1], model.keys.shape[3]

    def norm(values):
        return values / np.sqrt(np.mean(values**2) + 1e-6)

    for layer in range(len(model.up)):
        q, key, value = (model.attend_in[layer].astype(float) @ norm(x)).reshape(3, heads, k)
        mixed = []
        for h in range(heads):
            keys = np.vstack([model.keys[layer, h, :-1], key[h]])
            values = np.vstack([model.values[layer, h, :-1], value[h]])
            scores = np.exp(keys @ q[h] / np.sqrt(k))
            mixed.append(scores @ values / scores.sum())
        x = x + model.attend_out[layer] @ np.concatenate(mixed)
        x = x + model.down[layer] @ np.maximum(model.up[layer] @ norm(x), 0)
    return x


@pytest.mark.parametrize(("layers", "width"), [(1, 32), (3, 64), (2, 96)])
def test_the_decoder_does_what_a_transformer_does(layers, width):
    model = paper.Decoder(paper.shape_of(layers, width, context=12))
    token = np.random.default_rng(1).normal(size=width).astype(np.float32)
    np.testing.assert_allclose(
        model.step(token), reference_step(model, token), rtol=2e-4, atol=2e-4
    )


def test_a_token_changes_its_own_place_in_the_cache_only():
    model = paper.Decoder(paper.shape_of(2, 32, context=5))
    before = model.keys.copy()
    model.step(np.ones(32, dtype=np.float32), place=3)
    changed = (model.keys != before).any(axis=(0, 1, 3))
    assert changed.tolist() == [False, False, False, True, False]


def test_work_counts_the_weights_and_the_cache_that_a_decoder_holds():
    shape = paper.shape_of(4, 128, context=64)
    model, done = paper.Decoder(shape), paper.work(shape)
    held = (model.attend_in, model.attend_out, model.up, model.down)
    assert done.weights == sum(array.size for array in held)
    assert done.cached == model.keys.size + model.values.size
    assert done.weights == 12 * 4 * 128**2


def test_shapes_that_are_timed_against_each_other_are_of_one_size():
    table = paper.cpu_latency()
    assert table.groupby("params").size().tolist() == [4, 4, 4, 4]
    assert (table["params"] == 12 * table["n_layers"] * table["d_model"] ** 2).all()
    assert (table["seconds_best"] <= table["seconds_median"]).all()
    assert (table["seconds_median"] <= table["seconds_high"]).all()
    assert table["machine"].nunique() == 1


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: paper.fitted_runs("63 runs"), UnknownNameError, "27 runs"),
        (lambda: paper.law_fit("power", paper.runs()), UnknownNameError, "chinchilla"),
        (lambda: paper.unbounded_law("power"), UnknownNameError, "chinchilla"),
        (lambda: paper.trials("shape").matching([2.9, 2.9]), ArgumentError, "2 losses"),
        (lambda: paper.shape_of(2, 40, 16), ArgumentError, "d_model is 40"),
        (lambda: paper.shape_of(0, 64, 16), ArgumentError, "n_layers"),
        (
            lambda: paper.Decoder(paper.shape_of(1, 64, 4)).step(np.ones(32, np.float32)),
            ArgumentError,
            r"\(32,\)",
        ),
        (
            lambda: paper.Decoder(paper.shape_of(1, 32, 4)).step(np.ones(32, np.float32), 4),
            ArgumentError,
            "place is 4; the cache holds 4 tokens, so 0 to 3",
        ),
        (
            lambda: paper.Decoder(
                rp.counting.Shape(
                    n_layers=[1, 2], d_model=32, n_heads=1, ffw_size=64, vocab_size=1, context=4
                )
            ),
            ArgumentError,
            "one shape",
        ),
        (
            lambda: paper.law_fit("shape", paper.runs().drop(columns="aspect_ratio")),
            DataError,
            "aspect_ratio",
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
