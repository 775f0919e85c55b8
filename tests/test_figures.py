"""The pages' figures drawn from other data than the book's: what is drawn is what was given."""

import importlib
import inspect
from pkgutil import iter_modules

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba

import replication as rp
from replication import figures
from replication import plotting as plot
from replication.figures import (
    anagnostidis2023,
    bian2025,
    findings,
    from_kaplan_to_chinchilla,
    hagele2024,
    hoffmann2022,
    how_far,
    laptop,
    li2020,
    which_law,
    why_fits_differ,
)
from replication.laws import Chinchilla, ShiftedPower
from replication.traversal import traverse

LAW = Chinchilla(A=400.0, B=2000.0, E=1.8, alpha=0.35, beta=0.37)


@pytest.fixture(autouse=True)
def closed():
    """Leave no figure open."""
    yield
    plt.close("all")


def lines(ax):
    """What is drawn as lines and markers: label, x and y."""
    return {line.get_label(): line.get_data() for line in ax.lines}


def words(ax):
    """What is written into axes."""
    return [text.get_text() for text in ax.texts]


def isoflop_runs():
    """Runs of a known law at three budgets."""
    rows = [
        (c, n, c / (6 * n), LAW.loss(n, c / (6 * n)))
        for c in (1e19, 1e20, 1e21)
        for n in LAW.optimal(flops=c).params * np.geomspace(0.3, 3, 9)
    ]
    return pd.DataFrame(rows, columns=["isoflop_budget", "params", "tokens", "loss"])


@pytest.mark.parametrize("name", [module.name for module in iter_modules(figures.__path__)])
def test_what_a_module_draws_is_documented(name):
    module = importlib.import_module(f"replication.figures.{name}")
    public = [
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]
    assert public
    for function in public:
        doc = inspect.getdoc(function)
        assert doc and ("Returns\n" in doc or "Return" in doc.splitlines()[0]), function
        for argument in inspect.signature(function).parameters:
            assert argument in doc or doc.count("\n") < 8, (function, argument)


def test_parabolas_stand_at_the_minima_of_the_runs_given():
    runs = isoflop_runs()
    found = rp.isoflop(runs, budget="isoflop_budget", rule="6ND")
    top, params, tokens = hoffmann2022.parabolas(found, runs, 5e22).axes
    crosses = [line.get_xdata()[0] for line in top.lines if line.get_marker() == "x"]
    assert crosses == pytest.approx(list(found.points["params"]))
    assert params.lines[-1].get_xdata() == pytest.approx([5e22, 5e22])
    drawn = tokens.lines[0].get_ydata()
    assert drawn[0] == pytest.approx(found.tokens_law.predict(1e18))


def test_ratios_are_those_of_the_law_given():
    table = pd.DataFrame({"flops": [1e20], "params": [1e9], "tokens": [3e10]})
    fig = hoffmann2022.ratios({"approach_2": table}, LAW, table, {"Small": (1e9, 2e10)})
    drawn = lines(fig.axes[0])
    assert drawn["approach 2, printed table"][1] == pytest.approx([30])
    c, ratio = drawn["approach 3, Eq. 10 as printed"]
    assert ratio == pytest.approx(LAW.optimal(flops=c).tokens_per_param)
    assert words(fig.axes[0]) == ["Small"]


def test_a_model_without_a_short_name_gets_its_own():
    models = pd.DataFrame({"model": ["mine", "morph-1b"], "latency_seconds": [2.0, 2.5]}).assign(
        accuracy=[0.5, 0.53], n_layers=[12, 16]
    )
    top, bottom = bian2025.latencies(models, ["mine"], (0.1, 0.5)).axes
    assert words(top) == ["mine", "Morph-1B"]
    assert words(bottom) == ["Morph-1B", "0.100 s per layer"]
    ours, theirs = (line.get_color() for line in top.lines)
    assert (ours, theirs) == (plot.COLORS.ours, plot.COLORS.printed)


def test_the_front_page_draws_the_tilts_and_steps_given():
    found = pd.DataFrame(
        [("public", "A", -0.1, -0.3, 0.1), ("controlled", "B", -0.5, -0.6, -0.4)],
        columns=["kind", "who", "tilt", "low", "high"],
    )
    (ax,) = findings.tilts(found).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["public: A", "B"]
    dots = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert dots == [-0.1, -0.5]
    exponents = found.assign(label=["kaplan", "counted"], a=[0.8, 0.6], low=0.5, high=0.9)
    (ax,) = findings.steps(exponents).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["kaplan", "counted"]
    (bars,) = ax.collections
    assert [end[:, 0].tolist() for end in bars.get_segments()] == [[0.5, 0.9], [0.5, 0.9]]


