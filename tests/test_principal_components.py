"""Principal components of benchmarks: exact cases, gaps, invariance, messages."""

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import ArgumentError, DataError
from replication.principal_components import capabilities

NAMES = ["a", "b", "c", "d"]


def models(n: int = 30, noise: float = 0.02, seed: int = 0) -> pd.DataFrame:
    """Scores that follow one direction, with noise."""
    rng = np.random.default_rng(seed)
    skill = rng.uniform(-0.3, 0.3, n)
    scores = 0.5 + np.outer(skill, [1.0, 0.8, 0.6, 0.2]) + noise * rng.normal(size=(n, 4))
    return pd.DataFrame(scores, columns=NAMES)


def test_components_are_the_eigenvectors_of_the_covariance() -> None:
    table = models()
    found = capabilities(table, NAMES, 2)
    sizes, vectors = np.linalg.eigh(np.cov(table.T))
    for k in (0, 1):
        assert abs(found.loadings[k] @ vectors[:, -1 - k]) == pytest.approx(1)
        assert found.shares[k] == pytest.approx(sizes[-1 - k] / sizes.sum())
    np.testing.assert_allclose(found.loadings @ found.loadings.T, np.eye(2), atol=1e-12)
    places = found.scores(table)
    np.testing.assert_allclose(places.mean(), 0, atol=1e-12)
    assert np.corrcoef(places.T)[0, 1] == pytest.approx(0, abs=1e-10)
    assert found.missing == 0 and found.notes == ()


def test_all_components_give_the_scores_back() -> None:
    table = models()
    found = capabilities(table, NAMES, 4)
    back = found.scores(table).to_numpy() @ found.loadings + found.mean
    np.testing.assert_allclose(back, table, atol=1e-12)
    assert found.shares.sum() == pytest.approx(1)


def test_signs_and_order_of_rows_and_columns_do_not_matter() -> None:
    table = models()
    found, again = capabilities(table, NAMES, 2), capabilities(table[::-1], NAMES[::-1], 2)
    np.testing.assert_allclose(again.loadings[:, ::-1], found.loadings, atol=1e-12)
    pd.testing.assert_frame_equal(again.scores(table), found.scores(table))
    largest = np.abs(found.loadings).argmax(axis=1)
    assert (found.loadings[[0, 1], largest] > 0).all()


def test_gaps_on_an_exact_line_are_filled_exactly() -> None:
    table = models(noise=0.0)
    holed = table.copy()
    holed.loc[[3, 7], "a"] = np.nan
    holed.loc[[11, 12, 13], "c"] = np.nan
    found = capabilities(holed, NAMES)
    np.testing.assert_allclose(found.filled(holed), table, atol=1e-7)
    assert found.missing == pytest.approx(5 / 120)


def test_what_is_filled_is_where_repeated_projection_stands_still() -> None:
    """Against the loop that the paper runs on models it did not fit."""
    table = models(seed=1)
    found = capabilities(table, NAMES)
    new = models(3, seed=2)
    new.loc[0, ["a", "d"]] = np.nan
    new.loc[2, "b"] = np.nan
    mean, deviation, direction = found.common
    gaps = new.isna().to_numpy()
    standard = np.where(gaps, 0.0, (new - mean) / deviation)
    for _ in range(2000):
        line = np.outer(standard @ direction, direction)
        standard = np.where(gaps, line, standard)
    np.testing.assert_allclose(found.filled(new), mean + deviation * standard, rtol=1e-9)


def test_filled_scores_stay_where_scores_have_a_meaning() -> None:
    table = models(noise=0.0)
    table["c"] = (table["c"] + 0.35).clip(upper=1.0)
    best = int(table["a"].argmax())
    table.loc[best, "c"] = np.nan
    assert capabilities(table, NAMES).filled(table).loc[best, "c"] <= 1.0
    percent = 100 * table
    wide = capabilities(percent, NAMES, within=(0.0, 100.0))
    np.testing.assert_allclose(wide.filled(percent), 100 * capabilities(table, NAMES).filled(table))


