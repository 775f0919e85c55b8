"""The planner in a browser: its arithmetic held to the package, and its fields to what they say."""

import json
import math
import random
from pathlib import Path

import pytest

import replication as rp
from replication import game
from replication.counting import FLOP_CONVENTIONS, PARAM_CONVENTIONS, Shape, flops_per_token, params
from replication.counting.parameters import parts
from replication.counting.shape import POSITIONS
from replication.errors import ReplicationError
from replication.instruments.export import calculator, planner, spend_a_budget
from replication.lifetime import Deployment
from replication.plans import answering
from visit import NARROW, Visit

STATIC = Path(__file__).parents[2] / "book" / "_static"
CASES = 200
SEED = 20261201
DIGITS = 1e-6  # relative
NAMES = {
    "params": "params",
    "tokens": "tokens",
    "tokens_per_param": "ratio",
    "loss": "loss",
    "low": "low",
    "high": "high",
    "training_flops": "training",
    "inference_flops": "serving",
    "flops_beyond": "flopsBeyond",
    "ratio_beyond": "ratioBeyond",
    "epochs": "epochs",
}


def asked(rng: random.Random) -> dict[str, float]:
    """Draw what a reader may ask: mostly sensible, now and then absurd."""
    wide = rng.random() < 0.2
    found: dict[str, float] = {}
    if rng.random() < 0.7:
        found["flops"] = 10 ** (rng.uniform(12, 32) if wide else rng.uniform(18, 27))
    else:
        found["target_loss"] = rng.uniform(0.05, 12) if wide else rng.uniform(1.7, 3.5)
    if rng.random() < 0.6:
        found["tokens_served"] = 10 ** (rng.uniform(3, 20) if wide else rng.uniform(9, 15))
    if rng.random() < 0.5:
        found["unique_tokens"] = 10 ** (rng.uniform(3, 20) if wide else rng.uniform(8, 13))
    return found


def planned(case: dict[str, float]) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """Return what the package answers: rows and refusals by law."""
    try:
        found = rp.plan(**case)
    except ReplicationError as error:  # no law answers: the message lists the reasons
        return {}, dict.fromkeys(answering(), str(error))
    return {row["law"]: row for row in found.table.to_dict("records")}, dict(found.failed)


@pytest.fixture
def blank(browser):
    """Give an empty page with the scripts, and no book around it."""
    page = browser.new_context().new_page()
    page.goto("about:blank")
    for name in ("instruments.js", "laws.js", "planner.js", "calculator.js"):
        page.add_script_tag(path=str(STATIC / name))
    yield page
    page.context.close()


def test_the_planner_computes_what_the_package_does(blank):
    rng = random.Random(SEED)
    cases = [asked(rng) for _ in range(CASES)]
    given = [
        {
            "flops": case.get("flops"),
            "loss": case.get("target_loss"),
            "served": case.get("tokens_served", 0.0),
            "unique": case.get("unique_tokens"),
        }
        for case in cases
    ]
    found = blank.evaluate(
        "([data, cases]) => cases.map(c => Planner.plan(data, c).map(({source, ...row}) => row))",
        [planner(), given],
    )
    wrong, answers, refusals = [], 0, 0
    for case, rows in zip(cases, found, strict=True):
        known, failed = planned(case)
        assert [row["law"] for row in rows] == list(answering())
        for theirs in rows:
            law, ours = theirs["law"], known.get(theirs["law"])
            refusals += ours is None
            answers += ours is not None
            if ours is None or theirs["refusal"]:
                why = failed.get(law, "")
                if not theirs["refusal"] or theirs["refusal"] not in why:
                    wrong.append((case, law, why, theirs["refusal"]))
                continue
            for name, other in NAMES.items():
                a, b = ours[name], theirs.get(other)
                b = math.nan if b is None else b
                same = (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=DIGITS)
                if not same:
                    wrong.append((case, law, name, a, b))
    assert wrong == []
    assert answers > 8 * CASES
    assert refusals > CASES