def test_effects_are_drawn_for_the_sizes_given():
    effects = pd.DataFrame({"tokens_per_param_nominal": [20, 40], "size": ["80m", "80m"]}).assign(
        aspect_ratio=[30.0, 90.0], excess=[0.01, 0.02]
    )
    top, bottom = bian2025.shape_effects(
        effects, {"law": pd.Series([0.0, 1.0], [20, 80])}, ["80m"]
    ).axes
    assert lines(top)["80M"][1] == pytest.approx([1.0])
    assert bottom.lines[1].get_ydata() == pytest.approx([2.0])


def test_prices_are_drawn_where_a_law_reaches():
    laws = {"a": ShiftedPower(1e9, 0.5, 3.0, 1e17), "b": ShiftedPower(3e9, 0.5, 2.0, 1e17)}
    path = traverse(laws, 6.0, 3.2)
    logged = pd.DataFrame({"size": ["a"], "flops": [1e18], "loss": [3.4]})
    *_, last, ratio = anagnostidis2023.cheapest_size(path, logged).axes
    for line in ratio.lines:
        assert (line.get_ydata() >= 1).all()
    assert len(last.lines) == len(laws)
    assert np.min([line.get_ydata().min() for line in ratio.lines]) == pytest.approx(1)
    E = np.linspace(3.2, 6.0, 20)
    saved = {"against b": 100 * path.saving(E, "b"), "best": 100 * path.saving(E)}
    top, bottom = anagnostidis2023.savings(path, E, saved).axes
    assert "one size, a to b" in lines(top)
    assert lines(bottom)["best"][1] == pytest.approx(100 * path.saving(E))


def test_schedules_are_named_once():
    made = {n: {"cosine": rp.Schedule.cosine(n, warmup=10, peak=1e-3)} for n in (100, 200)}
    curves = pd.DataFrame({"schedule": ["cosine"] * 2, "steps": [100] * 2, "step": [50, 100]})
    top, bottom = hagele2024.schedules(made, curves.assign(loss=[1.0, 0.0])).axes
    assert [text.get_text() for text in top.get_legend().get_texts()] == ["cosine"]
    assert bottom.lines[-1].get_ydata() == pytest.approx([1.0])


def test_the_lowest_rate_is_left_out_and_the_others_keep_their_marks():
    grid = pd.DataFrame({1e-4: [9.0, 9.0], 5e-4: [3.0, 2.9]}, index=[0.1, 0.2])
    top, _ = hagele2024.cooldown_lengths({100: grid, 200: grid}, {100: 2.95, 200: 2.95}).axes
    assert [line.get_label() for line in top.lines] == ["rate 0.5", "best cosine"]
    assert top.lines[0].get_marker() == "^"
    assert top.get_ylim()[1] < 9


def test_regrets_are_medians_in_percent_by_distance():
    bins = pd.Categorical(["near", "near", "near", "far"])
    costs = pd.DataFrame({"approach": "parabolas", "bin": bins, "extra": [0.01, 0.03, 0.02, 0.5]})
    costs = costs.assign(noise=0.0, clipped=[True, False, False, False], family="one", design="d")
    table = how_far.regrets(costs.assign(decades=1.0), {"parabolas": "isoFLOP"})
    assert table["advice"].tolist() == ["isoFLOP", "(scatter of the runs)"]
    assert table["outside"].tolist() == ["1 of 4", ""]
    assert table["near"][0].startswith("2.0 (") and table["far"].tolist() == [
        "50.0 (50)",
        "0.0 (0)",
    ]


def test_the_promise_is_drawn_in_each_panel():
    shares = pd.DataFrame({"decades": [0.5], "mean": [0.6], "low": [0.5], "high": [0.7]})
    cases = {"observed": shares, "simulated": shares}
    fig = how_far.coverage({"a run": cases, "the law": cases}, 0.9)
    for ax in fig.axes:
        assert ax.lines[-1].get_ydata() == pytest.approx([0.9, 0.9])


def test_the_valleys_of_the_laptop_have_their_runs_and_minima():
    runs = isoflop_runs().assign(flops=lambda x: x["isoflop_budget"])
    found = rp.isoflop(runs, budget="isoflop_budget")
    ax = laptop.isoflops(runs, found).axes[0]
    assert lines(ax)["minimum of the parabola"][0] == pytest.approx(found.points["params"])
    drawn = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 9]
    assert np.concatenate(drawn) == pytest.approx(runs["params"])


def test_a_count_of_parameters_names_its_exponent():
    found = rp.isoflop(isoflop_runs().assign(flops=lambda x: x["isoflop_budget"]), "isoflop_budget")
    ax = laptop.allocations({"all": found}).axes[0]
    x, y = lines(ax)[f"all: exponent {found.a:.2f}"]
    assert y == pytest.approx(found.optimal(flops=x).params)