def test_other_models_are_placed_without_a_new_fit() -> None:
    found, one = capabilities(models(), NAMES), models(1, seed=5)
    expected = (one.to_numpy()[0] - found.mean) @ found.loadings.T
    np.testing.assert_allclose(found.scores(one).to_numpy()[0], expected)
    assert list(found.scores(one).columns) == ["pc_1", "pc_2", "pc_3"] == list(found.names)


def test_many_gaps_and_a_constant_are_noted() -> None:
    table = models()
    table.loc[:5, "b"] = np.nan
    table["d"] = 0.25
    notes = capabilities(table, NAMES, 2).notes
    assert [note.code for note in notes] == ["imputed", "unidentified"]
    assert "b is missing for 20%" in notes[0].message and "d is the same" in notes[1].message


def test_the_table_is_not_changed() -> None:
    table = models()
    table.loc[0, "a"] = np.nan
    before = table.copy()
    capabilities(table, NAMES).scores(table)
    pd.testing.assert_frame_equal(table, before)


def test_missing_values_of_pandas_are_gaps() -> None:
    table = models()
    table.loc[0, "a"] = np.nan
    found = capabilities(table.convert_dtypes(), NAMES)
    np.testing.assert_allclose(found.loadings, capabilities(table, NAMES).loadings)


def bad(**changes: object) -> pd.DataFrame:
    table = models()
    for name, value in changes.items():
        table[name] = value
    return table


@pytest.mark.parametrize(
    ("table", "arguments", "error", "message"),
    [
        (bad(c=np.nan), {}, DataError, "'c' has no score for any of the 30 models"),
        (bad(c=[*[0.5] * 29, 46.8]), {}, DataError, "'c' is 46.8 for the model 29; .* by 100"),
        (bad(c=[*[0.5] * 29, -np.inf]), {"within": None}, DataError, "'c' is -inf"),
        (bad(c="high"), {}, DataError, "'c' must hold numbers, got"),
        (models().assign(**dict.fromkeys(NAMES, 0.5)), {}, DataError, "All 30 models have the"),
        (models(3), {}, DataError, "3 models cannot determine 3 components; at least 4"),
        (models(), {"benchmarks": [*"abe"]}, DataError, "No column 'e'"),
        (models(), {"benchmarks": "mmlu"}, ArgumentError, "a list of column names is expected"),
        (models(), {"benchmarks": ["a", "a"]}, ArgumentError, "each only once, got a, a"),
        (models(), {"benchmarks": []}, ArgumentError, "got none"),
        (models(), {"components": 5}, ArgumentError, "components is 5, and there are 4"),
        (models(), {"components": 0}, ArgumentError, "components"),
        ({"a": [0.1]}, {}, DataError, "a DataFrame with models in rows"),
    ],
)
def test_what_cannot_be_used_is_named(table, arguments, error, message) -> None:
    with pytest.raises(error, match=message):
        capabilities(table, **{"benchmarks": NAMES} | arguments)


def test_a_model_without_scores_is_named() -> None:
    table = models().set_index(pd.Index([f"model-{k}" for k in range(30)]))
    table.loc["model-4"] = np.nan
    with pytest.raises(DataError, match=r"model-4 has no score on any of the benchmarks \(a, b"):
        capabilities(table, NAMES)
    found = capabilities(table.drop(index="model-4"), NAMES)
    with pytest.raises(DataError, match="model-4"):
        found.scores(table)


def test_it_is_a_public_name_and_feeds_a_law() -> None:
    table = models(noise=0.01)
    found = rp.capabilities(table, NAMES, components=1)
    assert isinstance(found, rp.Capabilities)
    truth = rp.laws.Sigmoid.of("pc_1")(alpha=-1.0, floor=0.0, beta_1=4.0)
    placed = found.scores(table)
    placed["score"] = truth.score(placed["pc_1"])
    fit = rp.fit(rp.laws.Sigmoid.of("pc_1"), placed, fixed={"floor": 0.0})
    assert fit.law.to_dict() == pytest.approx(truth.to_dict(), rel=1e-7, abs=1e-12)