def test_dollars_and_hours_are_those_of_a_deployment(blank):
    rng = random.Random(SEED)
    cases = [
        {
            "price": 10 ** rng.uniform(-1, 2),
            "servePrice": 10 ** rng.uniform(-1, 2),
            "peak": 10 ** rng.uniform(13, 16),
            "servePeak": 10 ** rng.uniform(13, 16),
            "mfu": rng.uniform(0.01, 1),
            "inputShare": rng.uniform(0.01, 1),
            "outputShare": rng.uniform(0.001, 1),
            "read": rng.random(),
        }
        for _ in range(CASES)
    ]
    script = (
        "cases => cases.map(c => ['hours', 'dollars'].map(unit => Planner.converted({...c, unit})))"
    )
    for case, (hours, dollars) in zip(cases, blank.evaluate(script, cases), strict=True):
        rented = Deployment(
            train_dollars_per_hour=case["price"],
            train_peak_flops_per_second=case["peak"],
            inference_dollars_per_hour=case["servePrice"],
            inference_peak_flops_per_second=case["servePeak"],
            train_utilisation=case["mfu"],
            input_utilisation=case["inputShare"],
            output_utilisation=case["outputShare"],
        )
        weight = rented.equivalent_tokens(input_tokens=case["read"], output_tokens=1 - case["read"])
        assert math.isclose(dollars["per"], rented.dollars_per_training_flop, rel_tol=DIGITS)
        assert math.isclose(dollars["weight"], weight, rel_tol=DIGITS)
        assert math.isclose(hours["per"] * 3600 * case["peak"] * case["mfu"], 1, rel_tol=DIGITS)
        assert hours["weight"] == 1


def test_the_calculator_counts_what_the_package_does(blank):
    rng = random.Random(SEED)
    cases = []
    for _ in range(CASES):
        layers, kv, head = (int(2 ** rng.uniform(0, 7)) for _ in range(3))
        heads = kv * (1 if rng.random() < 0.5 else rng.randrange(2, 9))
        cases.append(
            {
                "layers": layers,
                "heads": heads,
                "head": head,
                "kv": kv,
                "width": heads * head if rng.random() < 0.7 else int(2 ** rng.uniform(3, 15)),
                "ffw": int(2 ** rng.uniform(3, 17)),
                "vocab": int(2 ** rng.uniform(0, 18)),
                "context": int(2 ** rng.uniform(0, 20)),
                "positions": rng.choice(POSITIONS),
                "gated": rng.random() < 0.5,
                "tied": rng.random() < 0.5,
            }
        )
    script = (
        "cases => cases.map(c => [Calculator.parts(c), Calculator.params(c), Calculator.flops(c)])"
    )
    for case, (of_parts, of_params, of_flops) in zip(
        cases, blank.evaluate(script, cases), strict=True
    ):
        shape = Shape(
            n_layers=case["layers"],
            d_model=case["width"],
            n_heads=case["heads"],
            kv_size=case["head"],
            n_kv_heads=case["kv"],
            ffw_size=case["ffw"],
            vocab_size=case["vocab"],
            context=case["context"],
            positions=case["positions"],
            tied=case["tied"],
            gated=case["gated"],
        )
        assert of_parts == pytest.approx({k: float(v) for k, v in parts(shape).items()}, rel=DIGITS)
        assert of_params == pytest.approx(
            {name: float(params(shape, name)) for name in PARAM_CONVENTIONS}, rel=DIGITS
        )
        assert of_flops == pytest.approx(
            {name: float(flops_per_token(shape, name)) for name in FLOP_CONVENTIONS}, rel=DIGITS
        )


def test_a_page_of_instruments_is_given_plain_numbers():
    for data in (planner(), calculator()):
        assert json.loads(json.dumps(data, allow_nan=False)) == json.loads(json.dumps(data))


@pytest.mark.parametrize("name", ["planner", "calculator", "isoflop", "game"])
def test_the_scripts_of_a_page_are_small(name, monkeypatch):
    monkeypatch.syspath_prepend(str(STATIC.parent / "_ext"))
    import instruments

    scripts = instruments.scripts_of(f'<div class="instrument" data-instrument="{name}">')
    assert sum((STATIC / script).stat().st_size for script in scripts) < 30_000


@pytest.fixture(params=["served", "file"])
def open_page(request, browser, site, address):
    """Give a function that opens a page of the built book, in both ways a reader may."""
    visits = []

    def opened(name, hash=""):
        root = address if request.param == "served" else site.as_uri()
        visits.append(Visit(browser, f"{root}/{name}{hash}", settled="load"))
        return visits[-1].page

    yield opened
    for visit in visits:
        assert visit.complaints == []
        visit.context.close()


PLANNER = "book/planner.html"


def test_a_link_restores_the_state(open_page):
    page = open_page(PLANNER)
    page.get_by_label("Budget, training and serving", exact=True).fill("3e23")
    page.get_by_label("Tokens to serve over the model's life", exact=True).fill("2T")
    first = page.locator(".instrument-table tbody").inner_text()
    assert page.evaluate("location.hash") == "#budget=3e23&served=2T"
    again = open_page(PLANNER, "#budget=3e23&served=2T")
    assert again.locator(".instrument-table tbody").inner_text() == first
    assert again.get_by_label("Budget, training and serving", exact=True).input_value() == "3e23"


