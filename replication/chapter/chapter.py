"""A chapter: header, provenance, verdicts, numbers and figures, in one line each."""

from dataclasses import dataclass

from IPython.display import HTML, Markdown
from matplotlib.figure import Figure

from replication import datasets, ledger
from replication._memo import cached
from replication.chapter.header import header_markdown
from replication.chapter.numbers import interval_text, ours_text, printed_text, text
from replication.chapter.outputs import figure, glue
from replication.chapter.tables import (
    claims_table,
    provenance_table,
    short_citation,
    tally_text,
    tolerance_text,
)
from replication.claims import Judgement
from replication.datasets import Table
from replication.errors import unknown
from replication.ledger import Ledger


@cached
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
        return Markdown(header_markdown(self.key, self.described(), prerequisites))

    def data(self) -> HTML:
        """Return where the chapter's data come from, drawn from the descriptor."""
        return HTML("\n".join(map(provenance_table, self.described())))

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

    def verdicts(self) -> HTML:
        """Return the verdicts that matter in sight, and the whole table folded.

        Returns
        -------
        HTML
            The claims that do not agree, then all of them in a fold. Each claim has one row that
            can be linked to, as ``#claim-B1.A``: the one in sight, if there is one.
        """
        name = short_citation(self.key)
        every = Ledger(self.claims())
        odd = Ledger(tuple(item for item in every.judgements if item.verdict != "reproduced"))
        parts = []
        seen = {item.claim.id for item in odd.judgements}
        if seen:
            caption = f"{name}: what differs, or cannot be tested"
            parts.append(claims_table(odd, caption, anchored=seen))
        number = len(every.judgements)
        folded = {item.claim.id for item in every.judgements} - seen
        whole = claims_table(every, f"Claims of {name}: {number}", anchored=folded)
        parts.append(f"<details><summary>All {number} claims</summary>\n{whole}\n</details>")
        return HTML("\n".join(parts))

    def tally(self) -> str:
        """Return the verdict counts in words, over distinct printed numbers."""
        return tally_text(verdicts(self.key))

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
            if interval := interval_text(item):
                found[f"{name}.interval"] = interval
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
        """Show a figure and keep it for the text, as `figure` does."""
        figure(name, fig, alt)


def _stands_for(name: str, item: Judgement) -> bool:
    return f"{item.claim.id}.".startswith(f"{name}.")
