"""Bordelon et al. (2024): the claims, the theory in its known limits and against simulation."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import zeta

import replication as rp
from replication.errors import ArgumentError
from replication.papers import bordelon2024 as paper
from replication.papers.bordelon2024 import record

TIMES = np.geomspace(0.3, 1e5, 7)


@pytest.fixture(scope="module")
def ledger():
    return {item.claim.id: item for item in rp.verify("bordelon2024").judgements}


def test_no_claim_surprises(ledger):
    assert [name for name, item in ledger.items() if item.surprise] == []


def test_what_differs_is_pinned(ledger):
    differs = {name: item.answer.ours for name, item in ledger.items() if item.verdict == "differs"}
    pinned = {
        "B3.easy": 1.2500,
        "B8.loss": 0.75026,
        "B8.params": 0.68747,
        "B8.time": 0.31253,
        "B11.easy": -0.37494,
    }
    assert differs == pytest.approx(pinned, abs=2e-4)


# The task -------------------------------------------------------------------------------------


def test_an_endless_spectrum_sums_as_the_zeta_function():
    for a, b in paper.TASKS.values():
        task = paper.power_law(a, b)
        assert task.variance == pytest.approx(zeta(a), rel=1e-7)
        assert task.counts @ task.eigenvalues == pytest.approx(zeta(b), rel=1e-7)


def test_the_quadrature_is_the_sum():
    listed = paper.power_law(1.5, 1.25, 4096)
    integrated = paper.power_law(1.5, 1.25, 4096, listed=False)
    assert listed.plain and not integrated.plain
    for counted in ({"params": 100}, {"samples": 100}, {"params": 80, "samples": 300}):
        np.testing.assert_allclose(
            paper.test_loss(integrated, TIMES, **counted),
            paper.test_loss(listed, TIMES, **counted),
            rtol=1e-6,
        )


# The theory in its limits ---------------------------------------------------------------------


@pytest.mark.parametrize("task", paper.TASKS.values())
def test_without_limits_each_mode_falls_by_itself(task):
    spectrum = paper.power_law(*task)
    exact = paper.time_limited(spectrum, TIMES)
    np.testing.assert_allclose(paper.test_loss(spectrum, TIMES), exact, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(
        paper.mode_error(spectrum, [1, 5], [3.0])[0],
        np.exp(-3 * spectrum.eigenvalues[[0, 4]]),
        atol=1e-12,
    )


@pytest.mark.parametrize("task", [(1.5, 1.25), (2.0, 1.5), (4.0, 1.25)])
def test_long_training_ends_at_the_closed_forms(task):
    spectrum = paper.power_law(*task)
    for count in (20, 300):
        for members in (1, 4, np.inf):
            end = paper.test_loss(spectrum, [1e8], params=count, members=members)
            assert end == pytest.approx(
                paper.size_limited(spectrum, count, members), rel=1e-6, abs=1e-11
            )
        end = paper.test_loss(spectrum, [1e8], samples=count)
        assert end == pytest.approx(paper.data_limited(spectrum, count), rel=1e-6, abs=1e-11)


def marchenko_pastur(time, ratio):
    """What is left of a flat target: the mean of exp(-2 x t), by integral."""
    low, high = (1 - np.sqrt(ratio)) ** 2, (1 + np.sqrt(ratio)) ** 2

    def density(angle):
        x = (low + high) / 2 + (high - low) / 2 * np.cos(angle)
        inside = ((high - low) / 2 * np.sin(angle)) ** 2 / (2 * np.pi * ratio * x)
        return inside * np.exp(-2 * x * time)

    return max(0.0, 1 - 1 / ratio) + quad(density, 0, np.pi, epsabs=1e-12)[0]


@pytest.mark.parametrize("ratio", [0.3, 3.0])
def test_equal_eigenvalues_follow_marchenko_and_pastur(ratio):
    flat = paper.Spectrum(np.ones(1), np.full(1, 1 / 600), np.full(1, 600.0))
    times = [0.1, 1.0, 20.0]
    exact = [marchenko_pastur(time, ratio) for time in times]
    for name in ("params", "samples"):
        assert paper.test_loss(flat, times, **{name: 600 / ratio}) == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("params", [16, 300])
def test_with_endless_data_the_loss_is_the_mean_error_at_twice_the_time(params):
    # exp(-F L t) is similar to a symmetric matrix: squared, it is itself at twice the time.
    spectrum = paper.power_law(1.5, 1.25, 700)
    left = paper.mode_error(spectrum, np.arange(1, 701), 2 * TIMES, params)
    np.testing.assert_allclose(
        left @ spectrum.power, paper.test_loss(spectrum, TIMES, params), rtol=1e-9
    )


def test_size_and_samples_far_beyond_the_modes_do_not_limit():
    spectrum = paper.power_law(2, 1.5, 50)
    far = paper.test_loss(spectrum, TIMES, 1e9, 1e9)
    np.testing.assert_allclose(far, paper.time_limited(spectrum, TIMES), rtol=1e-5, atol=1e-9)


def test_members_mix_one_model_and_the_bias():
    spectrum = paper.power_law(1.5, 1.25)
    one, four, bias = (
        paper.test_loss(spectrum, TIMES, 50, 200, members) for members in (1, 4, np.inf)
    )
    np.testing.assert_allclose(four, one / 4 + 3 / 4 * bias, rtol=1e-9)
    assert (bias < one).all()


def test_an_earlier_program_agrees():
    # Another implementation, with a loop over fixed-point steps and a sum over 2,000 modes.
    task = paper.power_law(1.5, 1.25, 2000)
    found = paper.test_loss(task, [1.0], 32), paper.test_loss(task, [1.0], 512)
    assert np.concatenate(found) == pytest.approx([1.40425, 1.31944], abs=1e-5)
    found = paper.train_loss(task, [1.0], samples=32)
    assert found == pytest.approx([1.08745], abs=1e-5)
    task = paper.power_law(1.5, 1.25, 300)
    found = paper.mode_error(task, [1, 3, 10], [1.0], 64, 32)[0]
    assert found == pytest.approx([0.40544, 0.79164, 0.94922], abs=1e-5)


# The theory against simulation ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "samples", "members"), [(48, np.inf, 1), (np.inf, 48, 1), (48, 96, 1), (48, 96, 3)]
)
def test_theory_is_the_mean_of_simulations(params, samples, members):
    task = paper.power_law(1.5, 1.25, 400)
    times = [1.0, 10.0, 100.0]
    found = paper.simulate(task, times, params, samples, members=members, draws=40, seed=7)
    theory = paper.test_loss(task, times, params, samples, members)
    assert (abs(found["test_loss"] - theory) < 4 * found["test_se"]).all()
    if members == 1:
        theory = paper.train_loss(task, times, params, samples)
        assert (abs(found["train_loss"] - theory) < 4 * found["train_se"]).all()
    assert (found["test_se"] < 0.1 * found["test_loss"]).all()


def test_a_simulation_is_gradient_flow():
    """Small steps of gradient descent on the same draw end where the decomposition says."""
    task, rng = paper.power_law(2, 1.5, 12), np.random.default_rng(3)
    target = rng.choice([-1.0, 1.0], 12) * np.sqrt(task.power / task.eigenvalues)
    data = rng.standard_normal((9, 12)) * np.sqrt(task.eigenvalues)
    features = rng.standard_normal((12, 5)) / np.sqrt(5)
    weights = np.zeros(5)
    for _ in range(20000):
        apart = data @ (features @ weights - target)
        weights -= 1e-4 * features.T @ (data.T @ apart) / 9
    left = target - features @ weights
    test, train = paper.drawn(task, np.array([2.0]), 5, 9, seed=3)
    assert test[0] == pytest.approx(task.eigenvalues @ left**2, rel=1e-3)
    assert train[0] == pytest.approx(np.mean((data @ left) ** 2), rel=1e-3)


def test_the_recorded_simulations():
    table = paper.simulations()
    planned = sum(len(one.params) * len(one.samples) * len(one.times) for one in record.DESIGNS)
    assert len(table) == planned
    assert (table["modes"] == record.MODES).all()


def test_a_recorded_row_is_made_again():
    design = record.Design(params=(32,))
    again = record.recorded((design,))
    table = paper.simulations()
    stored = table[(table["params"] == 32) & (table["a"] == 1.5)]
    np.testing.assert_allclose(again["test_loss"], stored["test_loss"], rtol=1e-5)


# The split ------------------------------------------------------------------------------------


def test_the_best_split_is_the_lowest_on_a_grid():
    task = paper.power_law(1.5, 1.25)
    best = paper.best_split(task, [1e5]).iloc[0]
    grid = np.geomspace(best["params"] / 3, best["params"] * 3, 61)
    losses = [paper.test_loss(task, [1e5 / n], n)[0] for n in grid]
    assert best["loss"] <= min(losses) * (1 + 1e-9)
    assert grid[int(np.argmin(losses))] == pytest.approx(best["params"], rel=0.06)
    assert best["params"] * best["time"] == pytest.approx(1e5)


# What cannot be -------------------------------------------------------------------------------


def test_messages():
    task = paper.power_law(1.5, 1.25)
    with pytest.raises(ArgumentError, match="and so must b"):
        paper.power_law(2, 1)
    with pytest.raises(ArgumentError, match="finite variance"):
        paper.power_law(1, 2)
    with pytest.raises(ArgumentError, match="modes is 0"):
        paper.power_law(2, 2, 0)
    with pytest.raises(ArgumentError, match="cannot be listed"):
        paper.power_law(2, 2, listed=True)
    with pytest.raises(ArgumentError, match="times has 0"):
        paper.test_loss(task, [0.0])
    with pytest.raises(ArgumentError, match="params is 0"):
        paper.test_loss(task, [1.0], params=0)
    with pytest.raises(ArgumentError, match="listed modes"):
        paper.simulate(task, [1.0], params=8)
    with pytest.raises(ArgumentError, match="a standard error needs 2"):
        paper.simulate(paper.power_law(2, 2, 10), [1.0], params=8, draws=1)
    with pytest.raises(ArgumentError, match="nothing is left to learn"):
        paper.final_ridge(paper.power_law(2, 2, 10), 10)
    with pytest.raises(ArgumentError, match="least eigenvalue is 0"):
        paper.Spectrum(np.zeros(1), np.ones(1), np.ones(1))
    with pytest.raises(ArgumentError, match="one length"):
        paper.Spectrum(np.ones(2), np.ones(1), np.ones(1))
    with pytest.raises(ArgumentError, match="at an end"):
        paper.best_split(paper.power_law(1.5, 1.25), [1.5])
