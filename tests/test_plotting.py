"""Figures: told apart by every eye, sharp and small, with plain labels and units."""

import io
import itertools

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from PIL import Image

import replication as rp
from replication import plotting as plot
from replication.errors import DataError, ReplicationError, UnknownNameError

# Machado, Oliveira and Fernandes (2009), severity 1: how linear RGB looks without one cone.
CONES = {
    "all": np.eye(3),
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip


def linear(color):
    """Linear RGB of a colour."""
    c = np.array(to_rgb(color))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIELAB of linear RGB."""
    x = XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one, other):
    """Contrast ratio of the accessibility guidelines."""
    dark, light = sorted(float(XYZ[1] @ linear(c)) for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(autouse=True)
def _tidy():
    """Leave neither figures nor settings behind."""
    with mpl.rc_context():
        yield
    plt.close("all")


@pytest.fixture
def runs():
    points = rp.load("hoffmann2022", "figure4_points")
    return points.assign(flops=6 * points["params"] * points["tokens"])


@pytest.fixture
def law():
    return rp.published("hoffmann2022", "tex")


def inside(fig):
    """Whether all that a figure shows lies within its edges."""
    fig.canvas.draw()
    box = fig.get_tightbbox(fig.canvas.get_renderer())
    width, height = fig.get_size_inches()
    return box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height


def overlapping_ticks(axis, renderer):
    """Neighbouring tick labels of an axis that touch."""
    low, high = sorted(axis.get_view_interval())
    boxes = [
        tick.label1.get_window_extent(renderer)
        for tick in axis.get_major_ticks()
        if tick.label1.get_text() and low <= tick.get_loc() <= high
    ]
    return [(a, b) for a, b in itertools.pairwise(boxes) if a.overlaps(b)]


@pytest.mark.parametrize("cones", CONES)
def test_colours_stay_apart_without_a_cone(cones):
    seen = {c: lab(np.array(CONES[cones]) @ linear(c)) for c in plot.COLORS.series()}
    distances = {
        pair: np.linalg.norm(seen[pair[0]] - seen[pair[1]])
        for pair in itertools.combinations(seen, 2)
    }
    assert min(distances.values()) > 20, min(distances, key=distances.get)


@pytest.mark.parametrize("color", plot.COLORS.series())
def test_colours_stand_out_from_the_ground(color):
    assert contrast(color, plot.COLORS.ground) >= 3


def test_text_is_readable_and_the_ground_light():
    assert contrast(plot.COLORS.data, plot.COLORS.ground) >= 7
    assert contrast("#ffffff", plot.COLORS.ground) < 1.1


def test_losses_get_lighter_upwards():
    lightness = [lab(linear(plot.LOSS_MAP(x)[:3]))[0] for x in np.linspace(0, 1, 30)]
    assert (np.diff(lightness) > 0).all()


def test_figures_are_in_the_style():
    fig, axes = plot.figure(2, 2, sharex=True)
    assert axes.shape == (2, 2)
    assert fig.get_constrained_layout()
    assert mpl.colors.to_hex(fig.get_facecolor()) == plot.COLORS.ground
    assert not axes[0, 0].spines["top"].get_visible()


def test_a_png_is_sharp_small_opaque_and_closed(runs, law):
    fig, ax = plot.figure()
    plot.scatter_runs(ax, runs)
    ax.set(xlim=(1e18, 1e24), ylim=(3e7, 1e11))
    plot.contours(ax, law)
    content, width, height = plot.png(fig)
    image = Image.open(io.BytesIO(content))
    assert image.size == (2 * width, 2 * height)
    assert len(content) < plot.MAX_BYTES
    assert image.convert("RGBA").getextrema()[3] == (255, 255)
    assert plt.get_fignums() == []


def test_a_png_is_the_same_each_time():
    def draw():
        fig, ax = plot.figure()
        ax.plot([1, 2], [3, 4])
        return plot.png(fig)[0]

    assert draw() == draw()


def test_a_heavy_png_is_refused_with_its_size():
    fig, ax = plot.figure()
    ax.imshow(np.random.default_rng(0).uniform(size=(400, 400, 3)))
    with pytest.raises(ReplicationError, match=r"PNG of [\d,]+ bytes; at most 150,000"):
        plot.png(fig)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(70e9, "70B"), (1.4e12, "1.4T"), (44e6, "44M"), (999.9e6, "1B"), (1500, "1.5K"), (7, "7")],
)
def test_counts_read_as_people_say_them(value, expected):
    assert plot.count(value) == expected


@given(st.floats(1.0, 1e15))
def test_a_count_keeps_three_digits(value):
    sizes = {letter: size for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))}
    shown = plot.count(value)
    number = float(shown.rstrip("TBMK")) * sizes.get(shown[-1], 1.0)
    assert number == pytest.approx(value, rel=0.00501)
    assert "e" not in shown


@pytest.mark.parametrize("exponent", range(15, 29))
def test_powers_are_whole(exponent):
    assert plot.power(10.0**exponent) == f"$10^{{{exponent}}}$"
    assert plot.power(3 * 10.0**exponent) == rf"$3\times10^{{{exponent}}}$"


@pytest.mark.parametrize(
    ("name", "span"),
    [
        *itertools.product(["params", "tokens"], [(2e8, 5e8), (1e8, 3e9), (4e7, 2e13)]),
        *itertools.product(["flops"], [(2e18, 5e18), (1e18, 3e19), (1e18, 1e28)]),
        *itertools.product(["tokens_per_param"], [(12, 40), (0.01, 5), (1, 900)]),
        *itertools.product(["loss", "residual"], [(1.69, 5.01), (-0.04, 0.07)]),
    ],
)
def test_labels_never_touch(name, span):
    fig, axes = plot.figure(1, 2)
    for ax in axes:
        ax.plot(span, span)
        plot.label(ax, x=name, y=name)
    fig.canvas.draw()
    renderer = fig.canvas.get_renderer()
    for ax in axes:
        assert overlapping_ticks(ax.xaxis, renderer) == []
        assert overlapping_ticks(ax.yaxis, renderer) == []
        if ax.get_xscale() == "log":
            low, high = ax.get_xlim()
            assert sum(low <= x <= high for x in ax.get_xticks()) >= 2
    assert inside(fig)


def test_every_quantity_has_its_unit_or_is_a_count_or_ratio():
    for name, quantity in plot.QUANTITIES.items():
        assert "(" in quantity.text or name in ("params", "tokens", "tokens_per_param", "residual")


def test_an_unknown_quantity_is_refused():
    _, ax = plot.figure()
    with pytest.raises(UnknownNameError, match="Did you mean 'params'"):
        plot.label(ax, x="parms")


def test_labelling_keeps_limits():
    _, ax = plot.figure()
    ax.set(xscale="log", xlim=(1e18, 1e24))
    plot.label(ax, x="flops")
    assert ax.get_xlim() == (1e18, 1e24)


def test_runs_are_drawn_in_the_papers_orientation(runs):
    fig, ax = plot.figure()
    points = plot.scatter_runs(ax, runs)
    assert ax.get_xlabel() == "training compute C (FLOPs)"
    assert ax.get_ylabel() == "parameters N"
    assert np.allclose(points.get_offsets(), runs[["flops", "params"]])
    assert points.norm.vmax < runs["loss"].max()
    bar = next(a for a in fig.axes if a is not ax)
    assert bar.get_ylabel() == "loss (nats per token)"
    assert inside(fig)


def test_runs_without_a_column_are_refused(runs):
    _, ax = plot.figure()
    with pytest.raises(DataError, match="no column loss"):
        plot.scatter_runs(ax, runs.drop(columns="loss"))


def test_lines_of_equal_loss_turn_at_the_frontier(law):
    _, ax = plot.figure()
    ax.set(xscale="log", yscale="log", xlim=(1e18, 1e24), ylim=(1e7, 1e12))
    lines = plot.contours(ax, law, levels=[2.5])
    path = lines.get_paths()[0].vertices
    leftmost = path[path[:, 0].argmin()]
    assert law.optimal(flops=leftmost[0]).params == pytest.approx(leftmost[1], rel=0.1)
    assert ax.get_xlim() == (1e18, 1e24)
    drawn = ax.get_lines()[0]
    assert np.allclose(drawn.get_ydata(), law.optimal(flops=drawn.get_xdata()).params)


def test_a_band_is_named_once():
    _, ax = plot.figure()
    plot.band(ax, [1, 2], [1, 1], [2, 2], [3, 3], name="ours")
    plot.band(ax, [1, 2], [1, 1], None, [3, 3], name="theirs")
    assert ax.get_legend_handles_labels()[1] == ["ours", "theirs"]


@pytest.mark.parametrize("place", [0.02, 0.98])
def test_the_name_of_a_mark_stays_inside(place):
    fig, ax = plot.figure()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    plot.mark(ax, place, 0.5, "Chinchilla")
    assert inside(fig)


def test_violins_show_mean_and_middle_half():
    _, ax = plot.figure()
    rng = np.random.default_rng(0)
    plot.residual_violins(ax, {"theirs": rng.normal(0.02, 0.01, 200), "ours": rng.normal(size=200)})
    assert [t.get_text() for t in ax.get_xticklabels()] == ["theirs", "ours"]
    dots = [line for line in ax.get_lines() if line.get_marker() == "o"]
    assert dots[0].get_ydata()[0] == pytest.approx(0.02, abs=0.003)
    assert mpl.colors.to_hex(ax.collections[1].get_facecolor()[0]) == plot.COLORS.ours


def test_pairs_of_draws_fit_and_are_light(law):
    rng = np.random.default_rng(0)
    values = law.to_dict()
    frame = pd.DataFrame({k: v * np.exp(0.05 * rng.normal(size=4000)) for k, v in values.items()})
    fig = plot.pair_plot(frame, {"estimate": values})
    assert len(fig.axes) == 15 + 5  # each histogram has a scale of its own
    assert "β" in {ax.get_xlabel() for ax in fig.axes}
    assert inside(fig)
    assert len(plot.png(fig)[0]) < plot.MAX_BYTES
    with pytest.raises(UnknownNameError, match="value of the mark 'half'"):
        plot.pair_plot(frame, {"half": {"A": 1.0}})


def test_pairs_of_draws_can_be_narrow():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 3)), columns=["A", "B", "E"])
    assert plot.pair_plot(frame, width=5.4).get_size_inches() == pytest.approx([5.4, 5.4])


def test_a_profile_shades_its_interval(runs):
    fit = rp.fit(rp.laws.Chinchilla, runs)
    profile = fit.profile("alpha")
    _, ax = plot.figure()
    plot.profile_curve(ax, profile)
    low, high = profile.interval(0.95)
    shaded = ax.patches[0].get_extents().transformed(ax.transData.inverted())
    assert (shaded.x0, shaded.x1) == pytest.approx((low, high))
    assert ax.get_xlabel() == "α"


# Words that can be read --------------------------------------------------------------------------


def test_words_on_top_of_each_other_are_found():
    fig, ax = plot.figure()
    ax.set_title("A title")
    ax.text(0.0, 1.02, "an annotation", transform=ax.transAxes)
    assert plot.crowded(fig) == ["'an annotation' and 'A title' overlap."]


def test_words_beyond_the_edge_are_found():
    fig, _ = plot.figure()
    fig.text(0.98, 0.5, "too far to the right")
    (problem,) = plot.crowded(fig)
    assert problem.startswith("'too far to the right' is cut off by ")


def test_crowded_ticks_are_found():
    fig, ax = plot.figure(width=2, height=2)
    ax.set_xticks([0, 0.05, 1], ["a long name", "another long name", "z"])
    assert plot.crowded(fig)[0] == "'a long name' and 'another long name' overlap."


def test_a_legend_over_an_annotation_is_found():
    fig, ax = plot.figure()
    ax.plot([0, 1], [0, 1], label="a line")
    ax.legend(loc="center")
    ax.text(0.5, 0.49, "a note in the middle", ha="center")
    assert plot.crowded(fig) == ["'a note in the middle' and 'a line' overlap."]


def test_what_is_not_drawn_is_not_counted():
    fig, axes = plot.figure(1, 2)
    axes[0].set_xlim(0.001, 0.999)  # ticks at 0 and 1 are kept, and lie outside
    axes[0].text(0.5, 0.5, "hidden").set_visible(False)
    axes[0].text(0.5, 0.5, "shown")
    axes[1].set_axis_off()
    axes[1].set_xticks([0.5, 0.51], ["one", "other"])
    assert plot.crowded(fig) == []
    axes[1].set_axis_on()
    assert plot.crowded(fig) == ["'one' and 'other' overlap."]


def test_slanted_words_are_left_alone():
    fig, ax = plot.figure()
    for at in (0.4, 0.45):
        ax.text(at, 0.5, "a slanted label", rotation=45)
    assert plot.crowded(fig) == []
