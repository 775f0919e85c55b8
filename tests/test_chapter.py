"""The plumbing of chapters: what a reader sees comes from data and ledger, and says it well."""

import ast
import base64
import io
import re
from dataclasses import replace

import myst_nb
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from PIL import Image
from traitlets.config import Config

from replication import chapter as chapters
from replication import datasets, plotting
from replication.chapter import Chapter, glue, header, text
from replication.chapter.numbers import interval_text, ours_text, printed_text
from replication.chapter.tables import tolerance_text
from replication.claims import Answer, Claim, Judgement, judge
from replication.errors import ArgumentError, UnknownNameError
from replication.ledger import Ledger, verify

NBSP = "\N{NO-BREAK SPACE}"
ROWS = [
    {"id": "T1.a", "printed": "0.50"},
    {"id": "T1.a_low", "printed": "0.4", "quantity": "<b>low & mean</b>"},
    {"id": "T2.p", "printed": "2.7e-6", "tolerance_kind": "factor", "tolerance": "2"},
    {"id": "T3.c", "expected": "differs", "note": "A <misprint>."},
    {"id": "T4.d", "expected": "untestable", "note": "No data."},
    {"id": "T5.e", "printed": "x > y", "tolerance_kind": "order", "kind": "qualitative"},
]
CODE = """
@claims.answers("T1.a", "T1.a_low", "T2.p", "T3.c", "T5.e")
def all():
    return {"T1.a": Answer(0.497, low=0.4, high=0.6), "T1.a_low": 0.41, "T2.p": 2.66e-6,
            "T3.c": 0.7, "T5.e": Answer("x > y")}
"""


@pytest.fixture(autouse=True, scope="module")
def _shell():
    """A shell like a notebook's, without a history of its own."""
    InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    yield
    InteractiveShell.clear_instance()


@pytest.fixture(autouse=True)
def _fresh_verdicts():
    yield
    chapters.verdicts.cache_clear()


@pytest.fixture
def invented(toy):
    chapters.verdicts.cache_clear()
    return Chapter(toy(ROWS, CODE))


def claim(printed, kind="digits", tolerance=None, **others):
    """A claim of a printed number."""
    return Claim(
        "toy2024", "T1", "Table 1", "exponent", "1", "measured", printed, tolerance, kind,
        "paper", others.pop("expected", "reproduced"), note=others.pop("note", "A note."),
    )  # fmt: skip


def glued(action):
    """What an action keeps for the text: name to text, as MyST-NB finds it."""
    with capture_output() as shown:
        action()
    return {
        output.metadata["scrapbook"]["name"]: ast.literal_eval(
            output.data[output.metadata["scrapbook"]["mime_prefix"] + "text/plain"]
        )
        for output in shown.outputs
    }


# Numbers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "spec", "expected"),
    [
        (0.34780, ".3f", "0.348"),
        (634773, ",.0f", "634,773"),
        (1.22e-16, ".1e", f"1.2{NBSP}×{NBSP}10⁻¹⁶"),
        (0.0, ".1e", "0"),
        (6e23, ".0e", f"6{NBSP}×{NBSP}10²³"),
        (0.1324, ".1%", f"13.2{NBSP}%"),
        (-0.0451, ".3f", "−0.045"),
        (-1e-9, ".3f", "0.000"),
        (70e9, "count", "70B"),
        (np.float64(2.0), ".4g", "2"),
        (7, ".0f", "7"),
    ],
)
def test_numbers_in_prose(value, spec, expected):
    assert text(value, spec) == expected


@pytest.mark.parametrize(("value", "spec"), [(np.nan, ".3f"), (np.inf, "count"), (1.0, "three")])
def test_what_is_no_number_is_refused(value, spec):
    with pytest.raises(ArgumentError, match=r"finite|is no format"):
        text(value, spec)


def back(shown):
    """The number that a text says."""
    plain = shown.replace(NBSP, "").replace("−", "-").replace(",", "")
    mantissa, times, power = plain.partition("×10")
    exponent = power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
    return float(f"{mantissa}e{exponent}" if times else mantissa)


FINITE = st.floats(-1e30, 1e30).filter(lambda x: x == 0 or abs(x) > 1e-30)