def test_a_link_to_a_heading_stays_one(open_page):
    page = open_page(PLANNER, "#how-to-read-it")
    assert page.evaluate("location.hash") == "#how-to-read-it"
    assert page.locator(".instrument-table tbody tr").count() == len(planner()["sources"])


@pytest.mark.parametrize(
    ("label", "typed", "said"),
    [
        ("Budget, training and serving", "lots", "is no number"),
        ("Budget, training and serving", "1,000", "Leave the commas out"),
        ("Budget, training and serving", "", "Empty"),
        ("Budget, training and serving", "1e99", "too large"),
        ("Budget, training and serving", "-3", "too small"),
        ("Budget, training and serving", "1e999", "more than a computer"),
        ("Tokens to serve over the model's life", "-1", "too small"),
        ("Unique tokens at hand", "NaN", "is no number"),
    ],
)
def test_a_field_refuses_beside_itself(open_page, label, typed, said):
    page = open_page(PLANNER)
    field = page.get_by_label(label, exact=True)
    field.fill(typed)
    beside = page.locator(f"#{field.get_attribute('aria-describedby')}")
    assert said in beside.inner_text()
    assert field.get_attribute("aria-invalid") == "true"
    assert page.locator(".instrument-table tbody tr").count() == 0
    field.fill("1e13")
    assert beside.inner_text() == ""
    assert field.get_attribute("aria-invalid") is None
    assert page.locator(".instrument-table tbody tr").count() == len(planner()["sources"])


def test_nothing_is_ever_shown_as_nan(open_page):
    rng = random.Random(SEED)
    page = open_page(PLANNER)
    choices = {"budget": ["1e12", "1e32", "0.01", "1e16", "1e22"], "served": ["0", "1e20", "1"]}
    choices |= {"unit": ["flops", "hours", "dollars"], "goal": ["budget", "loss"]}
    choices |= {"unique": ["", "1000", "1e20"], "loss": ["0.01", "20", "2.2"]}
    for _ in range(40):
        state = {key: rng.choice(values) for key, values in choices.items()}
        page.evaluate("h => { location.hash = h; }", "&".join(f"{k}={v}" for k, v in state.items()))
        page.wait_for_timeout(30)
        shown = page.locator(".instrument").first.inner_html()
        assert "NaN" not in shown, state
        assert "Infinity" not in shown, state
        assert "undefined" not in shown, state


def test_the_keyboard_moves_the_slider_and_the_figure(open_page):
    page = open_page(PLANNER)
    slider = page.get_by_label("Budget, training and serving (slider)")
    before = page.locator(".instrument-plot svg").inner_html()
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".instrument-plot svg").inner_html() != before
    assert page.evaluate("location.hash").startswith("#budget=")


def test_a_phone_shows_the_figure_whole(open_page):
    page = open_page(PLANNER)
    page.set_viewport_size(NARROW)
    page.wait_for_timeout(200)
    width = page.locator(".instrument-plot svg").bounding_box()["width"]
    assert 250 < width <= NARROW["width"]


def test_the_game_has_the_numbers_of_the_package(blank):
    blank.add_script_tag(path=str(STATIC / "game.js"))
    rng = random.Random(SEED)
    cases = [
        [rng.randrange(2**32), 10 ** rng.uniform(6, 8), 10 ** rng.uniform(7, 9)]
        for _ in range(CASES)
    ]
    script = """([data, cases]) => cases.map(([seed, params, tokens]) => [
      Game.uniform(seed, 3), Game.normal(seed, 3), Game.bought(data, seed, 0, params, tokens),
      Game.reveal(data, seed, 2.1, 2.2)])"""
    found = blank.evaluate(script, [spend_a_budget(), cases])
    for (seed, size, length), (u, z, loss, revealed) in zip(cases, found, strict=True):
        assert u == game.uniform(seed, 3)
        assert z == pytest.approx(game.normal(seed, 3), rel=1e-12, abs=1e-12)
        bought = game.Purse(seed).buy(params=size, tokens=length).runs["loss"].item()
        assert loss == pytest.approx(bought, rel=1e-12)
        debrief = game.Purse(seed).commit(low=2.1, high=2.2)
        assert revealed["observed"] == pytest.approx(debrief.observed, rel=1e-12)
        assert revealed["score"] == pytest.approx(debrief.score, rel=1e-9)
        assert revealed["best"] == pytest.approx(debrief.best_score, rel=1e-9)
        assert revealed["law"]["key"] == debrief.key
