"""A chapter: header, provenance, verdicts, numbers and figures, in one line each."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.metadata import metadata
from typing import Any

from IPython.core.formatters import format_display_data
from IPython.display import HTML, Image, Markdown, display
from matplotlib.figure import Figure

from replication import datasets, ledger
from replication.chapter.numbers import ours_text, printed_text, text
from replication.chapter.tables import (
    claims_table,
    provenance_table,
    short_citation,
    tolerance_text,
)
from replication.claims import Judgement
from replication.datasets import Table
from replication.errors import ArgumentError, unknown
from replication.ledger import HEADLINE_KINDS, Ledger
from replication.plotting import png

GLUE_PREFIX = "application/papermill.record/"
"""What keeps a glued value out of sight in Jupyter while the book still finds it."""

WORDS_OF_ALT = 10
"""Fewer words do not say what a figure shows."""


@cache
def verdicts(key: str) -> Ledger:
    """Return the judged claims of a paper, computed once a process.

    Parameters
    ----------
    key : str
        Key of the paper.

    Returns
    -------
    Ledger
        As `replication.verify` returns it.
    """
    return ledger.verify(key)


def glue(name: str, value: Any, *, show: bool = False) -> None:
    """Keep a value under a name for the text of the page, as MyST-NB's own function does.

    Done here so that a reader's Jupyter needs no part of the book's build.

    Parameters
    ----------
    name : str
        The name, unique on its page.
    value : object
        What is shown in its place.
    show : bool
        Whether Jupyter shows it too.
    """
    prefix = "" if show else GLUE_PREFIX
    bundle, about = format_display_data(value)
    if isinstance(value, str):
        bundle = {"text/plain": repr(value)}
    about["scrapbook"] = {"name": name, "mime_prefix": prefix}
    display({prefix + mime: data for mime, data in bundle.items()}, raw=True, metadata=about)


@dataclass(frozen=True)
class Chapter:
    """The chapter of a paper.

    Parameters
    ----------
    key : str
        Key of the paper.
    tables : tuple of str
        The data it reads, as ``"figure4_points"`` or, from another paper,
        ``"hoffmann2022/figure4_points"``; by default all tables of the paper but its claims
        and printed coefficients.

    Examples
    --------
    >>> chapter = Chapter("besiroglu2024", tables=("hoffmann2022/figure4_points",))
    >>> chapter.described()[0].rows
    245
    """

    key: str
    tables: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a paper or a table that is not there."""
        datasets.paper(self.key)
        self.described()

    def described(self) -> tuple[Table, ...]:
        """Return the descriptions of the tables that the chapter reads."""
        if not self.tables:
            own = datasets.tables(self.key)
            return tuple(table for table in own if table.name not in ("claims", "laws"))
        found = []
        for name in self.tables:
            key, slash, table = name.rpartition("/")
            found.append(datasets.describe(key if slash else self.key, table))
        return tuple(found)

    def header(self, prerequisites: str) -> Markdown:
        """Return the chapter's head: what is replicated, from what, and how long it takes.

        Parameters
        ----------
        prerequisites : str
            What a reader should know, as Markdown.

        Returns
        -------
        Markdown
            A list; everything but the prerequisites comes from the data's descriptor.
        """
        paper = datasets.paper(self.key)
        lines = [
            f"**Paper:** {paper.citation} [{_host(paper.url)}]({paper.url})",
            f"**Kind of replication:** {paper.replication}. {paper.availability}",
            f"**Prerequisites:** {prerequisites}",
        ]
        if seconds := run_time(self.key):
            lines.append(f"**Run time:** {_duration(seconds)} on two cores.")
        lines.append(f"**Data:** {_licences(self.described())}")
        lines.append(f"**Notebook:** {self._links()}")
        return Markdown("\n".join(f"- {line}" for line in lines))

    def data(self) -> HTML:
        """Return where the chapter's data come from, drawn from the descriptor."""
        caption = f"Data of this chapter ({len(self.described())} tables)"
        if len(self.described()) == 1:
            caption = "Data of this chapter"
        return HTML(provenance_table(self.described(), caption))

    def claims(self, *ids: str) -> tuple[Judgement, ...]:
        """Return judged claims, all or those asked for.

        Parameters
        ----------
        *ids : str
            Identifiers or their beginnings: ``"B11"`` stands for every ``"B11.…"``.

        Returns
        -------
        tuple of Judgement
            In the order of the paper.

        Raises
        ------
        UnknownNameError
            If no claim is called so.
        """
        found = verdicts(self.key).judgements
        for name in ids:
            if not any(_stands_for(name, item) for item in found):
                raise unknown(f"claim of {self.key}", name, [item.claim.id for item in found])
        return tuple(
            item for item in found if not ids or any(_stands_for(name, item) for name in ids)
        )

    def claims_table(self, *ids: str, caption: str = "") -> HTML:
        """Return the verdict table of the claims, all or those asked for.

        Parameters
        ----------
        *ids : str
            As for `claims`.
        caption : str
            By default the paper and the number of its claims.

        Returns
        -------
        HTML
            A table that the book's script lets the reader filter and sort.
        """
        found = Ledger(self.claims(*ids))
        caption = caption or f"Claims of {short_citation(self.key)}: {len(found.judgements)}"
        return HTML(claims_table(found, caption))

    def tally(self) -> str:
        """Return the verdict counts as a sentence, over measured and arithmetic claims."""
        found = verdicts(self.key)
        counts = found.counts()
        number = sum(counts.values())
        sentence = (
            f"Of {number} measured or derived numbers, {counts['reproduced']} are reproduced, "
            f"{counts['differs']} differ and {counts['untestable']} cannot be tested."
        )
        others = Ledger(tuple(i for i in found.judgements if i.claim.kind not in HEADLINE_KINDS))
        if others.judgements:
            agree = sum(item.verdict == "reproduced" for item in others.judgements)
            sentence += (
                f" Beside them stand {len(others.judgements)} inputs and directions, "
                f"of which {agree} are reproduced."
            )
        return sentence

    def glue_claims(self, *ids: str) -> None:
        """Keep claims for the text: ``B1.A.printed``, ``.ours``, ``.verdict`` and more.

        Every claim has ``printed``, ``ours`` (empty if there is none), ``verdict``,
        ``tolerance`` and, if ours has one, ``interval``. Without `ids` the sentence of `tally`
        is kept as ``tally`` as well, and the counts as ``claims.reproduced`` and so on.

        Parameters
        ----------
        *ids : str
            As for `claims`.
        """
        for name, value in self.texts(*ids).items():
            glue(name, value)

    def texts(self, *ids: str) -> dict[str, str]:
        """Return what `glue_claims` keeps, by name: for alt texts and captions.

        Parameters
        ----------
        *ids : str
            As for `claims`.

        Returns
        -------
        dict
            Texts by name.
        """
        found = {}
        for item in self.claims(*ids):
            name = item.claim.id
            found[f"{name}.printed"] = printed_text(item.claim)
            found[f"{name}.ours"] = ours_text(item)
            found[f"{name}.verdict"] = item.verdict
            found[f"{name}.tolerance"] = tolerance_text(item.claim)
            answer = item.answer
            if answer is not None and answer.low is not None and answer.high is not None:
                low, high = ours_text(item, answer.low), ours_text(item, answer.high)
                found[f"{name}.interval"] = f"{low} to {high}"
        if not ids:
            counts = verdicts(self.key).counts()
            found["tally"] = self.tally()
            found["claims.number"] = str(sum(counts.values()))
            found |= {f"claims.{verdict}": str(number) for verdict, number in counts.items()}
        return found

    def number(self, name: str, value: float, spec: str = ".4g") -> None:
        """Keep one computed number for the text, rounded.

        Parameters
        ----------
        name : str
            Its name on the page.
        value : float
            The number.
        spec : str
            As for `text`: ``".3f"``, ``",.0f"``, ``".1e"``, ``".1%"`` or ``"count"``.
        """
        glue(name, text(value, spec))

    def numbers(self, spec: str = ".4g", **values: float) -> None:
        """Keep several computed numbers for the text, rounded alike.

        Parameters
        ----------
        spec : str
            As for `text`.
        **values : float
            The numbers by their names on the page.
        """
        for name, value in values.items():
            self.number(name, value, spec)

    def figure(self, name: str, fig: Figure, alt: str) -> None:
        """Show a figure and keep it for the text; the cell has the tag ``remove-output``.

        Parameters
        ----------
        name : str
            Its name on the page, for ``glue:figure``.
        fig : Figure
            The figure; it is closed.
        alt : str
            What is seen, in a sentence with computed numbers, for readers who do not see it.

        Raises
        ------
        ArgumentError
            If the text has fewer than ten words or no number.
        ReplicationError
            If the picture is too large.
        """
        alt = " ".join(alt.split())
        if len(alt.split()) < WORDS_OF_ALT or not any(c.isdigit() for c in alt):
            raise ArgumentError(
                f"The alt text of the figure {name!r} is {alt!r}. Say in a sentence of "
                f"{WORDS_OF_ALT} words or more what is seen, with its numbers, built from the "
                "computed values."
            )
        content, width, height = png(fig)
        glue(name, Image(content, alt=alt, width=width, height=height), show=True)

    def _links(self) -> str:
        links = [f'<a href="{self.key}.ipynb">download</a>']
        if repository := repository_address():
            path = f"notebooks/{self.key}.ipynb"
            slug = repository.removeprefix("https://github.com/")
            links += [
                f'<a href="{escape(repository)}/blob/main/{path}">view the source</a>',
                f'<a href="https://mybinder.org/v2/gh/{escape(slug)}/main?labpath={path}">'
                "run on Binder</a>",
                f'<a href="https://colab.research.google.com/github/{escape(slug)}/blob/main/'
                f'{path}">open in Colab</a>',
            ]
        return ", ".join(links)