@given(FINITE, st.sampled_from([".3e", ".4g", ",.2f"]))
def test_a_text_says_the_number(value, spec):
    shown = text(value, spec)
    assert back(shown) == pytest.approx(value, rel=1e-3, abs=0.00501 if "f" in spec else 0)
    assert "e" not in shown
    assert "-" not in shown


@given(FINITE, st.sampled_from(["482.01", "0.3478", "20", "600000", "2.7e-6", "0.02", "1e23"]))
def test_ours_is_never_coarser_than_the_print_or_two_digits(value, printed):
    item = judge(claim(printed), value)
    shown = ours_text(item)
    _, _, decimals = printed.partition(".")
    unit = 10.0 ** -len(decimals) if "e" not in printed else 0.0
    assert back(shown) == pytest.approx(value, rel=0.0501, abs=0.501 * unit if value else 0)
    if unit and abs(value) < 1e6:
        assert abs(back(shown) - value) <= 0.501 * unit + 1e-9 * abs(value)


@pytest.mark.parametrize(
    ("printed", "ours", "shown"),
    [
        ("482.01", 481.93127, "481.93"),
        ("20", 18.3466, "18.3"),
        ("0.02", 0.01540, "0.0154"),
        ("0.51", 0.5147, "0.5147"),
        ("0.51", 0.5154, "0.5154"),
        ("0.3478", 0.347797, "0.3478"),
        ("600000", 507840.2, "507,840"),
        ("2.7e-6", 2.66e-6, f"2.66{NBSP}×{NBSP}10⁻⁶"),
        ("1.22e-16", 1.2234e-16, f"1.22{NBSP}×{NBSP}10⁻¹⁶"),
        ("0.001", 4.7e-6, f"4.7{NBSP}×{NBSP}10⁻⁶"),
        ("-0.045", -0.0451, "−0.0451"),
        ("13", 13.2, "13.2"),
        ("0.051", 0.0514, "0.0514"),
    ],
)
def test_ours_follows_the_print(printed, ours, shown):
    assert ours_text(judge(claim(printed), ours)) == shown


def test_a_difference_is_not_rounded_away():
    item = judge(claim("0.123", "exact", expected="differs"), 0.12304)
    assert item.verdict == "differs"
    assert ours_text(item) == "0.12304"


@pytest.mark.parametrize(
    ("printed", "kind", "shown"),
    [
        ("600000", "digits", "600,000"),
        ("2085.43", "digits", "2,085.43"),
        ("0.50", "digits", "0.50"),
        ("-0.10", "digits", "−0.10"),
        ("2.7e-6", "digits", f"2.7{NBSP}×{NBSP}10⁻⁶"),
        ("600000..", "range", "over 600,000"),
        ("..1e-51", "range", f"under 1{NBSP}×{NBSP}10⁻⁵¹"),
        ("4..40", "range", "4 to 40"),
        ("+", "sign", "+"),
        ("-", "sign", "−"),
        ("a > b", "order", "a > b"),
    ],
)
def test_the_print_is_shown_digit_for_digit(printed, kind, shown):
    assert printed_text(claim(printed, kind)) == shown


@pytest.mark.parametrize(
    ("printed", "kind", "ours", "shown"),
    [("600000..", "range", 634773.4, "634,773"), ("+", "sign", 0.01234, "0.0123"),
     ("..1e-51", "range", 1.7e-49, f"1.70{NBSP}×{NBSP}10⁻⁴⁹")],
)  # fmt: skip
def test_ours_without_printed_digits_has_three(printed, kind, ours, shown):
    assert ours_text(judge(claim(printed, kind), ours)) == shown


@pytest.mark.parametrize(
    ("printed", "ours", "shown"),
    [
        ("280e9", 280e9, ("280B", "280B")),
        ("3e11", 3e11, ("300B", "300B")),
        ("40e9", 32.19e9, ("40B", "32.2B")),
        ("44000000", 43646976.0, ("44M", "43.6M")),
        ("1.4e12", 1.4e12, ("1.4T", "1.4T")),
        ("1.3e9", 1299999999.9999998, ("1.3B", "1.3B")),
        ("1e12", 6e9, ("1T", "6B")),
        ("768", 768.0, ("768", "768")),
    ],
)
def test_counts_are_written_as_people_say_them(printed, ours, shown):
    item = judge(replace(claim(printed, "rel", 0.5), unit="tokens"), ours)
    assert (printed_text(item.claim), ours_text(item)) == shown


