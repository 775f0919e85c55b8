"""Schedules: equation 1 of hagele2024, its shapes, and lengths that no run can have."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from replication.errors import ArgumentError, UnknownNameError
from replication.schedules import SHAPES, Schedule

POWERS = {"linear": 1.0, "sqrt": 0.5, "square": 2.0}
shapes = st.one_of(st.sampled_from(sorted(SHAPES)), st.floats(0.1, 5.0))


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    steps = draw(st.integers(10, 100_000))
    cooldown = draw(st.integers(0, steps))
    return Schedule(
        steps=steps,
        cooldown=cooldown,
        shape=draw(shapes),
        warmup=draw(st.integers(0, steps - cooldown)),
        peak=draw(st.floats(1e-5, 1.0)),
        start=draw(st.floats(0, 1)),
        final=draw(st.floats(0, 1)),
    )


@given(schedules())
def test_a_rate_rises_stays_and_falls(schedule):
    n = np.linspace(0, schedule.steps, 257)
    rate = schedule(n)
    assert (rate <= schedule.peak * (1 + 1e-12)).all()
    assert (rate >= -1e-12).all()
    slope = np.diff(rate)
    assert (slope[n[1:] <= schedule.warmup] >= -1e-12).all()
    assert (slope[n[:-1] >= schedule.branch] <= 1e-12).all()
    flat = (n >= schedule.warmup) & (n <= schedule.branch)
    np.testing.assert_allclose(rate[flat], schedule.peak, rtol=1e-12)
    if schedule.cooldown:
        assert rate[-1] == pytest.approx(schedule.peak * schedule.final, abs=1e-12)


@given(schedules(), st.floats(0.1, 10))
def test_a_rate_is_in_the_unit_of_the_peak_and_steps_in_any(schedule, factor):
    lengths = {name: factor * getattr(schedule, name) for name in ("steps", "cooldown", "warmup")}
    # Rounding may make a run without a constant stretch too short.
    assume(lengths["cooldown"] + lengths["warmup"] <= lengths["steps"])
    rest = {name: getattr(schedule, name) for name in ("shape", "start", "final")}
    scaled = Schedule(**lengths, **rest, peak=2 * schedule.peak)
    share = np.linspace(0, 1, 65)
    ours = scaled(np.minimum(share * scaled.steps, scaled.steps))
    np.testing.assert_allclose(ours, 2 * schedule(share * schedule.steps), atol=2e-6)


@pytest.mark.parametrize(("name", "power"), POWERS.items())
def test_a_power_is_the_shape_of_its_name(name, power):
    n = np.linspace(0, 500, 101)
    named = Schedule(500, 200, name)(n)
    np.testing.assert_allclose(named, Schedule(500, 200, power)(n), rtol=1e-15)


def test_mirror_cosine_is_the_cosine_turned_about_the_line():
    n = np.linspace(0, 400, 41)
    line, cosine, mirror = (Schedule(400, 400, k)(n) for k in ("linear", "cosine", "mirror-cosine"))
    np.testing.assert_allclose((cosine + mirror) / 2, line, atol=1e-15)


def test_the_formulas_of_the_code_step_by_step():
    """The published code, one step at a time: 1/100 at first, 300 steps up, 1 - sqrt(x) down."""
    steps, warmup, cooldown = 3000, 300, 600
    ours = Schedule(steps, cooldown, "sqrt", warmup, peak=1e-3, start=0.01)
    cosine = Schedule.cosine(steps, warmup=warmup)
    for n in range(0, steps, 37):
        if n < warmup:
            theirs = n / warmup + (1 - n / warmup) / 100
        elif n < steps - cooldown:
            theirs = 1.0
        else:
            theirs = 1 - math.sqrt((n - (steps - cooldown)) / cooldown)
        assert float(ours(n)) == pytest.approx(1e-3 * theirs, rel=1e-12)
        if n >= warmup:
            t = (n - warmup) / (steps - warmup)
            assert float(cosine(n)) == pytest.approx(0.1 + 0.45 * (1 + math.cos(math.pi * t)))


def test_the_logged_rate_of_a_linear_cooldown():
    # The logs have a sixth of the peak 100 steps before the end of a cooldown of 600.
    assert float(Schedule(3000, 600)(2900)) == pytest.approx(1 / 6)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"steps": 0}, "steps is 0; a positive number is expected"),
        ({"steps": 100, "peak": -1.0}, "peak is -1.0"),
        ({"steps": 100, "warmup": -5}, "warmup is -5 steps; zero or more"),
        ({"steps": 100, "cooldown": math.nan}, "cooldown is nan steps"),
        ({"steps": 100, "final": 1.5}, "final is 1.5; a fraction of the peak"),
        ({"steps": 100, "cooldown": 120}, "A cooldown of 120 steps .* longer than the run of 100"),
        ({"steps": 100, "cooldown": 60, "warmup": 50}, "after a warm-up of 50 is longer"),
        ({"steps": "100"}, "steps must be a number, got '100'"),
        ({"steps": 100, "cooldown": None}, "cooldown must be a number, got None"),
        ({"steps": 100, "shape": None}, "shape must be a number, got None"),
        ({"steps": 100, "shape": 0.0}, "1 - x\\*\\*a needs a positive exponent"),
    ],
)
def test_a_schedule_that_no_run_can_have(given, words):
    with pytest.raises(ArgumentError, match=words):
        Schedule(**given)


def test_a_shape_that_is_not_known():
    with pytest.raises(UnknownNameError, match=r"'sqr'\. Did you mean 'sqrt'"):
        Schedule(100, 20, "sqr")


@pytest.mark.parametrize("step", [-1, 101, math.nan])
def test_a_step_outside_the_run(step):
    with pytest.raises(ArgumentError, match="outside the run of 100 steps"):
        Schedule(100)([50, step])


def test_a_step_that_is_no_number():
    with pytest.raises(ArgumentError, match="step must be numbers, got 'last'"):
        Schedule(100)("last")
