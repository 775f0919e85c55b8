"""Arguments of a fit that cannot be used: each error names the value and the next step."""

from inspect import signature
from typing import Any

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import ArgumentError, DataError, UnknownNameError
from replication.fitting.arguments import points_of
from replication.laws import Chinchilla, LogPlane, PowerLaw

LAW = Chinchilla(A=482.0, B=2085.0, E=1.82, alpha=0.35, beta=0.37)


@pytest.fixture(scope="module")
def runs() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    n, d = 10 ** rng.uniform(7.5, 10, 30), 10 ** rng.uniform(9, 11.5, 30)
    noise = np.exp(0.002 * rng.standard_normal(30))
    return pd.DataFrame({"params": n, "tokens": d, "loss": LAW.loss(n, d) * noise})


@pytest.fixture(scope="module")
def fit(runs: pd.DataFrame) -> rp.Fit:
    return rp.fit(Chinchilla, runs, objective="log-lsq")


DRAWN = Chinchilla(A=np.array([1.0, 2.0]), B=1.0, E=1.0, alpha=0.3, beta=0.3)


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ({"fixed": {"A": "482"}}, r"The fixed A is '482'; a single number"),
        ({"fixed": {"A": [482.0]}}, r"The fixed A is \[482.0\]; a single number"),
        ({"fixed": {"A": None}}, "The fixed A is None"),
        ({"fixed": 3}, r"fixed is 3; a mapping of fields is expected, as in fixed=\{'E': 1.7\}"),
        ({"fixed": {3: 1.0}}, "fixed names a field 3"),
        ({"bounds": 3}, r"bounds is 3; a mapping of fields"),
        ({"bounds": {"A": 5}}, r"bounds of A are 5; a pair \(low, high\)"),
        ({"bounds": {"A": (1, 2, 3)}}, r"bounds of A are \(1, 2, 3\); a pair"),
        ({"bounds": {"A": "ab"}}, "bounds of A are 'ab'; a pair"),
        ({"bounds": {"A": ("a", 2)}}, "The bound of A is 'a'; a single number"),
        ({"bounds": {"A": (2, 1)}}, "low < high is expected"),
        ({"tied": 3}, r"tied is 3; a mapping of fields"),
        ({"tied": {"alpha": 3}}, "alpha is tied to 3; the name of another field"),
        ({"tied": {"alpha": ["beta"]}}, "alpha is tied to"),
        ({"starts": LAW}, r"starts is one law; give a list of laws: starts=\[law\]"),
        ({"starts": "law"}, "starts must be a list of Chinchilla laws; got 'law'"),
        ({"starts": 3}, "starts must be a list of Chinchilla laws; got 3"),
        ({"starts": []}, "got none. Leave starts= out"),
        ({"starts": [PowerLaw(A=1.0, alpha=0.1)]}, "one or more of Chinchilla; got PowerLaw"),
        (
            {"starts": [DRAWN]},
            "A of a start is an array of shape",
        ),
        ({"delta": "a"}, "delta is 'a'; a single number"),
        ({"delta": [1e-3]}, r"delta is \[0.001\]; a single number"),
        ({"delta": 1e-200}, "it must be positive and finite, and at least 1e-100"),
        ({"response": 3}, "response is the name of a column; got 3"),
        ({"response": np.ones(30)}, r"name of a column; got an array of shape \(30,\)"),
        ({"group": np.arange(30)}, "group is the name of a column; got an array"),
        ({"weights": {"a": 1}}, r"weights must be numbers, got \{'a': 1\}"),
        ({"weights": np.full(30, 1e308)}, "weights must be finite"),
        ({"recipe": "lm"}, "recipe is 'lm'; a Recipe is expected"),
    ],
)
def test_arguments_of_a_wrong_kind(
    runs: pd.DataFrame, argument: dict[str, Any], words: str
) -> None:
    with pytest.raises(ArgumentError, match=words):
        rp.fit(Chinchilla, runs, **argument)