def test_schedules_and_forecasts_of_the_laptop_are_those_given():
    curve = pd.DataFrame(
        {"flops": [2e11, 1e11], "loss": [1.8, 2.0], "isoflop_budget": [2e11, 1e11]}
    )
    ax = laptop.schedules({"cosine": curve}).axes[0]
    assert lines(ax)["cosine"][1] == pytest.approx([2.0, 1.8])
    rows = {"name": ["a", "b"], "estimate": [1.6, 1.5], "low": [1.5, 1.4], "high": [1.8, 1.7]}
    ax = laptop.forecasts(pd.DataFrame(rows).assign(loss=[1.7, 1.3])).axes[0]
    assert lines(ax)["then trained"][0] == pytest.approx([1.7, 1.3])
    assert lines(ax)["then trained"][1] == pytest.approx([1, 0])
    ends = ax.containers[0].lines[2][0].get_segments()
    assert [tuple(end[:, 0]) for end in ends] == [(1.5, 1.8), (1.4, 1.7)]


def test_compressed_models_are_joined_by_budget_and_by_width():
    rows = [(w, 100 * w, c / w, c, seed) for w in (1, 2, 4) for c in (1e6, 2e6) for seed in (0, 1)]
    table = pd.DataFrame(rows, columns=["width", "params", "tokens", "isoflop_budget", "seed"])
    table["tokens_per_param"] = table["tokens"] / table["params"]
    table["added_loss"] = table["tokens"] * np.where(table["seed"] == 0, 1e-7, 4e-7)
    top, middle, bottom = li2020.confound(table).axes
    x, y = lines(top)["1M FLOPs"]
    assert (x, y) == (pytest.approx([100, 200, 400]), pytest.approx([0.2, 0.1, 0.05]))
    assert lines(middle)["2 wide"][0] == pytest.approx([2500, 5000])
    assert lines(bottom)["2 wide"][1] == pytest.approx([0.1, 0.2])


def test_paths_prices_and_memories_are_those_given():
    runs = pd.DataFrame({"width": [8, 8], "tokens": [2.0, 1.0], "flops": [20.0, 10.0]})
    runs = runs.assign(cpu_s=[4.0, 3.0], loss=[1.5, 2.0], bytes=[90.0, 60.0])
    for ax, name in zip(li2020.progress(runs, 1.8).axes, ("tokens", "flops", "cpu_s"), strict=True):
        assert lines(ax)["8 wide"][0] == pytest.approx(sorted(runs[name]))
    found = pd.DataFrame({"loss": [2.0, 1.9, 1.8], "n": [5, 5, 4], "steps": [0.5, 0.6, 0.4]})
    ax = li2020.price(found.assign(flops_per_byte=1.0, seconds_per_byte=0.6)).axes[0]
    drawn = sorted(len(line.get_xdata()) for line in ax.lines)
    assert drawn == [1, 1, 1, 2, 2, 2]  # joined where as many widths reach the loss
    first, second = li2020.memory({"as is": runs, "again": runs}, 70.0).axes
    assert lines(first)["8 wide"][0] == pytest.approx(runs["bytes"])
    assert second.get_title(loc="left") == "again"


def test_every_change_of_the_lattice_leads_to_one_more():
    exponents = {
        frozenset(made): 0.9 - 0.1 * len(made)
        for made in ((), ("count",), ("tuning",), ("count", "tuning"))
    }
    ax = from_kaplan_to_chinchilla.lattice(exponents, {"Kaplan": 0.73}).axes[0]
    ways = [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_marker() == "None"]
    falls = [np.diff(line.get_ydata())[0] for line in ways if line.get_color() != plot.COLORS.muted]
    assert falls[-4:] == pytest.approx([-0.1] * 4)
    assert words(ax) == ["Kaplan"]


def test_published_fits_are_lines_among_the_fits():
    fits = pd.DataFrame({"rule": ["all", "some"], "a": [0.6, 0.5]})
    published = {"Besiroglu, printed": {"a": 0.51}, "Hoffmann, printed": {"a": 0.45}}
    choices = {"rule": ["all", "some"]}
    top, below = why_fits_differ.ordered_fits(fits, choices, {"rule": "all"}, published).axes
    assert lines(top)["our fits"][1] == pytest.approx([0.5, 0.6])
    assert lines(top)["reference"][0] == pytest.approx([1])
    assert lines(top)["Hoffmann, printed"][1] == pytest.approx([0.45, 0.45])
    assert [line.get_xdata()[0] for line in below.lines] == [1, 0]


def test_advice_outside_its_runs_is_hollow():
    rows = [
        ("A", demand, quantity, 2.0, 1.0, 3.0, beyond)
        for demand, beyond in ((0.0, 1.0), (1e11, 7.0))
        for quantity in which_law.QUANTITIES
    ]
    columns = ["law", "demand", "quantity", "estimate", "low", "high", "beyond"]
    advised = pd.DataFrame(rows, columns=columns)
    top, _ = which_law.advice(advised, ["A"], 1e11, {"A": pd.Series([1.0, 9.0])}).axes
    marks = [line for line in top.lines if len(line.get_xdata()) == 1]
    faces = [line.get_markerfacecolor() for line in marks]
    assert [to_rgba(face) == to_rgba(plot.COLORS.ground) for face in faces] == [False, True]
