"""MyST prose as plain Markdown: what a notebook shows where the book's directives are unknown.

Roles become their values and links, directives become headings, quotations and folds. What is
not known here is refused by name, so that nothing raw is ever stored.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from markdown_it.token import Token

import labels
import myst
from links import Edit, Links
from myst import Directive

ADMONITIONS = (
    *("admonition", "note", "tip", "warning", "important", "hint", "seealso", "attention"),
    *("caution", "danger", "error", "margin", "sidebar", "topic"),
)
BOXES = ("card", "grid", "grid-item", "grid-item-card", "tab-set", "tab-item", "div", "container")
MARKUP = re.compile(r"([\\`*_<|$])")
EMPTY = re.compile(r"<details><summary>(Solution[^<]*)</summary>\s*</details>")
IN_NEXT_CELL = "*The solution is in the folded cell below.*"
CODE_FOLLOWS = "*Its code is in the folded cell below.*"
MOVABLE = "*The book's page has something to move here; it needs a browser.*"
GLOSSARY = labels.ROOT / "book" / "glossary.md"
UNKNOWN = {"dl_open": "definition lists", "footnote_block_open": "footnotes"}
BLOCKS = ("fence", "colon_fence", "myst_target", "math_block_label", "myst_line_comment")


class Prose:
    """Writes the Markdown cells of one page, one after the other.

    Parameters
    ----------
    page : Path
        The page's source: links are relative to it.
    values : dict
        The texts that the page's code keeps for its prose, by name.
    site : str
        Where the book is read, if it is published; links to its pages lead there.
    """

    def __init__(self, page: Path, values: dict[str, str], site: str = "") -> None:
        self.page, self.values, self.links = page, values, Links(page, site)
        self.count: Counter[str] = Counter()
        self.in_solution = False
        self.above: frozenset[str] = frozenset()
        self.captions: dict[str, str] = {}

    def cell(self, text: str, above: Iterable[str] = ()) -> str:
        """Write a cell, below figures of these names; captions of others are kept aside."""
        self.above = frozenset(above)
        head = "<details><summary>Solution, continued</summary>\n\n" if self.in_solution else ""
        body = head + self.plain(text)
        if self.in_solution:
            body = body.rstrip() + "\n\n</details>"
        body = EMPTY.sub(lambda m: IN_NEXT_CELL if m[1] == "Solution" else "", body)
        if self.in_solution and body.endswith("</details>"):
            body = f"{body.removesuffix('</details>')}{CODE_FOLLOWS}\n\n</details>"
        return re.sub(r"\n{3,}", "\n\n", body).strip()

    def plain(self, text: str) -> str:
        """Write a piece of MyST as Markdown."""
        lines = text.split("\n")
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)
        edits: list[Edit] = []
        cursor: dict[int, int] = {}
        for token in myst.parser().parse(text):
            if token.type in UNKNOWN:
                raise ValueError(f"{self.page.name}: Jupyter shows no {UNKNOWN[token.type]}")
            if token.type == "inline" and token.children and token.map:
                found = list(self.inline(token.content, token.children))
                places = _places(token.content, lines, token.map[0], cursor) if found else []
                for start, end, new in found:
                    edits.append(Edit(_at(places, starts, start), _at(places, starts, end), new))
            elif token.type in BLOCKS and token.map:
                first, last = token.map
                new_block = self.block(token)
                if new_block is not None:
                    indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
                    new_block = new_block.replace("\n", f"\n{indent}")
                    end = starts[last] - 1 if last < len(lines) else len(text)
                    edits.append(Edit(starts[first] + len(indent), end, new_block))
        for edit in sorted(edits, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text

    def block(self, token: Token) -> str | None:
        """Write a block that only MyST knows; nothing for one that Markdown has too."""
        if token.type in ("myst_target", "myst_line_comment"):
            return ""
        if token.type == "math_block_label":
            return self.equation(token.content)
        found = myst.directive(token)
        return None if found is None else self.directive(found)

    def directive(self, found: Directive) -> str:
        """Write a directive."""
        name = found.name
        if name in ADMONITIONS:
            return self.admonition(found)
        if name in BOXES:
            title = f"**{self.plain(found.argument)}**\n\n" if found.argument else ""
            return title + self.plain(found.content)
        writers: dict[str, Callable[[Directive], str]] = {
            "dropdown": self.fold,
            "math": self.math,
            "glue:figure": self.figure,
            "figure": self.figure,
            "image": self.figure,
            "table": self.table,
            "exercise": self.exercise,
            "exercise-start": self.exercise,
            "exercise-end": lambda _: "",
            "solution-start": self.solution_start,
            "solution-end": self.solution_end,
            "check": lambda _: "",
            "instrument": lambda _: MOVABLE,
            "code": lambda d: f"```{d.argument}\n{d.content}\n```",
            "code-block": lambda d: f"```{d.argument}\n{d.content}\n```",
        }
        if name not in writers:
            raise ValueError(
                f"{self.page.name}: book/_tools/prose.py cannot write the directive {{{name}}} "
                f"as Markdown; it knows {', '.join([*writers, *ADMONITIONS, *BOXES])}."
            )
        return writers[name](found)

    def admonition(self, found: Directive) -> str:
        """Write a box as a quotation with a bold title, or folded if it is so on the page."""
        generic = found.name in ("admonition", "margin", "sidebar", "topic")
        title = found.argument if generic else found.name.capitalize()
        body = found.content if generic else f"{found.argument}\n\n{found.content}".strip()
        if "dropdown" in found.options.get("class", ""):
            return self.fold(Directive(found.name, title, found.options, body))
        text = f"**{self.plain(title)}**\n\n{self.plain(body)}" if title else self.plain(body)
        # A quoted line begins with a mark that would land in a formula.
        text = re.sub(r"\$\$.*?\$\$", lambda m: " ".join(m[0].split()), text, flags=re.DOTALL)
        return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))

    def fold(self, found: Directive) -> str:
        """Write a fold."""
        body, title = self.plain(found.content), self.plain(found.argument) or "More"
        return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"

    def equation(self, content: str) -> str:
        """Write a formula with its number."""
        self.count["Equation"] += 1
        return f"$$\n{content.strip()} \\tag{{{self.count['Equation']}}}\n$$"

    def math(self, found: Directive) -> str:
        """Write a formula, numbered if it has a label."""
        if found.options.get("label"):
            return self.equation(found.content)
        return f"$$\n{found.content.strip()}\n$$"

    def figure(self, found: Directive) -> str:
        """Write a caption under its figure; where that is further up, keep it for that place."""
        if found.name == "image":
            return f"![{found.options.get('alt', '')}]({found.argument})"
        self.count["Figure"] += 1
        caption, *legend = self.plain(found.content).split("\n\n")
        mark = "_" if "*" in re.sub(r"\$[^$]*\$", "", caption) else "*"
        text = f"{mark}Figure {self.count['Figure']}. {caption.strip()}{mark}"
        text = "\n\n".join([text, *legend])
        if found.name == "figure":
            return f"![{found.options.get('alt', '')}]({found.argument})\n\n{text}"
        if found.argument in self.above:
            return text
        self.captions[found.argument] = text
        return ""

    def table(self, found: Directive) -> str:
        """Write a table under its caption."""
        self.count["Table"] += 1
        caption = self.plain(found.argument)
        return f"**Table {self.count['Table']}.** {caption}\n\n{self.plain(found.content)}"

    def exercise(self, found: Directive) -> str:
        """Write an exercise under a heading of its own."""
        self.count["Exercise"] += 1
        title = f"### Exercise {self.count['Exercise']}. {self.plain(found.argument)}".rstrip(". ")
        return f"{title}\n\n{self.plain(found.content)}".rstrip() + "\n"

    def solution_start(self, found: Directive) -> str:
        """Begin a fold, which ends with the solution or, before its code, with the cell."""
        self.in_solution = True
        return "<details><summary>Solution</summary>\n"

    def solution_end(self, found: Directive) -> str:
        """End the fold."""
        self.in_solution = False
        return "\n</details>"

    def inline(self, content: str, tokens: list[Token]) -> Iterable[Edit]:
        """Find what changes in a paragraph: roles, links to pages, formulas over two lines."""
        for token in tokens:
            start, end = token.meta.get("place", (0, 0))
            if token.type == "myst_role":
                before, text = self.role(token.meta["name"], token.content, content[:start])
                yield Edit(start - before, end, text)
            elif token.type == "math_inline" and "\n" in content[start:end]:
                yield Edit(start, end, " ".join(content[start:end].split()))
            elif token.type == "link_open" and content[start] == "[":
                yield from self.links.edits(content, start, end, str(token.attrs["href"]))

    def role(self, name: str, text: str, before: str) -> tuple[int, str]:
        """Write a role; give how many characters before it are written anew with it."""
        target, shown = myst.titled(text)
        match name:
            case "glue:text" | "glue":
                if text not in self.values:
                    raise ValueError(f"{self.page.name}: nothing is glued as {text!r}")
                return 0, MARKUP.sub(r"\\\1", self.values[text])
            case "cite" | "cite:p" | "cite:t":
                return self.citation([key.strip() for key in text.split(",")], name, before)
            case "math":
                return 0, f"${text}$"
            case "eq" | "ref" | "numref" | "prf:ref":
                return 0, self.links.reference(target, shown)
            case "doc":
                return 0, self.links.to_page(self.links.source(f"{target}.md"), shown)
            case "term":
                return 0, self.links.to_page(GLOSSARY, shown or target)
            case "abbr":
                return 0, text
            case "sub" | "sup" | "kbd":
                return 0, f"<{name}>{text}</{name}>"
        raise ValueError(
            f"{self.page.name}: book/_tools/prose.py cannot write the role {{{name}}} as Markdown"
        )

    def citation(self, keys: list[str], name: str, before: str) -> tuple[int, str]:
        """Write papers as their authors and years, with the authors' names where they stand."""
        if unknown := [key for key in keys if key not in labels.papers()]:
            raise ValueError(f"{self.page.name}: references.bib has no {', '.join(unknown)}")
        papers = [labels.papers()[key] for key in keys]
        if len(papers) == 1:
            (paper,) = papers
            names = r"\s+".join(map(re.escape, paper.authors.split()))
            found = re.search(rf"(?<![\w]){names}\s+$", before)
            if found or name == "cite:t":
                back = len(found[0]) if found else 0
                return back, f"[{paper.authors} ({paper.year})]({paper.address})"
        each = (f"[{p.authors}, {p.year}]({p.address})" for p in papers)
        return 0, f"({'; '.join(each)})"


def _places(
    content: str, lines: list[str], first: int, cursor: dict[int, int]
) -> list[tuple[int, int, int]]:
    """Find a paragraph's lines in its source: where each begins in it, its row, its column."""
    places, at = [], 0
    for row, line in enumerate(content.split("\n"), first):
        column = lines[row].find(line, cursor.get(row, 0))
        if column < 0:
            raise ValueError(f"cannot follow {line!r} to its source {lines[row]!r}")
        cursor[row] = column + len(line)
        places.append((at, row, column))
        at += len(line) + 1
    return places


def _at(places: list[tuple[int, int, int]], starts: list[int], offset: int) -> int:
    begin, row, column = next(p for p in reversed(places) if p[0] <= offset)
    return starts[row] + column + offset - begin