@pytest.mark.parametrize(
    ("printed", "kind", "ours", "shown"),
    [("63", "exact", 76.0, "76"), ("63", "exact", 76.2, "76.2"), ("2", "exact", 2.0, "2"),
     ("0.5", "exact", 1.0, "1.00"), ("63", "rel", 63.0, "63.0")],
)  # fmt: skip
def test_things_that_are_counted_have_no_decimals(printed, kind, ours, shown):
    tolerance = 0.5 if kind == "rel" else None
    assert ours_text(judge(claim(printed, kind, tolerance), ours)) == shown


def test_ours_takes_the_printed_power_of_ten():
    item = judge(claim("1.26e24", "rel", 0.1), 1.26e25)
    assert ours_text(item) == f"12.60{NBSP}×{NBSP}10²⁴"
    assert ours_text(judge(claim("1.26e24", "rel", 0.1), 5e28)) == f"5.00{NBSP}×{NBSP}10²⁸"


def test_no_answer_is_an_empty_cell():
    untestable = judge(claim("0.5", expected="untestable"), None)
    assert ours_text(untestable) == interval_text(untestable) == ""
    failed = Judgement(claim("0.5"), None, "error", KeyError("loss"))
    assert ours_text(failed) == ""


@pytest.mark.parametrize(
    ("kind", "tolerance", "shown"),
    [("abs", 0.001, "± 0.001"), ("rel", 0.05, f"± 5{NBSP}%"), ("rel", 0.025, f"± 2.5{NBSP}%"),
     ("factor", 2.0, "factor 2"), ("digits", None, "printed digits"), ("exact", None, "exact")],
)  # fmt: skip
def test_tolerances_in_words(kind, tolerance, shown):
    assert tolerance_text(claim("0.5", kind, tolerance)) == shown


@pytest.mark.parametrize(
    ("printed", "shown"), [("4..40", "inside"), ("..40", "a bound"), ("4..", "a bound")]
)
def test_a_bound_is_no_range(printed, shown):
    assert tolerance_text(claim(printed, "range")) == shown


# Claims ----------------------------------------------------------------------------------------


def test_the_table_has_a_row_a_claim_and_escapes(invented):
    table = BeautifulSoup(invented.claims_table().data, "html.parser")
    rows = table.select("tbody tr")
    assert [row.code.text for row in rows] == [row["id"] for row in ROWS]
    assert "<b>low & mean</b>" in rows[1].text
    assert table.b is None
    assert [row.select_one(".verdict").text for row in rows] == [
        "reproduced", "reproduced", "reproduced", "differs", "untestable", "reproduced",
    ]  # fmt: skip
    assert all(th["scope"] == "col" and th.text for th in table.select("th"))
    assert table.caption.text == "Claims of Toy and Model (2024): 6"
    assert "filterable" in table.table["class"]


def test_numbers_in_the_table_sort_as_numbers(invented):
    row = BeautifulSoup(invented.claims_table().data, "html.parser").select("tbody tr")[2]
    assert [float(cell["data-sort"]) for cell in row.select("[data-sort]")] == [2.7e-6, 2.66e-6]


def test_a_reason_is_in_sight_where_numbers_differ(invented):
    table = BeautifulSoup(invented.claims_table("T3", "T4").data, "html.parser")
    notes = table.select("details[open]")
    assert ["A <misprint>." in notes[0].text, "No data." in notes[1].text] == [True, True]


def test_an_interval_stands_below_ours(invented):
    assert "0.400 to 0.600" in invented.claims_table("T1.a").data


def test_many_digits_can_break():
    ledger = verify("hagele2024")
    (item,) = (item for item in ledger.judgements if item.claim.id == "H5.60M")
    shown = chapters.claims_table(Ledger((item,)), "One")
    assert "0.573333<wbr>333333<wbr>3334" in shown
    assert re.sub("<wbr>", "", shown).count("0.5733333333333334") == 2


def test_claims_are_asked_for_by_their_beginning(invented):
    assert [item.claim.id for item in invented.claims("T1.a")] == ["T1.a"]
    assert len(invented.claims("T1", "T5")) == 3
    with pytest.raises(UnknownNameError, match=r"Unknown claim of toy2024 'T1\.b'"):
        invented.claims("T1.b")


