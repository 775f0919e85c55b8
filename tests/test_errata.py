"""The errata: reasons shared, numbers folded, links that find the right section."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from replication import datasets
from replication.chapter import Chapter, errata_table, erratum_id, letter, report
from replication.chapter.errata import grouped
from replication.chapter.letters import UNREAD
from replication.chapter.places import NAMED, place
from replication.claims import judge, read

CLAIM = read("besiroglu2024")[0]
CHAPTER = """# Title
## The question
It prints {glue:text}`B1.A.printed`.
## Results & more
Hoffmann's {glue:text}`B1.A.ours`.
### It's here
Again {glue:text}`B1.A.ours`.
## Groups

% {claims}`B9 B10.p`

```{code-cell}
chapter.texts("B7"), f"B11.{name}.ours", "B"
```
## Verdicts
{glue:text}`B1.A.ours`
## Exercises
{glue:text}`B1.A.ours`
"""
FOLDED = """````{dropdown} Smaller slips
{glue:text}`B1.A.ours`
```
x
```
````
Then `B2.B`.
"""
LEADS = 'a:not([href^="#"])'
"""What leads to a chapter; the erratum's own name leads to itself."""
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


@pytest.fixture
def chapters(tmp_path):
    (tmp_path / "besiroglu2024.md").write_text(CHAPTER)
    return tmp_path


def rows(items, chapters):
    return BeautifulSoup(errata_table(items, "C & D", chapters), "html.parser").select("tbody tr")


def test_the_last_section_that_explains_a_claim_is_found(chapters):
    assert place(CLAIM, chapters) == ("It's here", "")
    number, section = rows([judge(CLAIM, 481.9)], chapters)[0].select(LEADS)
    assert number["href"] == "../notebooks/besiroglu2024.html#claim-B1.A"
    assert section["href"] == "../notebooks/besiroglu2024.html#its-here"


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("B9.p_E", "Groups"),  # named by its group in a comment
        ("B10.p", "Groups"),
        ("B10.chi2", "Groups"),  # not named, but another of its group is
        ("B7.A_se", "Groups"),  # quoted by its group
        ("B11.se", "Groups"),  # meant by an f-string
        ("B1.A_se", "It's here"),
        ("B3.E", "Verdicts"),  # not spoken of
    ],
)
def test_a_claim_is_found_by_its_group(chapters, name, heading):
    assert place(replace(CLAIM, id=name), chapters) == (heading, "")


def test_a_claim_that_no_section_explains_leads_to_its_row(chapters):
    claim = next(claim for claim in read("besiroglu2024") if claim.id == "B3.E")
    links = rows([judge(claim, 1.8)], chapters)[0].select(LEADS)
    assert [link["href"] for link in links] == ["../notebooks/besiroglu2024.html#claim-B3.E"] * 2


def test_a_folded_block_is_named_by_its_own_title(tmp_path):
    text = CHAPTER.replace("## Groups", FOLDED + "## Groups")
    (tmp_path / "besiroglu2024.md").write_text(text)
    assert place(CLAIM, tmp_path) == ("It's here", "Smaller slips")
    assert place(replace(CLAIM, id="B2.B"), tmp_path) == ("It's here", "")
    _, link = rows([judge(CLAIM, 481.9)], tmp_path)[0].select(LEADS)
    assert (link.text, link["href"]) == (
        "Smaller slips", "../notebooks/besiroglu2024.html#its-here",
    )  # fmt: skip


def test_a_paper_without_a_chapter_has_no_link(tmp_path):
    (row,) = rows([judge(CLAIM, 481.9)], tmp_path)
    assert row.select(LEADS) == []
    assert "B1.A" in row.text


def test_every_claim_has_one_row_to_link_to():
    page = BeautifulSoup(Chapter("besiroglu2024").verdicts().data, "html.parser")
    found = [row["id"] for row in page.select("tr[id]")]
    assert sorted(found) == sorted(f"claim-{claim.id}" for claim in read("besiroglu2024"))
    assert all(row.select_one(f'a[href="#{row["id"]}"]') for row in page.select("tr[id]"))
    folded = {row["id"] for row in page.select("details tr[id]")}
    assert "claim-B1.A" in folded
    assert "claim-B9.p_E_text" not in folded  # it differs, and stands in sight


