"""Results draw themselves from what they hold, and say what is missing where they cannot."""

import numpy as np
import pytest

import replication as rp
from replication import _drawing
from replication.errors import ReplicationError

RUNS = rp.load("hoffmann2022", "figure4_isoflop_points")[["params", "tokens", "loss"]][::4]
FIT = rp.fit("Chinchilla", RUNS)
CURVE = rp.fit(
    rp.laws.PowerLaw.of("steps", "error"), {"steps": [10, 100, 1000], "error": [0.9, 0.5, 0.3]}
)


@pytest.mark.parametrize(
    ("draw", "x", "y"),
    [
        (lambda: FIT.plot(), "training tokens D", "loss (nats per token)"),
        (lambda: FIT.plot(x="params"), "parameters N", "loss (nats per token)"),
        (lambda: FIT.plot(kind="residuals"), "training compute C (FLOPs)", "residual of log loss"),
        (lambda: CURVE.plot(), "steps", "error"),
        (lambda: CURVE.plot(kind="residuals"), "steps", "residual of log error"),
        (lambda: FIT.profile("E", points=11).plot(), "E", "likelihood-ratio statistic"),
        (lambda: FIT.bootstrap(20).plot(), "a", "resamples"),
        (lambda: rp.parametric(RUNS).plot(), "training compute C (FLOPs)", "parameters N"),
    ],
)
def test_axes_are_labelled_and_no_other_column_is_needed(draw, x, y):
    ax = draw()
    assert (ax.get_xlabel(), ax.get_ylabel()) == (x, y)


def test_the_curve_that_is_drawn_is_the_law():
    (line,) = [line for line in CURVE.plot().lines if line.get_label() == "PowerLaw"]
    assert np.allclose(line.get_ydata(), CURVE.law.loss(line.get_xdata()))


def test_given_axes_are_drawn_on():
    from replication.plotting import figure

    _, ax = figure()
    assert FIT.plot(ax=ax) is ax


@pytest.mark.parametrize("options", [{"kind": "fits"}, {"x": "flops"}])
def test_what_cannot_be_drawn_is_named(options):
    with pytest.raises(ReplicationError, match="Unknown"):
        FIT.plot(**options)


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError("No module named 'matplotlib'", name="matplotlib")

    monkeypatch.setattr(_drawing, "import_module", missing)
    with pytest.raises(ReplicationError, match=r"pip install 'scaling-laws-replicated\[plot\]'"):
        FIT.plot()
