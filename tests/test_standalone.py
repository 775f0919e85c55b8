"""A chapter's notebook on its own: MyST written as plain Markdown, folds, captions, the head."""

import jupytext
import nbformat
import pytest

import links
import myst
import reading
from prose import CODE_FOLLOWS, IN_NEXT_CELL, Prose
from standalone import ROOT, head, notice, standalone

PAGE = """\
# A title

(here)=
## A part, and more

See {eq}`eq-a`, {numref}`fig-a`, [the other](other2024.md), {ref}`above <there>`.

$$
x = 1
$$ (eq-a)

```{glue:figure} fig
:name: fig-a

A caption.
```
"""
OTHER = "# The other\n\n(there)=\n## There (2)\n\n```{glue:figure} f\n:name: fig-b\n\nB.\n```\n"


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page among others; a book with one label."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name, text in {"one2024": PAGE, "other2024": OTHER}.items():
        (folder / f"{name}.md").write_text(text)
    of_page = links.labels.of_page
    monkeypatch.setattr(links.labels, "of_book", lambda: of_page(folder / "other2024.md"))
    return folder / "one2024.md"


PEARCE, GUO = "https://arxiv.org/abs/2406.12907", "https://arxiv.org/abs/2404.19484"
VALUES = {"a": "0.5", "b": "1 | 2*", "tex": "3 × 10¹⁶"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("an {glue:text}`a` and\n`{glue:text}` of *it*", "an 0.5 and\n`{glue:text}` of *it*"),
        (
            "| x | {glue:text}`b` |\n|---|---|\n| {glue:text}`a` | y |",
            "| x | 1 \\| 2\\* |\n|---|---|\n| 0.5 | y |",
        ),
        ("- one\n  {glue:text}`tex`\n  - two {glue:text}`a`", "- one\n  3 × 10¹⁶\n  - two 0.5"),
        ("> {glue:text}`a`\n> {glue:text}`a`", "> 0.5\n> 0.5"),
        (
            "```{instrument} isoflop\n```",
            "*The book's page has something to move here; it needs a browser.*",
        ),
        ("{eq}`eq-a` in {numref}`fig-a`", "(1) in Figure 1"),
        ("{numref}`Fig. %s <fig-a>`", "Fig. 1"),
        ("{numref}`fig-b`", "Figure 1 of [The other](other2024.ipynb)"),
        ("{ref}`here`", "[A part, and more](#A-part,-and-more)"),
        ("{ref}`up\nthere <there>`", "[up there](other2024.ipynb#There-%282%29)"),
        (
            "[x **y**](other2024.md) [z](there)",
            "[x **y**](other2024.ipynb) [z](other2024.ipynb#There-%282%29)",
        ),
        (
            "[x](https://a.b) [y](#slug) [](other2024.md)",
            "[x](https://a.b) [y](#slug) [The other](other2024.ipynb)",
        ),
        (
            "{doc}`other2024` and {doc}`it <other2024>`",
            "[The other](other2024.ipynb) and [it](other2024.ipynb)",
        ),
        ("[notes](../book/notation.md#x) on {doc}`../book/how`", "notes on how"),
        ("Pearce\nand Song {cite}`pearce2024` say", f"[Pearce and Song (2024)]({PEARCE}) say"),
        (
            "As found {cite}`pearce2024,guo2024`.",
            f"As found ([Pearce and Song, 2024]({PEARCE}); [Guo, 2024]({GUO})).",
        ),
        ("{cite:t}`guo2024`", f"[Guo (2024)]({GUO})"),
        ("{term}`isoFLOP` {term}`the laws<power law>` {math}`x`", "isoFLOP the laws $x$"),
        ("(label)=\n% a remark\ntext", "text"),
        ("$a\nb$", "$a b$"),
        ("```{math}\n:label: eq-a\nx\n```", "$$\nx \\tag{1}\n$$"),
        ("```{tip}\nDo *{glue:text}`a`*.\n```", "> **Tip**\n>\n> Do *0.5*."),
        (
            ":::{admonition} A b\n:class: tip\n$$\nx\n$$ (eq)\n:::",
            "> **A b**\n>\n> $$ x \\tag{1} $$",
        ),
        (
            ":::{dropdown} More {glue:text}`a`\nc\n:::",
            "<details><summary>More 0.5</summary>\n\nc\n\n</details>",
        ),
        ("- a\n\n  ```{note}\n  b\n  ```\n- c", "- a\n\n  > **Note**\n  >\n  > b\n- c"),
        (
            "````{note}\n```{code-block} python\n1\n```\n````",
            "> **Note**\n>\n> ```python\n> 1\n> ```",
        ),
        (
            ":::{table} T {glue:text}`a`\n:name: t\n| a |\n|---|\n| 1 |\n:::",
            "**Table 1.** T 0.5\n\n| a |\n|---|\n| 1 |",
        ),
        ("```python\n{glue:text}`a`\n```", "```python\n{glue:text}`a`\n```"),
    ],
)
def test_myst_becomes_markdown(page, text, expected):
    assert Prose(page, VALUES).cell(text) == expected