@pytest.mark.parametrize("page", sorted(NOTEBOOKS.glob("*.md")), ids=lambda page: page.stem)
def test_comments_name_claims_that_exist(page):
    names = [n for line in NAMED.findall(page.read_text(encoding="utf-8")) for n in line.split()]
    ids = [claim.id for claim in read(page.stem)] if names else []
    assert [n for n in names if not any(f"{i}.".startswith(f"{n}.") for i in ids)] == []


def test_numbers_have_their_units(chapters):
    (row,) = rows([judge(CLAIM, 481.9)], chapters)
    assert re.search(r"A \(nats\*params\^alpha\): 482.01; ours 481.90", row.text)
    unitless = replace(CLAIM, unit="1")
    assert "A: 482.01" in rows([judge(unitless, 481.9)], chapters)[0].text


def test_claims_of_one_reason_share_a_row(chapters):
    same = [judge(replace(CLAIM, id=f"X{i}", note="why"), 481.9) for i in range(3)]
    found = rows([*same, judge(replace(CLAIM, note="else"), 481.9)], chapters)
    assert [len(row.select("td")[2].find_all("br")) for row in found] == [2, 0]
    assert "ours 481.90" in found[1].text


def test_many_numbers_are_folded(chapters):
    many = [judge(replace(CLAIM, id=f"X{i}", note="why"), 481.9) for i in range(9)]
    (row,) = rows(many, chapters)
    assert row.select_one("summary").text == "9 numbers"


def test_an_erratum_has_a_name_an_address_and_a_status(chapters):
    (row,) = rows([judge(CLAIM, 481.9)], chapters)
    assert row["id"] == "erratum-besiroglu2024-B1.A"
    assert row.select_one(f'a[href="#{row["id"]}"]').text == "besiroglu2024/B1.A"
    assert "reported: no" in row.text


def test_the_text_to_send_says_what_is_printed_what_we_get_and_how_to_repeat_it(chapters):
    (row,) = rows([judge(replace(CLAIM, note="because"), 481.9)], chapters)
    text = row.select_one("details pre").text
    assert text == letter([judge(replace(CLAIM, note="because"), 481.9)])
    for part in (
        "482.01",
        "481.90",
        CLAIM.where,
        "because",
        "replication verify besiroglu2024",
        "besiroglu2024/B1.A",
        datasets.paper("besiroglu2024").title,
    ):
        assert part in text


@pytest.mark.parametrize("provenance", ["secondary", "confirmed"])
def test_nothing_is_sent_about_a_number_known_second_hand(chapters, provenance):
    judged = judge(replace(CLAIM, provenance=provenance), 400.0)
    sent = letter([judged])
    assert sent == ""
    (row,) = rows([judged], chapters)
    assert UNREAD in row.text


def test_an_answer_is_shown_with_its_date(monkeypatch, chapters):
    table = datasets.load("reporting", "errata").astype(object)
    table.loc[len(table)] = ["besiroglu2024", "B1.A", "2027-01-31", "they confirm it"]
    monkeypatch.setattr(datasets, "load", lambda key, name: table)
    from replication.chapter import letters

    letters._reports.cache_clear()
    try:
        (row,) = rows([judge(CLAIM, 481.9)], chapters)
        assert "reported: 2027-01-31: they confirm it" in row.text
        assert report("besiroglu2024/B3.E").reported == "no"
    finally:
        letters._reports.cache_clear()


def test_every_record_of_a_report_is_about_an_erratum():
    for row in datasets.load("reporting", "errata").fillna("").itertuples():
        if row.paper not in datasets.papers():
            continue  # its chapter is on its way
        ids = {claim.id for claim in read(row.paper)}
        assert row.erratum == "" or row.erratum in ids
        assert (row.reported == "no") <= (row.answer == "")


def test_no_two_errata_have_one_name():
    for key in ("besiroglu2024", "kumar2024"):
        judged = [judge(claim, None) for claim in read(key)]
        names = [erratum_id(group) for group in grouped(judged)]
        assert len(set(names)) == len(names)
