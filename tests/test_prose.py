"""No number that a computation gives is typed in prose: it would outlive the computation.

Read as MyST, so that code, equations, front matter, roles and link targets are known for
what they are. What may be typed all the same is listed in CONTRIBUTING.md.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.mdit_to_docutils.base import DocutilsRenderer
from myst_parser.parsers.mdit import create_md_parser

ROOT = Path(__file__).parents[1]
PAGES = sorted(p for g in ("book/*.md", "book/howto/*.md", "notebooks/*.md") for p in ROOT.glob(g))
PARSER = create_md_parser(
    MdParserConfig(enable_extensions={"amsmath", "colon_fence", "deflist", "dollarmath"}),
    DocutilsRenderer,
)

# Directives whose content is not prose, and those whose argument is not.
NOT_PROSE = re.compile(
    r"check|code|course|eval-rst|math|raw|bibliography|toctree|include|mermaid|contents"
)
ARGUMENT_NOT_PROSE = re.compile(r"glue|figure|image|solution|.*-end$")

TYPED = {
    "decimal": r"\d[\d,]*\.\d+",
    "percentage": r"\d\s*%|\d\s*(?:per\s?cent|percent)\b",
    "power of ten": r"\b10\s*(?:\^|\*\*|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻])|\d\s*[×x]\s*10|\b\d+e[+-]?\d+\b",
}
# Numbers that name a place, a version or a licence rather than tell a result.
NAMED = re.compile(
    r"(?:\b(?:Sections?|Appendix|Appendices|Figures?|Figs?\.|Tables?|Equations?|Eqs?\.|Chapters?"
    r"|Python|versions?|arXiv|CC\sBY)[\s:]*|§+\s*)"
    r"[A-Z]?\.?\d+(?:\.\d+)*(?:\s*(?:,|and|or|to|–|-)\s*[A-Z]?\.?\d+(?:\.\d+)*)*",
    re.IGNORECASE,
)
# The one title that names a gap by the two printed numbers at its ends.
TITLE = "From 0.73 to 0.50: three accounts of one gap"
# An equation that is nothing but a number is a typed number in disguise.
NUMBER_ONLY = re.compile(
    r"\s*[-+±~≈]?(?:\\(?:sim|approx|pm)\s*)?[\d.,\s]*(?:\\(?:times|cdot)\s*)?"
    r"(?:10\^\{?-?\d+\}?)?\s*(?:\\?%)?\s*"
)


def inline_text(tokens: list[Token]) -> Iterator[str]:
    """The words of a paragraph; code, roles and equations are a blank each."""
    for token in tokens:
        if token.type == "text":
            yield token.content
        elif token.type in ("math_inline", "math_inline_double"):
            alone = NUMBER_ONLY.fullmatch(token.content)
            yield " " + token.content.replace("\\%", "%") + " " if alone else " "
        elif token.type == "html_inline":
            yield re.sub(r"<[^>]*>", " ", token.content)
        elif token.type == "image":
            yield from inline_text(token.children or [])
        else:
            yield (
                " " if token.type in ("softbreak", "hardbreak", "code_inline", "myst_role") else ""
            )


def directive_prose(info: str, content: str) -> str:
    """The prose in a directive: its argument and content without options."""
    name, _, argument = info.partition("}")
    name = name.lstrip("{")
    if NOT_PROSE.match(name):
        return ""
    lines = content.splitlines()
    if lines and lines[0].strip() == "---":
        lines = lines[lines.index("---", 1) + 1 :]
    while lines and re.match(r"\s*:[\w-]+:", lines[0]):
        lines.pop(0)
    head = "" if ARGUMENT_NOT_PROSE.match(name) else argument.strip()
    return "\n".join([head, "", *lines])


def prose(text: str, line: int = 1) -> Iterator[tuple[int, str]]:
    """The prose of a page: line number and words, a paragraph at a time."""
    for token in PARSER.parse(text):
        here = line + (token.map[0] if token.map else 0)
        if token.type == "inline":
            yield here, "".join(inline_text(token.children or []))
        elif token.type == "html_block":
            yield here, re.sub(r"<!--.*?-->|<[^>]*>", " ", token.content, flags=re.DOTALL)
        elif token.type in ("fence", "colon_fence") and token.info.strip().startswith("{"):
            yield from prose(directive_prose(token.info.strip(), token.content), here)


def typed_numbers(text: str) -> list[str]:
    """Every typed number of a page, with its line and kind."""
    found = []
    for line, words in prose(text):
        words = NAMED.sub(" ", words.replace(TITLE, " "))
        for kind, pattern in TYPED.items():
            for match in re.finditer(pattern, words):
                around = words[max(0, match.start() - 30) : match.end() + 20].strip()
                found.append(f"line {line}: {kind} {match[0]!r} in ...{around}...")
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_number_is_typed(page):
    found = typed_numbers(page.read_text(encoding="utf-8"))
    assert found == [], "glue these, or quote them from the ledger:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "The exponent is 0.34 here.",
        "# A fit gives 1.69",
        "- item with 12 %",
        "about 12% of them, and 5 percent",
        "at 10^21 FLOPs",
        "at 5.76×10²³ FLOPs",
        "at 3 x 10 to the",
        "some 1e21 FLOPs",
        "in math: $0.34$ and",
        "in math: $1.4 \\times 10^{12}$ tokens",
        "in math: $\\sim 20\\%$",
        "| a | 0.5 |\n|---|---|\n| b | c |",
        "| a | b |\n|---|---|\n| b | 0.5 |",
        "```{note}\nGot 0.34.\n```",
        "````{admonition} Found 0.34\n:class: tip\ntext\n````",
        ":::{tip}\n```{margin}\nGot 0.34.\n```\n:::",
        "```{glue:figure} fig\n:name: fig-x\n\nA caption with 0.34.\n```",
        "[a link of 0.34](page.md)",
        "**bold 0.34**",
        "> quoted 0.34",
        '<p title="x">0.34</p>',
        "Table 3 gives 0.34",
    ],
)
def test_typed_numbers_are_found(text):
    assert typed_numbers(text)


@pytest.mark.parametrize(
    "text",
    [
        "In 2024, 245 points, 4,000 resamples, 70B parameters.",
        "Section 3.2, Table A.3, Appendix D.3, Figure 4.1 and 4.2, Equations 2.1 to 2.4, § 5.1",
        "Python 3.11, version 0.1.0, CC BY 4.0, arXiv:2203.15556",
        "The setting `delta=1e-3` and `beta=0.34`.",
        "{glue:text}`exponent` and {glue:text}`share_12.5`",
        "[a link](https://example.org/2404.10102v2)",
        "$C = 6ND$ and $\\delta = 10^{-3}$ and $N^{0.5}$",
        "$$\nL = 1.69 + \\frac{406.4}{N^{0.34}}\n$$ (eq-x)",
        "```{math}\n:label: eq-y\nL = 1.69\n```",
        "\\begin{equation}\nL = 1.69\n\\end{equation}",
        "```{code-cell} ipython3\n:tags: [hide-input]\n\nx = 0.34\n```",
        "```python\nx = 0.34\n```",
        "---\nversion: 0.13\n---\n\ntext",
        "```{glue:figure} fig_0.5\n:figwidth: 99.5%\n\nA caption.\n```",
        "% a comment with 0.34",
    ],
)
def test_what_may_be_typed_is_let_through(text):
    assert typed_numbers(text) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_sentence_is_read_as_a_comment(page):
    # A line that begins with a percent sign is a comment in MyST: what it says would vanish.
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if line[:1] == "%"]
    assert [line for line in lines if not line.startswith(("% public-api:", "% {claims}`"))] == []