def test_pages_of_the_book_are_links_where_it_is_published(page):
    prose = Prose(page, {}, "https://a.b/")
    assert prose.cell("[n](../book/notation.md)") == "[n](https://a.b/book/notation.html)"
    assert prose.cell("{term}`a law<law>`") == "[a law](https://a.b/book/glossary.html)"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{glue:text}`c`", "nothing is glued as 'c'"),
        ("{ref}`nowhere`", "no page has the label 'nowhere'"),
        ("{cite}`guo2024,nobody1999`", "references.bib has no nobody1999"),
        ("term\n: its meaning", "Jupyter shows no definition lists"),
        ("{magic}`x`", "cannot write the role {magic}"),
        ("```{magic}\nx\n```", "cannot write the directive {magic}"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(page, text, named):
    with pytest.raises(ValueError, match=r"one2024\.md") as told:
        Prose(page, VALUES).cell(text)
    assert named in str(told.value)


def test_a_solution_is_folded_over_its_cells(page):
    prose = Prose(page, VALUES)
    begin = "```{exercise-start} First\n:label: ex\n```\nHow?\n```{exercise-end}\n```\n\n"
    begin += "```{solution-start} ex\n:class: dropdown\n```\n"
    fold = "<details><summary>Solution</summary>\n\n"
    first = f"### Exercise 1. First\n\nHow?\n\n{fold}So.\n\n{CODE_FOLLOWS}\n\n</details>"
    assert prose.cell(begin + "So.\n") == first
    more = "<details><summary>Solution, continued</summary>\n\nAnd.\n\n</details>\n\n"
    end = "```{solution-end}\n```\n\n"
    assert prose.cell(f"And.\n{end}{begin}") == (
        more + f"### Exercise 2. First\n\nHow?\n\n{IN_NEXT_CELL}"
    )
    assert prose.cell(f"{end}Text.") == "Text."
    assert not prose.in_solution


def code(source, *outputs, tags=()):
    """A code cell with outputs."""
    return nbformat.v4.new_code_cell(
        source, outputs=list(outputs), metadata={"tags": list(tags)} if tags else {}
    )


def kept(name, data, prefix=""):
    """An output that is kept for the text."""
    about = {"scrapbook": {"name": name, "mime_prefix": prefix}}
    return nbformat.v4.new_output("display_data", data, metadata=about)


def test_a_caption_stands_under_its_figure_wherever_the_page_has_it(page):
    text = nbformat.v4.new_markdown_cell
    prefix = "application/papermill.record/"
    figure = "```{glue:figure} fig\n\nIt is {glue:text}`a`, *see*.\n```"
    cells = [
        code("draw()", kept("fig", {"image/png": "aa"}), tags=["hide-input", "remove-output"]),
        code("keep()", kept("a", {f"{prefix}text/plain": "'0.5'"}, prefix), tags=["remove-cell"]),
        text(f"Before.\n\n{figure}\n\nAfter."),
    ]
    notebook = standalone(nbformat.v4.new_notebook(cells=cells), page)
    assert [c.source for c in notebook.cells] == [
        "draw()",
        "_Figure 1. It is 0.5, *see*._",
        "keep()",
        "Before.\n\nAfter.",
    ]
    drawing, _, keeping, _ = notebook.cells
    assert drawing.metadata.jupyter == {"source_hidden": True}, "the figure is in sight"
    assert keeping.metadata.jupyter == {"source_hidden": True, "outputs_hidden": True}


def test_a_figure_that_no_cell_shows_is_named(page):
    cells = [nbformat.v4.new_markdown_cell("```{glue:figure} fig\n\nA.\n```")]
    with pytest.raises(ValueError, match="no cell shows the figures fig"):
        standalone(nbformat.v4.new_notebook(cells=cells), page)


def test_a_notebook_says_where_it_is_from(page):
    here = notice(page, ROOT, {})
    assert "*Scaling Laws, Replicated*" in here and "`notebooks/one2024.md`" in here
    urls = {"Repository": "https://a.b/c/", "Documentation": "https://c.d/"}
    there = notice(page, ROOT, urls)
    assert "[*Scaling Laws, Replicated*](https://a.b/c)" in there
    assert "(https://a.b/c/blob/main/notebooks/one2024.md)" in there
    assert "[A title](https://c.d/notebooks/one2024.html)" in there


def test_a_head_gets_the_reading_time_and_loses_the_link_to_itself(page):
    line = '- **Notebook:** <a href="one2024.ipynb">download</a>'
    text = f"- **Prerequisites:** logs\n  and more.\n{line}."
    time = "- **Prerequisites:** logs\n  and more.\n- **Reading time:** about 9 minutes."
    once = head(text, "about 9 minutes.", page)
    assert once == time == head(once, "about 9 minutes.", page)
    more = text.replace("</a>.", '</a>, <a href="https://a.b">run</a>.')
    assert head(more, "x.", page).endswith("\n- **Notebook:** [run](https://a.b).")
    assert head("a text", "x.", page) == "a text"


def test_reading_time_counts_what_is_in_sight():
    hundred = "word " * 100
    table = nbformat.v4.new_output("execute_result", {"text/html": "<table></table>"})
    source = (
        f"# T\n\n{hundred}\n\n"
        f"```{{dropdown}} More\n{hundred}\n```\n\n```{{glue:figure}} f\n\n{hundred}\n```\n\n"
        f"| a |\n|---|\n| b |\n\n```{{tip}}\n{hundred}\n```\n\n## Exercises\n\n{hundred} {hundred}"
    )
    notebook = jupytext.reads(source, fmt="md:myst")
    notebook.cells[:0] = [code("t", table), code("t", table, tags=["remove-output"])]
    main, exercises = reading.amounts(notebook)
    assert (main.figures, main.tables) == (1, 2)
    assert main.words == 2 * 100 + len(["T", "a", "b"])
    assert exercises == reading.Amount(words=201), "with the heading"
    assert reading.sentence(notebook) == "about 4 minutes."


def test_exercises_are_said_apart_with_solutions_where_there_are_any():
    solution = f"```{{solution-start}} a\n```\n{'word ' * 600}\n```{{solution-end}}\n```\n"
    exercise = "```{exercise-start} A\n:label: a\n```\nHow?\n```{exercise-end}\n```\n"
    notebook = jupytext.reads(f"# T\n\n## Exercises\n\n{exercise}\n{solution}", fmt="md:myst")
    end = "and the time to solve them."
    said = reading.sentence(notebook)
    assert said == f"about 1 minute; exercises and solutions another 3, {end}"
    without = reading.sentence(notebook, solutions=False)
    assert without == f"about 1 minute; exercises another 1, {end}"


def test_a_place_in_a_paragraph_is_that_of_its_role():
    (token,) = (t for t in myst.parser().parse("`{a}` *b {eq}`c`* d") if t.type == "inline")
    (role,) = (t for t in token.children if t.type == "myst_role")
    start, end = role.meta["place"]
    assert token.content[start:end] == "{eq}`c`"