@pytest.mark.parametrize("name", ["objective", "reduction"])
def test_names_that_are_no_text(runs: pd.DataFrame, name: str) -> None:
    with pytest.raises(UnknownNameError, match=rf"Unknown {name} \[1\]"):
        rp.fit(Chinchilla, runs, **{name: [1]})  # type: ignore[arg-type]


def test_law_and_table_swapped(runs: pd.DataFrame) -> None:
    with pytest.raises(ArgumentError, match=r"swapped.*fit\(Chinchilla, runs\)"):
        rp.fit(runs, Chinchilla)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="swapped"):
        rp.fit({"flops": [1.0]}, "PowerLaw")  # type: ignore[arg-type]


def test_a_table_is_never_printed_as_a_law(runs: pd.DataFrame) -> None:
    with pytest.raises(UnknownNameError) as caught:
        rp.fit(runs, runs)  # type: ignore[arg-type]
    assert "a DataFrame of shape (30, 3)" in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_threshold_of_any_size_makes_a_likelihood(runs: pd.DataFrame) -> None:
    wide, normal = (
        rp.fit(Chinchilla, runs, objective="log-huber-likelihood", delta=delta)
        for delta in (1e300, 1e3)
    )
    assert wide.law.alpha == pytest.approx(normal.law.alpha, rel=1e-6)
    assert rp.scaled_huber([0.1, -0.3], 1e300) == rp.scaled_huber([0.1, -0.3], 1e300)
    assert rp.scaled_huber([0.1, -0.3], 1e300).log_likelihood == pytest.approx(
        rp.scaled_huber([0.1, -0.3], 30.0).log_likelihood, rel=1e-12
    )


def test_an_option_that_no_fit_has(runs: pd.DataFrame) -> None:
    with pytest.raises(TypeError, match="bogus"):
        rp.parametric(runs, bogus=1)
    options = {*signature(rp.fit).parameters} - {"data"}
    assert {*signature(rp.parametric).parameters} - {"runs"} == options


def test_laws_to_compare_may_have_names(fit: rp.Fit) -> None:
    tex, printed = (rp.published("hoffmann2022", name) for name in ("tex", "printed"))
    table = fit.compare(tex, {"printed": printed}, again=printed)
    assert list(table.index) == ["this fit", "law 1", "printed", "again"]
    assert table.loc["printed"].equals(table.loc["again"])
    assert table.loc["law 1", "A"] == tex.A


@pytest.mark.parametrize(
    ("laws", "named", "words"),
    [
        ((3,), {}, "'law 1' is 3"),
        (({"x": "tex"},), {}, "'x' is 'tex'"),
        ((DRAWN,), {}, "The law of 'law 1' holds arrays"),
        (({"x": LAW},), {"x": LAW}, "two laws called 'x'"),
        (({"this fit": LAW},), {}, "two laws called 'this fit'"),
    ],
)
def test_what_cannot_be_compared(
    fit: rp.Fit, laws: tuple[Any, ...], named: dict[str, Any], words: str
) -> None:
    with pytest.raises(ArgumentError, match=words):
        fit.compare(*laws, **named)


def test_a_fit_to_compare_with_is_asked_for_its_law(fit: rp.Fit) -> None:
    with pytest.raises(ArgumentError, match=r"'law 1' is Fit\. Give its \.law"):
        fit.compare(fit)  # type: ignore[arg-type]
    assert fit.compare(fit.law).ratio.iloc[1] == pytest.approx(1.0)


def test_laws_of_another_response_cannot_be_compared(runs: pd.DataFrame) -> None:
    found = rp.fit(PowerLaw.of("params"), runs[["params", "loss"]])
    with pytest.raises(DataError, match="PowerLaw predicts tokens; laws that predict loss"):
        found.compare(PowerLaw.of("params", "tokens")(A=1.0, alpha=0.1))