def test_every_claim_is_kept_for_the_text(invented):
    kept = glued(invented.glue_claims)
    for row in ROWS:
        for part in ("printed", "ours", "verdict", "tolerance"):
            assert f"{row['id']}.{part}" in kept
    assert kept["T1.a.interval"] == "0.400 to 0.600"
    assert kept["T4.d.ours"] == ""
    assert kept["claims.reproduced"] == "3"
    assert kept["tally"] == invented.tally()
    assert kept == invented.texts()
    assert set(glued(lambda: invented.glue_claims("T3"))) == {
        "T3.c.printed", "T3.c.ours", "T3.c.verdict", "T3.c.tolerance",
    }  # fmt: skip


def test_the_tally_counts_headline_kinds(invented):
    assert invented.tally() == (
        "Of 5 distinct printed numbers read in the paper or its code, 3 are reproduced, 1 differs "
        "and 1 cannot be tested. "
        "The one direction beside them agrees."
    )


READ, TOLD = "read in the paper or its code", "known second-hand"


def ledger_of(*verdicts, **others):
    """A ledger with one claim for each verdict."""
    found = {"reproduced": 0.5, "differs": 0.7, "untestable": None}
    others = {"family": "", "kind": "measured", "provenance": "paper"} | others
    return [
        judge(
            replace(claim("0.50"), id=f"{others['provenance']}.{others['kind']}{n}", **others),
            found[verdict],
        )
        for n, verdict in enumerate(verdicts)
    ]


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (["reproduced"], f"The one distinct printed number {READ} is reproduced."),
        (["differs"], f"The one distinct printed number {READ} differs."),
        (["untestable"], f"The one distinct printed number {READ} cannot be tested."),
        (["untestable"] * 3, f"Of 3 distinct printed numbers {READ}, none can be tested."),
        (["differs"] * 2, f"Of 2 distinct printed numbers {READ}, both differ."),
        (["reproduced"] * 3, f"Of 3 distinct printed numbers {READ}, all are reproduced."),
        (
            ["reproduced", "untestable", "untestable"],
            f"Of 3 distinct printed numbers {READ}, 1 is reproduced, none differs and 2 cannot be "
            "tested.",
        ),
        (
            ["differs", "untestable"],
            f"Of 2 distinct printed numbers {READ}, none is reproduced, 1 differs and 1 cannot be "
            "tested.",
        ),
        (
            ["reproduced", "reproduced", "differs"],
            f"Of 3 distinct printed numbers {READ}, 2 are reproduced and 1 differs.",
        ),
    ],
)
def test_the_tally_of_one_or_few_numbers_is_plain_english(verdicts, said):
    assert chapters.tally_text(Ledger(tuple(ledger_of(*verdicts)))) == said


def test_the_tally_says_what_is_known_second_hand():
    told = ledger_of("reproduced", provenance="secondary")
    assert chapters.tally_text(Ledger(tuple(told))) == (
        f"The one distinct printed number {TOLD} is reproduced."
    )
    read = ledger_of("reproduced", "differs")
    assert chapters.tally_text(Ledger((*read, *told))).endswith(
        f" differs. One more, {TOLD}, is reproduced."
    )
    told = ledger_of("untestable", "untestable", provenance="secondary")
    assert chapters.tally_text(Ledger((*read, *told))).endswith(
        f" differs. Of 2 more {TOLD}, neither can be tested."
    )


@pytest.mark.parametrize(
    ("kind", "verdicts", "said"),
    [
        ("input", ["reproduced"], "The one input beside it agrees."),
        ("check", ["differs"], "The one check of ours beside it does not agree."),
        ("qualitative", ["untestable"], "The one direction beside it cannot be tested."),
        ("qualitative", ["reproduced", "differs"], "Of 2 directions beside it, 1 agrees."),
        ("check", ["reproduced"] * 2, "Of 2 checks of ours beside it, both agree."),
        ("input", ["differs"] * 3, "Of 3 inputs beside it, none agrees."),
    ],
)
def test_the_tally_of_what_stands_beside_one_number(kind, verdicts, said):
    beside, one = ledger_of(*verdicts, kind=kind), ledger_of("reproduced")
    assert chapters.tally_text(Ledger((*one, *beside))).endswith(f" is reproduced. {said}")
    alone = chapters.tally_text(Ledger(tuple(beside)))
    assert alone == said.replace(" beside it", "")


