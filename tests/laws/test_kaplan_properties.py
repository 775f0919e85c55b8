"""What must hold of the laws of kaplan2020 at any coefficients: property tests."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.test_properties import DRAWS, budgets, central_differences, factors, params, tokens

from replication.laws import (
    CriticalBatch,
    KaplanJoint,
    KaplanParams,
    KaplanSteps,
    KaplanTraining,
    Law,
)

small = st.floats(0.03, 0.3)
large = st.floats(0.2, 1.5)
losses = st.floats(1.2, 8.0)
counts = st.floats(1e2, 1e7)
batches = st.floats(1e3, 1e9)


@st.composite
def joints(draw: Any) -> KaplanJoint:
    """A joint law with losses of a few nats."""
    alpha_N, alpha_D = draw(small), draw(small)
    N_c, D_c = (1e9 * draw(losses) ** (1 / alpha) for alpha in (alpha_N, alpha_D))
    return KaplanJoint(alpha_N=alpha_N, alpha_D=alpha_D, N_c=N_c, D_c=D_c)


@st.composite
def trainings(draw: Any) -> KaplanTraining:
    """A law in size, steps and batch with losses of a few nats."""
    alpha_N = draw(small)
    steps = KaplanSteps(
        alpha_N=alpha_N,
        alpha_S=draw(large),
        N_c=1e9 * draw(losses) ** (1 / alpha_N),
        S_c=draw(st.floats(1e2, 1e4)),
    )
    batch = CriticalBatch(B_star=draw(st.floats(1e7, 1e10)), alpha_B=draw(st.floats(0.1, 0.6)))
    return KaplanTraining.join(steps, batch)


@DRAWS
@given(small, st.floats(1e10, 1e20), params, factors)
def test_a_law_of_one_input_falls_and_can_be_inverted(
    alpha: float, scale: float, n: float, factor: float
) -> None:
    law = KaplanParams(alpha, scale)
    assert law.loss(n * factor) == pytest.approx(law.loss(n) * factor**-alpha, rel=1e-12)
    assert law.input_for(law.loss(n)) == pytest.approx(n, rel=1e-9)
    assert law.power_law().loss(n) == pytest.approx(law.loss(n), rel=1e-11)


@DRAWS
@given(joints(), params, tokens, factors)
def test_joint_loss_falls_with_size_and_with_data(
    law: KaplanJoint, n: float, d: float, factor: float
) -> None:
    here = law.loss(n, d)
    # Where one term is all, the other moves nothing but the last digits: the sum is held as its
    # logarithm, of several hundred here, and is rounded by as many times eps.
    most = here * (1 + 1e-13)
    assert law.loss(n * factor, d) <= most and law.loss(n, d * factor) <= most
    assert here >= max(law.enough_data().loss(n), law.enough_params().loss(d)) * (1 - 1e-12)


@DRAWS
@given(joints(), params, tokens)
def test_overfit_is_the_excess_and_can_be_inverted(law: KaplanJoint, n: float, d: float) -> None:
    excess = law.overfit(n, d)
    expected = law.loss(n, d) / law.enough_data().loss(n) - 1
    assert excess == pytest.approx(expected, rel=1e-6, abs=1e-11)
    assert law.tokens_needed(n, excess) == pytest.approx(d, rel=1e-6)


@DRAWS
@given(joints(), budgets, st.floats(1.01, 100.0))
def test_the_joint_optimum_beats_its_neighbours_and_equals_the_search(
    law: KaplanJoint, c: float, factor: float
) -> None:
    best, numeric = law.optimal(flops=c), Law.optimal(law, flops=c)
    assert 6 * best.params * best.tokens == pytest.approx(c, rel=1e-11)
    assert best.loss == pytest.approx(law.loss(best.params, best.tokens), rel=1e-12)
    for r in (factor, 1 / factor):
        assert best.loss <= law.loss(best.params * r, best.tokens / r) * (1 + 1e-14)
    assert numeric.loss == pytest.approx(best.loss, rel=1e-11)
    assert numeric.params == pytest.approx(best.params, rel=1e-4)
    grown = law.optimal(flops=c * factor)
    assert grown.params / best.params == pytest.approx(factor**law.a, rel=1e-9)
    assert law.a + law.b == pytest.approx(1, rel=1e-14)


@DRAWS
@given(trainings(), counts, st.floats(1e-3, 1e3), losses)
def test_batches_lie_on_the_hyperbola(
    law: KaplanTraining, s: float, share: float, loss: float
) -> None:
    batch = law.batch_law
    b = share * batch.batch(loss)
    fewest = batch.min_steps(s, b, loss)
    seen, least = b * s, batch.min_flops(b * s, b, loss)  # FLOPs are tokens times 6 N
    assert (s / fewest - 1) * (seen / least - 1) == pytest.approx(1, rel=1e-9)
    assert least / fewest == pytest.approx(batch.batch(loss), rel=1e-9)
    assert batch.steps(fewest, b, loss) == pytest.approx(s, rel=1e-12)


@DRAWS
@given(trainings(), params, counts, batches)
def test_the_loss_solves_its_own_equation(
    law: KaplanTraining, n: float, s: float, b: float
) -> None:
    loss = law.loss(n, s, b)
    fewest = law.batch_law.min_steps(s, b, loss)
    assert loss == pytest.approx(law.steps_law.loss(n, fewest), rel=1e-11)


@DRAWS
@given(trainings(), params, counts, batches, factors)
def test_loss_falls_with_size_steps_and_batch(
    law: KaplanTraining, n: float, s: float, b: float, factor: float
) -> None:
    here = law.loss(n, s, b) * (1 + 1e-13)
    assert law.loss(n * factor, s, b) <= here
    assert law.loss(n, s * factor, b) <= here
    assert law.loss(n, s, b * factor) <= here


@DRAWS
@given(trainings(), st.floats(1e14, 1e24), st.sampled_from([0.0, 1e4, 1e6, 1e8]), factors)
def test_the_best_run_beats_other_sizes(
    law: KaplanTraining, c: float, batch: float, factor: float
) -> None:
    best = law.optimal(flops=c, batch=batch)
    # C_min is the limit of batches far below the critical one.
    b = batch or 1e-9 * best.critical_batch
    for r in (factor, 1 / factor):
        n = best.params * r
        assert best.loss <= law.loss(n, c / 6 / n / b, b) * (1 + 1e-8)
    assert best.flops == pytest.approx(c, rel=1e-8)
    assert best.loss == pytest.approx(law.loss(best.params, best.tokens / b, b), rel=1e-7)


@DRAWS
@given(trainings(), losses, st.floats(1.05, 20.0))
def test_off_the_optimum_the_closed_form_is_what_the_law_says(
    law: KaplanTraining, loss: float, ratio: float
) -> None:
    steps = law.steps_law
    params_best, steps_best = steps.reach(loss, steps.best_excess)
    other = ratio * params_best
    fewest = steps.S_c / (loss - steps.enough_steps().loss(other)) ** (1 / steps.alpha_S)
    assert steps.steps_ratio(ratio) == pytest.approx(fewest / steps_best, rel=1e-6)
    assert steps.flops_ratio(ratio) == pytest.approx(ratio * fewest / steps_best, rel=1e-6)
    assert steps.flops_ratio(ratio) >= 1


@DRAWS
@given(trainings(), st.floats(0.01, 2.0))
def test_the_window_ends_where_the_extra_compute_is_spent(
    law: KaplanTraining, extra: float
) -> None:
    steps = law.steps_law
    low, high = steps.size_window(extra)
    assert steps.least_ratio < low < 1 < high
    assert steps.flops_ratio(high) == pytest.approx(1 + extra, rel=1e-7)
    # Near the least ratio the cost is a cliff.
    assert steps.flops_ratio(low) == pytest.approx(1 + extra, rel=1e-4)


@DRAWS
@given(trainings(), losses, st.floats(0.01, 1.0))
def test_a_run_ends_where_it_should(law: KaplanTraining, loss: float, excess: float) -> None:
    steps = law.steps_law
    n, s = steps.reach(loss, excess)
    assert steps.loss(n, s) == pytest.approx(loss, rel=1e-9)
    assert steps.enough_steps().loss(n) * (1 + excess) == pytest.approx(loss, rel=1e-9)
    gap = loss - steps.enough_steps().loss(n)
    assert steps.early_stop(gap) == pytest.approx(s, rel=1e-6)


@DRAWS
@given(trainings(), joints(), params, tokens, counts, batches, losses)
def test_gradients_equal_central_differences(
    law: KaplanTraining, joint: KaplanJoint, n: float, d: float, s: float, b: float, loss: float
) -> None:
    cases: list[tuple[Law, tuple[float, ...]]] = [
        (law, (n, s, b)),
        (law.steps_law, (n, s)),
        (law.batch_law, (loss,)),
        (law.flops_law, (1e20,)),
        (joint, (n, d)),
        (joint.enough_data(), (n,)),
        (joint.enough_params(), (d,)),
    ]
    for one, columns in cases:
        partial, value = one.gradient(*columns), float(one.predict(*columns))
        for name, field in one.to_dict().items():
            slope = central_differences(one, columns, name)
            got = float(np.asarray(partial[name])) * field
            assert got == pytest.approx(slope, rel=1e-5, abs=1e-7 * value), (one, name)


@DRAWS
@given(joints(), params, tokens, st.floats(1e-6, 1e6))
def test_another_unit_changes_the_scale_alone(
    law: KaplanJoint, n: float, d: float, unit: float
) -> None:
    rescaled = replace(law, N_c=law.N_c / unit)
    assert rescaled.loss(n / unit, d) == pytest.approx(law.loss(n, d), rel=1e-11)
