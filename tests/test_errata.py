"""The errata: reasons shared, numbers folded, links that find the right section."""

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from replication.chapter import errata_table
from replication.chapter.errata import section
from replication.claims import judge, read

CLAIM = read("besiroglu2024")[0]
CHAPTER = """# Title
## The question
It prints {glue:text}`B1.A.printed`.
## Results & more
Hoffmann's {glue:text}`B1.A.ours`.
### It's here
Again {glue:text}`B1.A.ours`.
## Verdicts
## Exercises
{glue:text}`B1.A.ours`
"""


@pytest.fixture
def chapters(tmp_path):
    (tmp_path / "besiroglu2024.md").write_text(CHAPTER)
    return tmp_path


def rows(items, chapters):
    return BeautifulSoup(errata_table(items, "C & D", chapters), "html.parser").select("tbody tr")


def test_the_last_section_that_explains_a_claim_is_found(chapters):
    assert section(CLAIM, chapters) == "It's here"
    assert section(replace(CLAIM, id="B1.B"), chapters) == "Verdicts"
    assert section(replace(CLAIM, id="B1"), chapters) == "It's here"
    (link,) = rows([judge(CLAIM, 481.9)], chapters)[0].select("a")
    assert link["href"] == "../notebooks/besiroglu2024.html#its-here"


def test_a_folded_block_is_named_by_its_own_title(tmp_path):
    folded = (
        "````{dropdown} Smaller slips\n{glue:text}`B1.A.ours`\n```\nx\n```\n````\nThen `B1.B`.\n"
    )
    (tmp_path / "besiroglu2024.md").write_text(
        CHAPTER.replace("## Verdicts", folded + "## Verdicts")
    )
    assert section(CLAIM, tmp_path) == "Smaller slips"
    assert section(replace(CLAIM, id="B1.B"), tmp_path) == "It's here"
    (link,) = rows([judge(CLAIM, 481.9)], tmp_path)[0].select("a")
    assert (link.text, link["href"]) == (
        "Smaller slips", "../notebooks/besiroglu2024.html#its-here",
    )  # fmt: skip


def test_a_paper_without_a_chapter_has_no_link(tmp_path):
    assert rows([judge(CLAIM, 481.9)], tmp_path)[0].select("a") == []


def test_claims_of_one_reason_share_a_row(chapters):
    same = [judge(replace(CLAIM, id=f"X{i}", note="why"), 481.9) for i in range(3)]
    found = rows([*same, judge(replace(CLAIM, note="else"), 481.9)], chapters)
    assert [len(row.find_all("br")) for row in found] == [2, 0]
    assert "ours 481.90" in found[1].text


def test_many_numbers_are_folded(chapters):
    many = [judge(replace(CLAIM, id=f"X{i}", note="why"), 481.9) for i in range(9)]
    (row,) = rows(many, chapters)
    assert row.select_one("summary").text == "9 numbers"