def test_the_tally_names_only_the_kinds_that_are_there():
    inputs, checks = (ledger_of("reproduced", "differs", kind=k) for k in ("input", "check"))
    directions = ledger_of("reproduced", kind="qualitative")
    assert chapters.tally_text(Ledger((*directions, *checks, *inputs))) == (
        "Of 5 inputs, directions and checks of ours, 3 agree."
    )


def test_what_differs_is_in_sight_and_the_rest_is_folded(invented):
    page = BeautifulSoup(invented.verdicts().data, "html.parser")
    seen, folded = page.select("table")
    assert folded.find_parent("details").summary.text == "All 6 claims"
    assert seen.find_parent("details") is None
    verdicts = {row.select_one(".verdict").text for row in seen.select("tbody tr")}
    assert verdicts == {"differs", "untestable"}
    assert len(folded.select("tbody tr")) == 6


def test_a_paper_that_agrees_throughout_shows_no_table_of_differences(toy):
    found = Chapter(toy([{"id": "T1.a"}], "@claims.answers('T1.a')\ndef f(): return 0.5"))
    assert len(BeautifulSoup(found.verdicts().data, "html.parser").select("table")) == 1


def test_verdicts_are_computed_once(invented):
    assert chapters.verdicts(invented.key) is chapters.verdicts(invented.key)


def test_counts_per_paper_and_in_all(toy):
    one = Ledger((judge(claim("0.5"), 0.5),))
    toy(ROWS, CODE)
    table = BeautifulSoup(chapters.counts_table(one, "Counts", links="{key}.html"), "html.parser")
    assert [cell.text for cell in table.select("td")] == [
        "Toy and Model (2024)",
        "1",
        "0",
        "0",
        "none",
        "0",
    ]
    assert table.a["href"] == "toy2024.html"


def test_the_table_of_all_papers_says_whose_claim_it_is():
    judged = Ledger((judge(claim("0.5"), Answer(0.5)),))
    with pytest.raises(UnknownNameError):
        chapters.claims_table(judged, "All", papers=True)


# Header and data -------------------------------------------------------------------------------


def test_the_header_comes_from_the_descriptor():
    chapter = Chapter("besiroglu2024", tables=("hoffmann2022/figure4_points", "laws"))
    paper = datasets.paper("besiroglu2024")
    shown = chapter.header("logarithms").data
    for part in (paper.title, *paper.authors, str(paper.year), paper.arxiv, paper.url,
                 paper.replication, paper.availability, "logarithms"):  # fmt: skip
        assert part in shown
    for table in chapter.described():
        assert table.licence in shown
    assert 'href="besiroglu2024.ipynb"' in shown


def test_launch_links_only_where_there_is_a_repository(monkeypatch):
    monkeypatch.setattr(header, "repository_address", lambda: "")
    assert "Binder" not in header.header_markdown("besiroglu2024", [], "none")
    monkeypatch.setattr(header, "repository_address", lambda: "https://github.com/a/b")
    shown = header.header_markdown("besiroglu2024", [], "none")
    assert "https://mybinder.org/v2/gh/a/b/main?labpath=notebooks/besiroglu2024.ipynb" in shown
    assert "https://colab.research.google.com/github/a/b/blob/main/notebooks/" in shown
    monkeypatch.setattr(header, "repository_address", lambda: "https://example.org/a/b")
    shown = header.header_markdown("besiroglu2024", [], "none")
    assert "Binder" not in shown
    assert "https://example.org/a/b/blob/main/notebooks/besiroglu2024.ipynb" in shown


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3.2, "less than 10 seconds"), (41.6, "about 42 seconds"), (200, "about 3 minutes")],
)
def test_the_run_time_is_in_words(monkeypatch, seconds, words):
    monkeypatch.setattr(header, "run_time", lambda key: seconds)
    assert f"**Run time:** {words}." in header.header_markdown("besiroglu2024", [], "none")
    monkeypatch.setattr(header, "run_time", lambda key: None)
    assert "Run time" not in header.header_markdown("besiroglu2024", [], "none")


