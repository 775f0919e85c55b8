"""The laws of precision: limits, optima, that they are recovered, and what they refuse."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar
from scipy.special import lambertw

import replication as rp
from replication.errors import ArgumentError, DataError, ReplicationError
from replication.laws import PostTraining, Precision

DRAWS = settings(max_examples=30, deadline=None, derandomize=True)
LAW = Precision(
    A=4299.0, B=18060.0, E=2.7648, alpha=0.4965, beta=0.4965,
    gamma_w=2.6745, gamma_a=2.2102, gamma_kv=0.9578, n_w=0.3037, n_a=1.4072, n_kv=2.4185,
)  # fmt: skip
AFTER = PostTraining(C_T=0.0598, gamma_D=0.5068, gamma_N=0.3439, gamma_post=0.5907)
EASY = replace(LAW, gamma_w=1.9, gamma_a=1.5, gamma_kv=1.1, n_w=0.3, n_a=0.5, n_kv=0.2)
sizes, lengths, counts = st.floats(1e6, 1e12), st.floats(1e8, 1e14), st.floats(4.0, 16.0)


@st.composite
def laws(draw: Any) -> Precision:
    """A law that keeps something at four bits."""
    gammas = {f"gamma_{part}": draw(st.floats(0.3, 3.0)) for part in ("w", "a", "kv")}
    offsets = {f"n_{part}": draw(st.floats(-0.5, 1.0)) for part in ("w", "a", "kv")}
    exponents = {"alpha": draw(st.floats(0.2, 0.6)), "beta": draw(st.floats(0.2, 0.6))}
    return replace(LAW, **gammas, **offsets, **exponents)


def table(law: Precision, noise: float = 0.0) -> pd.DataFrame:
    """Runs on a lattice of sizes and tokens, each part of which is quantised singly and jointly."""
    bits = [(p, 16, 16) for p in (2, 3, 4, 6, 8)] + [(16, p, 16) for p in (2, 3, 4, 6, 8)]
    bits += [(16, 16, p) for p in (2, 3, 4, 6, 8)] + [(p, p, p) for p in (3, 4, 6, 8, 16)]
    n, d = (g.ravel() for g in np.meshgrid(np.geomspace(1e7, 1e9, 4), np.geomspace(1e9, 1e11, 4)))
    rows = [(*pair, *triple) for pair in zip(n, d, strict=True) for triple in bits]
    runs = pd.DataFrame(rows, columns=list(Precision.inputs))
    loss = law.loss(*(runs[name] for name in law.inputs))
    noisy = np.exp(noise * np.random.default_rng(0).standard_normal(len(runs)))
    return runs.assign(loss=loss * noisy)


@DRAWS
@given(laws(), sizes, lengths)
def test_with_endless_bits_it_is_chinchillas(law: Precision, n: float, d: float) -> None:
    assert law.loss(n, d, 500, 500, 500) == pytest.approx(law.base.loss(n, d), rel=1e-12)
    free = replace(law, **{f"gamma_{p}": 0.01 for p in ("w", "a", "kv")})
    free = replace(free, n_w=0.0, n_a=0.0, n_kv=0.0)
    assert free.loss(n, d, 1, 1, 1) == pytest.approx(law.base.loss(n, d), rel=1e-12)


@DRAWS
@given(laws(), sizes, lengths, counts, st.floats(1.0, 4.0))
def test_more_bits_of_anything_lower_the_loss(
    law: Precision, n: float, d: float, bits: float, factor: float
) -> None:
    here = law.loss(n, d, bits, bits, bits)
    assert law.loss(n * law.kept(bits, bits, bits), d, 500, 500, 500) == pytest.approx(here)
    for more in ({"weight_bits": bits * factor}, {"activation_bits": bits * factor}):
        given_bits = {"weight_bits": bits, "activation_bits": bits, "kv_bits": bits} | more
        assert law.loss(n, d, **given_bits) <= here


def test_below_the_offset_nothing_is_left() -> None:
    edge = LAW.n_a * LAW.gamma_a
    assert LAW.kept(activation_bits=edge * 0.999) == 0
    assert LAW.loss(1e8, 1e10, activation_bits=3) == np.inf
    assert 0 < LAW.kept(activation_bits=edge * 1.001) < 0.01


def test_with_one_gamma_the_best_bits_have_a_closed_form() -> None:
    # 3 x = e**x - 1, of which x = 0 is the other root.
    x = float(np.real(-lambertw(-np.exp(-1 / 3) / 3, -1) - 1 / 3))
    for gamma in (0.7, 2.0, 3.1):
        even: dict[str, float] = {f"gamma_{p}": gamma for p in ("w", "a", "kv")}
        law = replace(LAW, **even, n_w=0.0, n_a=0.0, n_kv=0.0)
        assert law.best_bits() == pytest.approx(x * gamma, rel=1e-6)


@DRAWS
@given(laws(), st.floats(1e17, 1e26))
def test_no_other_plan_is_better(law: Precision, c: float) -> None:
    best: Any = law.optimal(flops=c)
    assert 6 * best.params * best.tokens * best.bits / 16 == pytest.approx(c)
    for bits in np.geomspace(1, 40, 60):
        other = law.optimal(flops=c, bits=bits)
        assert np.isnan(other.loss) or other.loss >= best.loss * (1 - 1e-12)
    n = best.params * np.exp(np.linspace(-4, 4, 201))
    tokens = c * 16 / (6 * n * best.bits)
    assert best.loss <= np.min(law.loss(n, tokens, *[best.bits] * 3)) * (1 + 1e-12)


@DRAWS
@given(laws(), st.floats(1e17, 1e26))
def test_the_optimum_in_size_and_bits_is_that_of_another_search(law: Precision, c: float) -> None:
    best: Any = law.optimal(flops=c)
    if best.bits <= 1:
        return

    def excess(x: Any) -> float:
        n, p = np.exp(x)
        if p < 1:
            return np.inf
        return float(np.log(law.loss(n, c * 16 / (6 * n * p), p, p, p) - law.E))

    start = np.log([best.params * 1.5, best.bits * 1.2])
    found = minimize(
        excess,
        start,
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-14, "maxiter": 2000},
    )
    assert found.fun >= np.log(best.loss - law.E) - 1e-10
    assert np.exp(found.x) == pytest.approx([best.params, best.bits], rel=1e-3)


def test_the_best_bits_do_not_know_the_budget_unless_the_size_is_given() -> None:
    budgets = np.geomspace(1e18, 1e26, 9)
    free: Any = LAW.optimal(flops=budgets)
    np.testing.assert_allclose(free.bits, LAW.best_bits(), rtol=1e-12)
    held: Any = LAW.optimal(flops=budgets, params=free.params[4])
    assert np.all(np.diff(held.bits) > 0)
    assert held.bits[4] == pytest.approx(LAW.best_bits(), rel=1e-6)
    assert np.all(held.loss >= free.loss * (1 - 1e-12))

    def loss(bits: float) -> float:
        tokens = budgets[7] * 16 / (6 * free.params[4] * bits)
        return float(LAW.loss(free.params[4], tokens, bits, bits, bits))

    found = minimize_scalar(loss, bounds=(4, 40), method="bounded", options={"xatol": 1e-9})
    assert held.bits[7] == pytest.approx(found.x, rel=1e-5)


def test_fewer_bits_ask_for_a_larger_model() -> None:
    # Eq. 6 of the paper: the size goes as f**(-alpha/(alpha+beta)) and P**(-beta/(alpha+beta)).
    four, eight = LAW.optimal(flops=1e21, bits=4), LAW.optimal(flops=1e21, bits=8)
    share = LAW.kept(8, 8, 8) / LAW.kept(4, 4, 4)
    assert four.params / eight.params == pytest.approx(share**0.5 * 2**0.5)
    assert four.tokens / eight.tokens == pytest.approx(share**-0.5 * 2**0.5)


def test_one_bit_is_the_least() -> None:
    sharp = replace(LAW, gamma_w=0.1, gamma_a=0.1, gamma_kv=0.1, n_w=0.0, n_a=0.0, n_kv=0.0)
    assert sharp.best_bits() == 1


def test_optima_of_draws_are_those_of_each() -> None:
    gammas: Any = np.array([[1.5], [2.0], [2.6745]])
    budgets, many = np.array([1e20, 1e22]), replace(LAW, gamma_w=gammas)
    for kwargs in ({}, {"bits": 6.0}, {"params": 1e9}):
        together: Any = many.optimal(flops=budgets, **kwargs)
        for row, gamma in enumerate(gammas[:, 0]):
            one: Any = replace(LAW, gamma_w=gamma).optimal(flops=budgets, **kwargs)
            np.testing.assert_allclose(np.asarray(together.loss)[row], one.loss, rtol=1e-12)
            np.testing.assert_allclose(
                np.broadcast_to(together.bits, (3, 2))[row], np.broadcast_to(one.bits, 2), rtol=1e-6
            )


@DRAWS
@given(laws(), sizes, lengths, counts)
def test_slopes_are_derivatives_in_the_logarithms(
    law: Precision, n: float, d: float, bits: float
) -> None:
    place, h = [n, d, bits, bits, bits], 1e-5
    for k, (name, slope) in enumerate(law.slopes(*place).items()):
        up, down = place.copy(), place.copy()
        up[k] *= np.exp(h)
        down[k] *= np.exp(-h)
        numeric = (law.loss(*up) - law.loss(*down)) / (2 * h)
        assert slope == pytest.approx(numeric, rel=1e-5, abs=1e-8), name


@pytest.mark.parametrize("objective", ["log-huber", "log-lsq"])
def test_all_eleven_fields_are_recovered_without_a_start(objective: str) -> None:
    fit = rp.fit(Precision, table(EASY), objective=objective)
    assert fit.law.to_dict() == pytest.approx(EASY.to_dict(), rel=1e-3)


def test_noise_leaves_the_constants_within_their_intervals() -> None:
    fit = rp.fit(Precision, table(EASY, 0.002), objective="log-lsq")
    frame = fit.bootstrap(200, seed=0).interval(0.99)
    for name in ("gamma_w", "gamma_a", "gamma_kv", "E"):
        assert frame.loc[name, "low"] < getattr(EASY, name) < frame.loc[name, "high"]


def test_what_is_never_quantised_is_held() -> None:
    runs = table(replace(EASY, gamma_kv=0.01, n_kv=0.0)).query("kv_bits == 16")
    fit = rp.fit(Precision, runs, fixed={"gamma_kv": 0.01, "n_kv": 0.0}, objective="log-lsq")
    assert fit.law.gamma_w == pytest.approx(EASY.gamma_w, rel=1e-3)
    with pytest.raises(DataError, match="kv_bits"):
        rp.fit(Precision, runs)


def test_bits_below_one_are_refused() -> None:
    for call in (
        lambda: LAW.loss(1e8, 1e10, weight_bits=0.5),
        lambda: LAW.kept(kv_bits=[4, 0.9]),
        lambda: LAW.optimal(flops=1e21, bits=0.1),
        lambda: AFTER.added_loss(1e8, 1e10, bits=0.5),
    ):
        with pytest.raises(ArgumentError, match="one bit at least"):
            call()
    with pytest.raises(ArgumentError, match="must be positive"):
        LAW.loss(1e8, 1e10, weight_bits=0)
    runs = table(EASY)
    runs = runs.astype(float)
    runs.loc[7, "activation_bits"] = 0.5
    with pytest.raises(DataError, match=r"Row 7.*activation_bits below one"):
        rp.fit(Precision, runs)


def test_questions_without_an_answer_are_refused() -> None:
    with pytest.raises(ArgumentError, match=r"1e\+20 FLOPs does not buy one token for 1e\+30"):
        LAW.optimal(flops=1e20, params=[1e9, 1e30])
    with pytest.raises(ArgumentError, match="nothing to choose"):
        LAW.optimal(flops=1e21, bits=4, params=1e9)
    with pytest.raises(ReplicationError, match="minimum"):
        replace(LAW, alpha=-0.1).optimal(flops=1e21)
    alphas: Any = np.array([[0.3], [-0.1]])
    params = np.ravel(replace(LAW, alpha=alphas).optimal(flops=1e21).params)
    assert np.isfinite(params).tolist() == [True, False]
    with pytest.raises(ArgumentError, match=r"gamma_D is -0\.5"):
        replace(AFTER, gamma_D=-0.5).critical_tokens(1e8, 4, base=LAW.base)


# Rounding after training ----------------------------------------------------------------------


@DRAWS
@given(st.floats(1e7, 1e10), st.floats(2.0, 8.0))
def test_at_the_critical_tokens_more_of_them_change_nothing(n: float, bits: float) -> None:
    d, base = AFTER.critical_tokens(n, bits, base=LAW.base), LAW.base
    whole = d * np.exp(np.linspace(-3, 3, 601))
    loss = base.loss(n, whole) + AFTER.added_loss(n, whole, bits)
    assert whole[np.argmin(loss)] == pytest.approx(d)
    assert base.slopes(n, d)["tokens"] == pytest.approx(-AFTER.slopes(n, d, bits)["tokens"])


@pytest.mark.parametrize("objective", ["log-huber", "log-lsq", "lsq"])
def test_the_law_of_rounding_is_recovered(objective: str) -> None:
    axes = np.geomspace(1e7, 1e9, 5), np.geomspace(1e9, 1e11, 5), [3.0, 4.0, 5.0, 6.0]
    n, d, p = (g.ravel() for g in np.meshgrid(*axes))
    runs = pd.DataFrame(
        {"params": n, "tokens": d, "bits": p, "added_loss": AFTER.added_loss(n, d, p)}
    )
    fit = rp.fit(PostTraining, runs, objective=objective)
    assert fit.law.to_dict() == pytest.approx(AFTER.to_dict(), rel=1e-4)
    design = np.column_stack([np.ones_like(n), np.log(d), -np.log(n), -p])
    straight = np.linalg.lstsq(design, np.log(runs["added_loss"]), rcond=None)[0]
    assert straight[3] == pytest.approx(1 / fit.law.gamma_post)


def test_fewer_than_one_bit_in_a_table_is_refused_by_its_row() -> None:
    runs = pd.DataFrame({"params": [1e8] * 6, "tokens": [1e9] * 6, "bits": [3, 4, 5, 6, 0.5, 2]})
    with pytest.raises(DataError, match=r"Row 4.*bits below one"):
        rp.fit(PostTraining, runs.assign(added_loss=0.1))