def repository_address() -> str:
    """Return the public address of the book's repository, or nothing if it has none.

    Examples
    --------
    >>> isinstance(repository_address(), str)
    True
    """
    for entry in metadata("replication").get_all("Project-URL") or []:
        name, _, address = str(entry).partition(", ")
        if name == "Repository":
            return address.rstrip("/")
    return ""


def run_time(key: str) -> float | None:
    """Return the measured seconds of a chapter's execution, if it has been measured.

    Examples
    --------
    >>> run_time("nobody1900") is None
    True
    """
    if not any((t.key, t.name) == ("performance", "timings") for t in datasets.tables()):
        return None
    frame = datasets.load("performance", "timings")
    rows = frame.loc[frame["key"] == key, "seconds"]
    return float(rows.iloc[0]) if len(rows) else None


def _stands_for(name: str, item: Judgement) -> bool:
    return f"{item.claim.id}.".startswith(f"{name}.")


def _host(url: str) -> str:
    return url.removeprefix("https://").removeprefix("www.")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"about {seconds:.0f} seconds" if seconds >= 10 else "less than 10 seconds"
    return f"about {seconds / 60:.0f} minutes"


def _licences(tables: Iterable[Table]) -> str:
    by_licence: dict[str, list[str]] = {}
    for table in tables:
        by_licence.setdefault(table.licence, []).append(f"`{table.key}/{table.name}`")
    parts = [f"{', '.join(names)} ({licence})" for licence, names in by_licence.items()]
    return "; ".join(parts) + "." if parts else "printed constants only."