def test_provenance_comes_from_the_descriptor():
    described = datasets.describe("hoffmann2022", "figure4_points")
    shown = BeautifulSoup(
        Chapter("besiroglu2024", tables=("hoffmann2022/figure4_points",)).data().data, "html.parser"
    )
    assert described.title in shown.caption.text
    assert all(described.sources[i].path == a["href"] for i, a in enumerate(shown.select("a")))
    assert described.sources[0].commit[:7] in shown.text
    assert [item.code.text for item in shown.select("li")] == list(described.columns)
    assert all(th["scope"] == "row" for th in shown.select("th"))


def test_a_chapter_reads_its_own_tables_by_default():
    names = [table.name for table in Chapter("hoffmann2022").described()]
    assert "figure4_points" in names
    assert not {"claims", "laws"} & set(names)


@pytest.mark.parametrize(
    ("key", "tables"), [("besiroglu2023", ()), ("besiroglu2024", ("points",)),
                        ("besiroglu2024", ("hoffmann2023/figure4_points",))]
)  # fmt: skip
def test_what_is_not_there_is_refused_at_once(key, tables):
    with pytest.raises(UnknownNameError):
        Chapter(key, tables=tables)


# Glue and figures ------------------------------------------------------------------------------


@pytest.mark.parametrize("show", [True, False])
@pytest.mark.parametrize(
    "value", ["0.348", f"1{NBSP}×", "it's", 'say "x"', pd.DataFrame({"a": [1]})]
)
def test_glue_is_that_of_the_book(value, show):
    with capture_output() as ours:
        glue("name", value, show=show)
    with capture_output() as theirs:
        myst_nb.glue("name", value, display=show)
    (ours,), (theirs,) = ours.outputs, theirs.outputs
    assert (ours.data, ours.metadata) == (theirs.data, theirs.metadata)


def test_numbers_are_kept_rounded(invented):
    kept = glued(lambda: invented.numbers(".2f", alpha=0.3478, beta=-0.3658))
    assert kept == {"alpha": "0.35", "beta": "−0.37"}
    assert glued(lambda: invented.number("n", 240, ".0f")) == {"n": "240"}


def test_a_script_keeps_nothing(monkeypatch, capsys):
    monkeypatch.setattr(InteractiveShell, "initialized", classmethod(lambda cls: False))
    glue("name", "0.348", show=True)
    assert capsys.readouterr().out == ""


ALT = "Loss falls from 3.41 to 2.02 nats as compute grows a thousandfold."


def drawn(chapter, alt=ALT):
    """The output of a figure."""
    fig, ax = plotting.figure()
    ax.plot([1, 2], [3, 4])
    with capture_output() as shown:
        chapter.figure("fig_loss", fig, alt)
    (output,) = shown.outputs
    return output


def test_a_figure_carries_its_alt_text_and_size(invented):
    output = drawn(invented, alt="\n  " + ALT.replace("as", "as\n   "))
    about = output.metadata
    assert about["scrapbook"] == {"name": "fig_loss", "mime_prefix": ""}
    assert about["image/png"]["alt"] == ALT
    content = output.data["image/png"]
    content = base64.b64decode(content) if isinstance(content, str) else content
    size = Image.open(io.BytesIO(content)).size
    assert size == (2 * about["image/png"]["width"], 2 * about["image/png"]["height"])
    assert not re.search(r" at 0x", str(output.data.get("text/plain")))


@pytest.mark.parametrize(
    "alt", ["", "  ", "A plot.", "Loss against compute, with 3 lines.",
            "A picture of many things that are seen here without any number at all."],
)  # fmt: skip
def test_a_figure_without_a_telling_alt_text_is_refused(invented, alt):
    with pytest.raises(ArgumentError, match="Say in a sentence"):
        drawn(invented, alt)


def test_a_figure_with_words_on_top_of_each_other_is_complained_of():
    fig, ax = plotting.figure()
    for word in ("one", "other"):
        ax.text(0.5, 0.5, word)
    with pytest.warns(plotting.LegibilityWarning, match="'one' and 'other' overlap"):
        chapters.figure("fig", fig, "Two words in one place, which nobody can read at 2 pixels.")
