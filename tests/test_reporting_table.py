"""The reporting checklist: one list for fits and for papers, with an answer in every cell."""

import pytest
from bs4 import BeautifulSoup

import replication as rp
from builder import drafts
from replication.chapter import checklist_matrix, checklist_rows
from replication.claims import read
from replication.datasets import papers
from replication.reporting import ANSWERS, ITEMS, checklist

TABLE = rp.load("reporting", "checklist").fillna("")
TABLE = TABLE[TABLE["paper"].isin(papers())]
FINISHED = sorted(set(papers()) - set(drafts()))


def test_the_list_for_a_fit_is_the_list_for_papers():
    fit = rp.fit("PowerLaw", {"flops": [1e18, 1e19, 1e20], "loss": [4.0, 3.2, 2.6]})
    assert [(i.part, i.asked) for i in checklist(fit)] == [(i.part, i.asked) for i in ITEMS]


@pytest.mark.parametrize("key", FINISHED)
def test_every_paper_has_a_row_for_each_item(key):
    assert read(key), "a paper of the index has claims"
    rows = TABLE[TABLE["paper"] == key]
    assert rows["item"].tolist() == [one.name for one in ITEMS]


def test_what_was_not_read_is_not_seen_and_what_is_said_was_read():
    assert set(TABLE["answer"]) == set(ANSWERS)
    unseen = TABLE["answer"] == "not seen"
    assert (TABLE.loc[unseen, ["read", "where", "what"]] == "").all(axis=None)
    assert (TABLE.loc[~unseen, "what"] != "").all()
    # Only that nothing at all was released can be known without a place to read it.
    bare = TABLE[~unseen & (TABLE["read"] == "")]
    assert set(bare["item"]) <= {"repeat"}
    assert set(bare["answer"]) <= {"no"}


def test_the_matrix_has_a_word_in_every_cell():
    page = BeautifulSoup(checklist_matrix(TABLE, "A & B"), "html.parser")
    assert page.caption.text == "A & B"
    assert len(page.select("tbody tr")) == TABLE["paper"].nunique()
    shown = [cell.abbr["title"] if cell.abbr else cell.text for cell in page.select("td")]
    assert sorted(shown) == sorted(TABLE["answer"])
    assert len(page.select("thead th")) == len(ITEMS) + 1


def test_the_rows_name_their_places():
    page = BeautifulSoup(checklist_rows(TABLE, "All"), "html.parser")
    first = page.select_one("tbody tr").text
    assert "Anagnostidis" in first
    assert len(page.select("tbody tr")) == (TABLE["answer"] != "not seen").sum()
