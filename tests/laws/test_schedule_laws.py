"""Laws that read a schedule: recovery, derivatives, and an independent sum and solution."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import least_squares

import replication as rp
from replication.errors import ArgumentError
from replication.laws.behaviour import check_behaviour

PEAK = 3e-4
RUNS = (
    rp.RateHistory(np.full(4001, PEAK)),
    rp.RateHistory.of(rp.Schedule.cosine(4000, warmup=160, peak=PEAK)),
    rp.RateHistory(np.repeat([PEAK, 0.3 * PEAK, 0.1 * PEAK], [1500, 1500, 1001])),
)
TRUE = {"E": 2.5, "A": 0.6, "alpha": 0.45, "B": 400.0, "C": 2.0, "beta": 0.6, "gamma": 0.65}
KIND = rp.laws.multi_power(*RUNS)


def table() -> pd.DataFrame:
    steps = np.arange(320.0, 4001.0, 160.0)
    frames = [
        pd.DataFrame(
            {
                "curve": float(number),
                "steps": steps,
                "lr_area": run.area(steps),
                "lr_annealed": run.annealed(steps),
            }
        )
        for number, run in enumerate(RUNS)
    ]
    return pd.concat(frames, ignore_index=True)


def by_hand(run, step, law):
    rates, loss = run.rates, law.E + law.A * run.rates[1 : step + 1].sum() ** -law.alpha
    for k in range(run.warmup + 1, step + 1):
        if (fall := rates[k - 1] - rates[k]) != 0:
            reach = law.C * rates[k] ** -law.gamma * rates[k : step + 1].sum()
            loss -= law.B * fall * (1 - (1 + reach) ** -law.beta)
    return loss


@pytest.mark.parametrize(("block", "near"), [(1, 1e-12), (16, 1e-4)])
@pytest.mark.parametrize("curve", range(3))
def test_multi_power_is_the_sum_as_printed(block, near, curve):
    law = rp.laws.multi_power(*RUNS, block=block)(**TRUE)
    for step in (480, 1500, 2400, 4000):
        assert law.loss(curve, step) == pytest.approx(by_hand(RUNS[curve], step, law), rel=near)


def test_the_methods_of_multi_power_agree():
    points = table()
    assert check_behaviour(KIND, (points["curve"].to_numpy(), points["steps"].to_numpy()))


def test_multi_power_is_recovered():
    points = table()
    points["loss"] = KIND(**TRUE).loss(points["curve"], points["steps"])
    shuffled = points.sample(frac=1, random_state=1)
    found = rp.fit(KIND, shuffled, objective="lsq").law.to_dict()
    assert found == pytest.approx(TRUE, rel=1e-3)


def test_annealing_is_recovered_and_agrees_with_scipy():
    points, true = table(), rp.laws.Annealing(E=2.5, A=0.6, alpha=0.45, C=0.5)
    exact = true.loss(points["lr_area"], points["lr_annealed"])
    clean = rp.fit(rp.laws.Annealing, points.assign(loss=exact), objective="lsq").law
    assert clean.to_dict() == pytest.approx(true.to_dict(), rel=1e-6)
    noisy = exact + np.random.default_rng(0).normal(0, 0.01, len(exact))
    law = rp.fit(rp.laws.Annealing, points.assign(loss=noisy), objective="lsq").law
    s1, s2 = points["lr_area"].to_numpy(), points["lr_annealed"].to_numpy()
    other = least_squares(
        lambda x: x[0] + x[1] * s1 ** -x[2] - x[3] * s2 - noisy, [2, 1, 0.5, 0], xtol=1e-14
    )
    assert list(law.to_dict().values()) == pytest.approx(other.x, rel=1e-4)


def test_annealing_without_falls_is_a_power_law_of_the_area():
    area = np.geomspace(0.1, 10, 5)
    law = rp.laws.Annealing(E=2.5, A=0.6, alpha=0.45, C=0.5)
    plain = rp.laws.PowerLawOffset.of("lr_area")(E=2.5, A=0.6, alpha=0.45)
    assert law.loss(area, np.zeros(5)) == pytest.approx(plain.loss(area), rel=1e-12)


def test_the_class_of_some_runs_survives_pickle():
    law = KIND(**TRUE)
    for other in (pickle.loads(pickle.dumps(law)), copy.deepcopy(law)):
        assert other.loss(1, 4000) == law.loss(1, 4000)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rp.laws.multi_power(), "needs the RateHistory of one run or more"),
        (lambda: rp.laws.multi_power([1.0, 2.0]), "reads RateHistory, got"),
        (lambda: KIND(**TRUE).loss(3, 100), "curve is 3.0; this law has 3 runs"),
        (lambda: KIND(**TRUE).loss(0, 5000), "Step 5000 lies outside the run"),
        (lambda: rp.laws.Annealing(2.5, 0.6, 0.45, 0.5).loss(0.0, 0.1), "lr_area must be positive"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()