def test_points_of_any_sign_where_the_law_takes_no_logarithm() -> None:
    law = PowerLaw(A=1.0, alpha=0.5)
    with pytest.raises(ArgumentError, match="flops must be positive"):
        points_of(law, {"flops": -1.0})
    with pytest.raises(ArgumentError, match=r"flops is 1e\+150; sizes from 1e-100 to 1e\+100"):
        points_of(law, {"flops": 1e150})
    with pytest.raises(DataError, match=r"predict\(\) got nothing; PowerLaw needs flops"):
        points_of(law, {})
    with pytest.raises(DataError, match="got params; PowerLaw needs flops"):
        points_of(law, {"params": 1.0})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f: f.predict(params=1e9), "Chinchilla needs params, tokens"),
        (lambda f: f.predict(params=1e9, tokens="x"), "tokens must be numbers, got 'x'"),
        (lambda f: f.predict("high", params=1e9, tokens=1e10), "level is 'high'"),
        (lambda f: f.predict(95, params=1e9, tokens=1e10), "level is 95; it must lie between"),
        (lambda f: f.predict(params=[1e9, 2e9], tokens=[1.0] * 3), "Shapes do not fit"),
        (lambda f: f.bootstrap("many"), "resamples is 'many'; a whole number"),
        (lambda f: f.bootstrap(2.5), "resamples is 2.5; a whole number"),
        (lambda f: f.bootstrap(10**12), "at most 10,000,000 is needed"),
        (lambda f: f.bootstrap(5, seed=-1), "seed is -1; at least 0"),
        (lambda f: f.bootstrap(5, seed="a"), "seed is 'a'; a whole number"),
        (lambda f: f.bootstrap(5, starts=LAW), "starts is one law"),
        (lambda f: f.bootstrap(unit=["points"]), "Unknown resampling unit"),
        (lambda f: f.bootstrap(indices=[["a"]]), "indices must be row numbers, got 'a'"),
        (lambda f: f.bootstrap(indices=np.zeros((3, 0), int)), "indices have shape"),
        (lambda f: f.subsample(5, "most"), "fraction is 'most'"),
        (lambda f: f.profile(["alpha"]), "Unknown free field"),
        (lambda f: f.profile("alpha", "wide"), "The values of alpha must be numbers"),
        (lambda f: f.profile("alpha", [[0.1, 0.2]]), r"have shape \(1, 2\)"),
        (lambda f: f.profile("alpha", []), r"have shape \(0,\)"),
        (lambda f: f.profile("alpha", points="many"), "points is 'many'"),
        (lambda f: f.likelihood("a"), "delta is 'a'"),
        (lambda f: f.extrapolation(params=[]), "params has no values"),
        (lambda f: f.extrapolation(params="big"), "params must be numbers, got 'big'"),
    ],
)
def test_methods_of_a_fit_refuse_what_they_cannot_use(fit: rp.Fit, call: Any, words: str) -> None:
    with pytest.raises(rp.ReplicationError, match=words):
        call(fit)


def test_a_response_of_either_sign_is_least_squares_on_logs() -> None:
    rng = np.random.default_rng(16)
    n, d = 10 ** rng.uniform(7.5, 9.5, 16), 10 ** rng.uniform(9, 11, 16)
    x, y = np.log(n), np.log(d)
    table = {"params": n, "tokens": d, "ln_lr": 3.9 - 0.86 * x + 0.3 * y + rng.normal(0, 0.05, 16)}
    found = rp.fit(LogPlane.of("params", "tokens", response="ln_lr"), table)
    by_hand, *_ = np.linalg.lstsq(np.column_stack([np.ones(16), x, y]), table["ln_lr"], rcond=None)
    assert (table["ln_lr"] < 0).all()
    np.testing.assert_allclose(
        found.law.predict(n, d), np.column_stack([np.ones(16), x, y]) @ by_hand, rtol=1e-7
    )
    with pytest.raises(
        DataError, match=r"not positive in 16 of 16 rows.*objective='huber' or 'lsq'"
    ):
        rp.fit(LogPlane.of("params", "tokens", response="ln_lr"), table, objective="log-lsq")
