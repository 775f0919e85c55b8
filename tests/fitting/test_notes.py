"""Every note a fit can carry, from data that deserve it, and its absence where they do not."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import NOTE_CODES, ArgumentError, UnknownNameError
from replication.fitting.diagnostics import diagnose
from replication.laws import Chinchilla, PowerLaw, PowerLawOffset

Surface = Callable[..., tuple[Chinchilla, pd.DataFrame]]


def codes(fit: rp.Fit) -> list[str]:
    return [note.code for note in fit.notes]


def curve(n: int, noise: float, *, E: float = 1.8, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.geomspace(1e7, 1e10, n)
    return {"params": x, "loss": (E + 200 * x**-0.3) * np.exp(noise * rng.standard_normal(n))}


OFFSET = PowerLawOffset.of("params")
LAW = Chinchilla(A=482.0, B=2085.0, E=1.82, alpha=0.35, beta=0.37)


def test_good_data_carry_no_note(points_240: pd.DataFrame, surface: Surface) -> None:
    assert rp.fit(Chinchilla, points_240).notes == ()
    assert rp.fit(OFFSET, curve(60, 0.003)).notes == ()
    assert rp.fit(Chinchilla, surface(4)[1]).notes == ()


def test_at_bound_names_the_field_and_the_bound() -> None:
    (note,) = rp.fit(OFFSET, curve(60, 0.003), bounds={"E": (0.1, 1.5)}).notes
    assert note.code == "at_bound"
    assert note.message == "E stands at its bound 1.5."
    assert "profile()" in note.advice


def test_at_the_lower_bound_too() -> None:
    fit = rp.fit(OFFSET, curve(60, 0.003), bounds={"alpha": (0.5, 2.0)})
    assert codes(fit).count("at_bound") == 1
    assert fit.law.alpha == 0.5


def test_inside_its_bounds_is_no_note() -> None:
    assert rp.fit(OFFSET, curve(60, 0.003), bounds={"E": (0.1, 2.5)}).notes == ()


def test_a_coefficient_that_vanishes_stands_at_zero() -> None:
    # A pure power law fitted with an offset: in some draws nothing is left for E.
    seen = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        x = np.geomspace(1e7, 1e10, 80)
        table = {"params": x, "loss": 40 * x**-0.15 * np.exp(0.03 * rng.standard_normal(80))}
        fit = rp.fit(OFFSET, table)
        if fit.law.E < 1e-6:
            seen.append([n.message for n in fit.notes if n.code == "at_bound"])
    assert len(seen) >= 2
    assert all(m == ["E is zero as far as the data can tell."] for m in seen)


def test_too_few_points_counts_both() -> None:
    fit = rp.fit(OFFSET, curve(8, 0.003))
    (note,) = [n for n in fit.notes if n.code == "too_few_points"]
    assert note.message == "8 points for 3 free fields."
    twice = {name: np.repeat(values, 2) for name, values in curve(8, 0.003).items()}
    (note,) = [n for n in rp.fit(OFFSET, twice).notes if n.code == "too_few_points"]
    assert note.message == "8 distinct inputs, in 16 rows, for 3 free fields."
    assert "too_few_points" not in codes(rp.fit(OFFSET, curve(9, 0.003)))
    assert "too_few_points" not in codes(rp.fit(OFFSET, curve(8, 0.003), fixed={"E": 1.8}))


def test_unidentified_names_the_fields_that_are_loose() -> None:
    rng = np.random.default_rng(0)
    x = np.geomspace(1e9, 1.2e9, 60)
    table = {"params": x, "loss": (1.8 + 200 * x**-0.3) * np.exp(0.01 * rng.standard_normal(60))}
    fit = rp.fit(OFFSET, table)
    (note,) = [n for n in fit.notes if n.code == "unidentified"]
    assert "alpha" in note.message
    assert "fix or tie a field" in note.advice
    assert "unidentified" not in codes(rp.fit(OFFSET, table, fixed={"E": 1.8, "A": 200.0}))


def test_not_converged_says_that_progress_was_left(monkeypatch: pytest.MonkeyPatch) -> None:
    from replication.fitting import multistart

    monkeypatch.setattr(multistart, "ROUNDS", 0)
    monkeypatch.setattr(multistart, "LAST_STEPS", 2)
    monkeypatch.setattr(multistart, "along_valley", lambda kernel, space, phi, *rest: phi)
    fit = rp.fit(OFFSET, curve(60, 0.02))
    assert fit.status == "not converged"
    assert "not_converged" in codes(fit)
    assert "the best of the search" in fit.notes[0].message


@pytest.mark.parametrize("seed", range(4))
def test_a_scale_that_runs_off_is_a_note_and_no_error(seed: int) -> None:
    # No shape effect, so the data say nothing of where the best shape lies.
    rng = np.random.default_rng(seed)
    n, d = 10 ** rng.uniform(7.5, 10.2, 60), 10 ** rng.uniform(8.5, 11.5, 60)
    loss = np.asarray(LAW.loss(n, d)) * np.exp(0.01 * rng.standard_normal(60))
    shape = 10 ** rng.uniform(0.5, 3, 60)
    table = {"params": n, "tokens": d, "aspect_ratio": shape, "loss": loss}
    fit = rp.fit(rp.laws.ShapeOptimum, table)
    assert {"ran_off", "unidentified"} & set(codes(fit))


def test_coordinates_out_of_range_and_slopes_without_numbers() -> None:
    table = curve(30, 0.003)
    fit = rp.fit(OFFSET, table)
    far = fit.phi.copy()
    far[fit.free.index("A")], far[fit.free.index("alpha")] = 800.0, 40.0
    law = OFFSET.from_vector(far)
    notes = {note.code: note.message for note in diagnose(fit.problem, far, law, "converged")}
    assert notes["ran_off"] == "The fit ran off, with A to inf."
    assert not {"unidentified", "misfit", "outlier"} & set(notes)


def test_what_diverged_data_leave_is_told_under_one_name() -> None:
    table = curve(40, 0.003)
    table["loss"][4] *= 1.4
    for objective in ("log-huber", "log-lsq"):
        assert codes(rp.fit(OFFSET, table, objective=objective)) == ["outlier"]


def test_extrapolates_says_how_far(points_240: pd.DataFrame) -> None:
    fit = rp.fit(Chinchilla, points_240)
    top, bottom = points_240.params.max(), points_240.tokens.min()
    assert fit.extrapolation(params=top, tokens=bottom) is None
    note = fit.extrapolation(params=[1e9, 50 * top], tokens=bottom / 3)
    assert note is not None and note.code == "extrapolates"
    assert note.message == "params lies a factor of 50 outside the data."
    note = fit.extrapolation(tokens=bottom / 3)
    assert note is not None and "tokens lies a factor of 3 outside" in note.message


def test_extrapolation_asks_for_inputs_of_the_law(points_240: pd.DataFrame) -> None:
    fit = rp.fit(Chinchilla, points_240)
    with pytest.raises(UnknownNameError, match=r"Unknown input 'flops'.*params, tokens"):
        fit.extrapolation(flops=1e25)


@pytest.mark.parametrize("value", [0.0, -1e9, np.nan])
def test_extrapolation_refuses_what_is_no_count(points_240: pd.DataFrame, value: float) -> None:
    with pytest.raises(ArgumentError, match="params must be positive and finite"):
        rp.fit(Chinchilla, points_240).extrapolation(params=value)


def test_a_bootstrap_says_what_it_left_out() -> None:
    # Two points of twenty carry the curve: resamples without them cannot be fitted well.
    x = np.array([1e7, 1e8, *np.geomspace(9.5e9, 1.05e10, 18)])
    rng = np.random.default_rng(1)
    loss = (1.8 + 200 * x**-0.3) * np.exp(0.02 * rng.standard_normal(20))
    boot = rp.fit(OFFSET, {"params": x, "loss": loss}).bootstrap(200)
    assert boot.count + boot.failed == 200
    assert boot.failed == 0  # where a refit ended far along a valley, it counts, with a note
    assert "not_converged" in [n.code for n in boot.notes]


def test_notes_are_shown_wherever_the_fit_is() -> None:
    fit = rp.fit(OFFSET, curve(60, 0.003), bounds={"E": (0.1, 1.5)})
    assert repr(fit).endswith("; notes: at_bound")
    assert f"note {fit.notes[0]}" in fit.summary()
    assert "E stands at its bound 1.5." in fit._repr_html_()


def test_every_code_of_a_fit_can_be_looked_up() -> None:
    assert {
        "at_bound",
        "unidentified",
        "too_few_points",
        "extrapolates",
        "not_converged",
        "ran_off",
        "outlier",
        "heavy_tails",
        "misfit",
        "conflicting",
        "few_groups",
        "few_runs",
    } <= set(NOTE_CODES)


def test_a_pure_power_law_has_no_irreducible_loss_to_identify() -> None:
    law = PowerLaw.of("params")
    assert rp.fit(law, curve(60, 0.003, E=1e-9)).notes == ()
