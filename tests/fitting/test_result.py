"""What a fit shows: one line, a report, tables, and why an error bar is missing."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import pytest

import replication as rp
from replication.errors import DataError
from replication.laws import Chinchilla, PowerLaw, PowerLawOffset

Surface = Callable[..., tuple[Chinchilla, pd.DataFrame]]


@pytest.fixture(scope="module")
def fit(points_240: pd.DataFrame) -> rp.Fit:
    return rp.fit(Chinchilla, points_240)


@pytest.fixture(scope="module")
def smooth(points_240: pd.DataFrame) -> rp.Fit:
    return rp.fit(Chinchilla, points_240, objective="log-lsq")


def test_one_line(fit: rp.Fit) -> None:
    assert repr(fit) == (
        "Chinchilla(A=477.82, B=2143.5, E=1.8172, alpha=0.34731, beta=0.36717) | n=240, "
        "log-huber sum=0.00101828, converged"
    )


def test_a_fit_is_frozen(fit: rp.Fit) -> None:
    with pytest.raises(FrozenInstanceError):
        fit.value = 0.0  # type: ignore[misc]


def test_two_fits_can_be_compared(points_240: pd.DataFrame, fit: rp.Fit) -> None:
    assert (fit == rp.fit(Chinchilla, points_240)) in (True, False)


def test_summary_is_a_report(smooth: rp.Fit) -> None:
    text = smooth.summary()
    assert text.startswith("Chinchilla fitted to 240 points\nlog-lsq, ")
    for name in ("A", "B", "E", "alpha", "beta", "a", "b"):
        assert f"\n  {name} " in text
    assert "(se " in text and "derived" in text and "converged" in text


def test_summary_says_why_there_are_no_errors(fit: rp.Fit) -> None:
    assert "no standard errors: only 39 of 240 residuals lie inside delta=0.001" in fit.summary()
    assert "(se " not in fit.summary()


def test_html_shows_the_coefficients(fit: rp.Fit) -> None:
    html = fit._repr_html_()
    assert "<b>Chinchilla</b>, n = 240" in html
    assert "477.82" in html and "<table" in html and "nan" not in html.lower()


def test_html_escapes_what_it_is_given() -> None:
    x = np.geomspace(1, 10, 6)
    kind = PowerLawOffset.of("x", "y")
    fit = rp.fit(kind, {"x": x, "y": 1 + 1 / x}, bounds={"E": (1.2, 2.0)})
    object.__setattr__(fit, "status", "<script>alert(1)</script>")
    note = rp.Note("at_bound", "E < 1 & more", "<b>stop</b>")
    object.__setattr__(fit, "notes", (note,))
    html = fit._repr_html_()
    assert "<script>" not in html and "<b>stop" not in html
    assert "E &lt; 1 &amp; more" in html


def test_frame_gives_each_field_its_status(points_240: pd.DataFrame) -> None:
    table = rp.fit(
        Chinchilla, points_240, objective="log-lsq", fixed={"E": 1.8}, tied={"beta": "alpha"}
    ).to_frame()
    assert table.index.name == "coefficient"
    assert table.status.to_dict() == {
        "A": "free",
        "B": "free",
        "E": "fixed",
        "alpha": "free",
        "beta": "tied to alpha",
    }
    assert table.why["E"] == "held at a given value"
    assert np.isnan(table.se["E"])
    assert table.se["beta"] == table.se["alpha"] > 0


def test_frame_holds_the_law(fit: rp.Fit) -> None:
    assert fit.to_frame().estimate.to_dict() == fit.law.to_dict()


@pytest.mark.parametrize(
    ("objective", "why"),
    [
        ("log-huber", "only 39 of 240 residuals lie inside delta=0.001"),
        ("log-lad", "log-lad has no curvature at its kinks; use bootstrap()"),
        ("log-huber-likelihood", "log-huber-likelihood has no curvature at its kinks"),
    ],
)
def test_a_missing_error_bar_says_why(points_240: pd.DataFrame, objective: str, why: str) -> None:
    table = rp.fit(Chinchilla, points_240, objective=objective).to_frame()
    assert table.se.isna().all()
    assert table.why.str.contains(why, regex=False).all()
    assert table.why.str.contains("bootstrap()", regex=False).all()


def test_a_field_at_its_bound_has_no_two_sided_error(points_240: pd.DataFrame) -> None:
    table = rp.fit(Chinchilla, points_240, objective="log-lsq", bounds={"E": (0.5, 1.7)}).to_frame()
    assert np.isnan(table.se["E"])
    assert "bound" in table.why["E"]


def test_flat_directions_have_no_error(surface: Surface) -> None:
    law, _ = surface(3)
    params = np.geomspace(1e8, 1e10, 60)
    noise = np.exp(0.01 * np.random.default_rng(0).standard_normal(60))
    loss = law.loss(params, 20 * params) * noise
    fit = rp.fit(
        Chinchilla,
        {"params": params, "tokens": 20 * params, "loss": loss},
        objective="log-lsq",
        tied={"beta": "alpha"},
    )
    table = fit.to_frame()
    assert table.se.isna().all()
    assert table.why.str.contains("flat").all()


def test_errors_of_a_line_are_the_sandwich() -> None:
    rng = np.random.default_rng(2)
    x = np.geomspace(1e18, 1e22, 50)
    y = 60 * x**-0.07 * np.exp(0.03 * np.linspace(0.2, 2, 50) * rng.standard_normal(50))
    weights = rng.uniform(0.5, 2, 50)
    fit = rp.fit(PowerLaw, {"flops": x, "loss": y}, objective="log-lsq", weights=weights)
    design = np.stack([np.ones(50), -np.log(x)], axis=1)
    bread = np.linalg.inv(design.T @ (weights[:, None] * design))
    meat = design.T @ ((weights * fit.residuals)[:, None] ** 2 * design)
    se = np.sqrt(np.diag(bread @ meat @ bread))
    table = fit.to_frame()
    assert table.se["alpha"] == pytest.approx(se[1], rel=1e-8)
    assert table.se["A"] == pytest.approx(se[0] * fit.law.A, rel=1e-8)


def test_errors_agree_with_the_bootstrap(smooth: rp.Fit) -> None:
    drawn = smooth.bootstrap(2000).interval().se
    for name in ("E", "alpha", "beta"):
        assert smooth.to_frame().se[name] == pytest.approx(drawn[name], rel=0.15), name


@pytest.mark.parametrize("objective", ["lsq", "huber"])
def test_errors_without_logarithms_agree_with_the_bootstrap(
    points_240: pd.DataFrame, objective: str
) -> None:
    fit = rp.fit(Chinchilla, points_240, objective=objective, delta=0.05)
    drawn = fit.bootstrap(1000).interval().se
    for name in ("E", "alpha", "beta"):
        assert fit.to_frame().se[name] == pytest.approx(drawn[name], rel=0.2), name


def test_comparison_with_printed_laws(fit: rp.Fit, points_240: pd.DataFrame) -> None:
    tex, printed = rp.published("hoffmann2022", "tex"), rp.published("hoffmann2022", "printed")
    table = fit.compare(tex, printed)
    assert list(table.index) == ["this fit", "law 1", "law 2"]
    # besiroglu2024's notebook: printed 4.121e-3, TeX 1.231e-3, optimum 1.018e-3.
    assert (table.objective * 1e3).round(3).tolist() == [1.018, 1.231, 4.121]
    assert table.ratio.iloc[0] == pytest.approx(1, rel=1e-12)
    assert table.ratio.iloc[1] == pytest.approx(table.objective.iloc[1] / fit.value)
    residuals = np.log(points_240.loss) - np.log(tex.loss(points_240.params, points_240.tokens))
    assert table.mean_residual.iloc[1] == pytest.approx(residuals.mean(), rel=1e-9)
    assert table.alpha.iloc[1] == tex.alpha and table.a.iloc[1] == tex.a


def test_comparison_uses_the_weights_of_the_fit(points_240: pd.DataFrame) -> None:
    weights = np.where(points_240.params < 1e9, 1.0, 0.0)
    tex = rp.published("hoffmann2022", "tex")
    whole = rp.fit(Chinchilla, points_240, weights=weights).compare(tex).objective.iloc[1]
    part = rp.fit(Chinchilla, points_240[weights > 0]).compare(tex).objective.iloc[1]
    assert whole == pytest.approx(part, rel=1e-10)


def test_comparison_with_nothing_is_the_fit(fit: rp.Fit) -> None:
    assert list(fit.compare().index) == ["this fit"]


def test_comparison_of_an_exact_fit_does_not_divide_by_zero() -> None:
    fit = rp.fit(PowerLaw, {"flops": [1e18, 1e19], "loss": [3.0, 2.0]})
    table = fit.compare(PowerLaw(A=1.0, alpha=0.1))
    assert table.ratio.iloc[1] > 1e6


def test_laws_of_other_inputs_cannot_be_compared(fit: rp.Fit) -> None:
    with pytest.raises(DataError, match=r"PowerLaw reads flops; laws that read params, tokens"):
        fit.compare(PowerLaw(A=1.0, alpha=0.1))


def test_rms_is_what_least_squares_makes_least(fit: rp.Fit, smooth: rp.Fit) -> None:
    assert smooth.rms**2 * smooth.n / 2 == pytest.approx(smooth.value, rel=1e-12)
    assert smooth.rms < fit.rms


def test_r2_is_one_less_the_residual_share_of_the_variance(smooth: rp.Fit) -> None:
    observed = np.log(smooth.problem.data.response)
    assert smooth.objective.log
    expected = (
        1
        - smooth.residuals.var() / observed.var()
        - smooth.residuals.mean() ** 2 / (observed.var())
    )
    assert smooth.r2 == pytest.approx(expected, rel=1e-12)
    assert 0.9 < smooth.r2 < 1


def test_r2_counts_points_by_their_weight() -> None:
    x, y = np.geomspace(1, 1e4, 9), np.array([3.0, 2.8, 2.9, 2.5, 2.4, 2.1, 2.2, 1.8, 1.6])
    weights = np.array([1, 2, 1, 3, 1, 1, 2, 1, 1])
    table = {"flops": x, "score": y}
    weighted = rp.fit(rp.laws.LogLinear, table, weights=weights)
    repeated = rp.fit(rp.laws.LogLinear, {k: np.repeat(v, weights) for k, v in table.items()})
    assert weighted.r2 == pytest.approx(repeated.r2, rel=1e-9)
    assert weighted.r2 != pytest.approx(rp.fit(rp.laws.LogLinear, table).r2, rel=1e-3)


def test_likelihood_is_that_of_the_residuals(fit: rp.Fit) -> None:
    found = fit.likelihood()
    assert found.n == 240
    assert found.log_likelihood == rp.scaled_huber(fit.residuals, 1e-3).log_likelihood
    grid = found.sigma * np.geomspace(0.5, 2, 401)
    z = np.abs(fit.residuals) / grid[:, None]
    clipped = np.minimum(z, 1e-3)
    totals = -(clipped * (z - clipped / 2)).sum(axis=1) - 240 * np.log(grid)
    assert grid[np.argmax(totals)] == pytest.approx(found.sigma, rel=2e-3)


def test_likelihood_counts_weights_as_points(points_240: pd.DataFrame) -> None:
    twice = pd.concat([points_240, points_240])
    weighted = rp.fit(Chinchilla, points_240, weights=np.full(240, 2.0)).likelihood()
    written = rp.fit(Chinchilla, twice).likelihood()
    assert weighted.log_likelihood == pytest.approx(written.log_likelihood, rel=1e-7)


@pytest.mark.parametrize("delta", [0.0, -1.0, np.nan])
def test_likelihood_needs_a_positive_delta(fit: rp.Fit, delta: float) -> None:
    with pytest.raises(rp.ReplicationError, match="delta"):
        fit.likelihood(delta)


def test_likelihood_of_exact_data_is_refused() -> None:
    with pytest.raises(rp.ReplicationError, match=r"All residuals are zero.*use objective='log-hu"):
        rp.scaled_huber([0.0, 0.0, 0.0])
