"""An erratum as something to cite and to send: its address, its status, a text for the authors."""

from collections.abc import Sequence
from dataclasses import dataclass

from replication import datasets
from replication._memo import cached
from replication.about import about
from replication.chapter.numbers import ours_text, printed_text
from replication.claims import READ_IN_PRINT, Judgement

UNREAD = "not to be reported before the paper's own text is seen"


@dataclass(frozen=True)
class Report:
    """Whether an erratum was reported to the authors of its paper.

    Parameters
    ----------
    reported : str
        ``"no"``, or the date on which it was sent.
    answer : str
        What the authors answered, or nothing.

    Examples
    --------
    >>> str(Report("no")), str(Report("2027-01-31", "confirmed"))
    ('no', '2027-01-31: confirmed')
    """

    reported: str = "no"
    answer: str = ""

    def __str__(self) -> str:
        """Return the status in a few words."""
        return f"{self.reported}: {self.answer}" if self.answer else self.reported


def erratum_id(group: Sequence[Judgement]) -> str:
    """Return the name of an erratum: its paper and the first of the claims that it is about.

    Parameters
    ----------
    group : sequence of Judgement
        Claims that share a reason, in the order of the ledger.

    Returns
    -------
    str
        It stays the same as long as the claim's own name does.

    Examples
    --------
    >>> from replication import verify
    >>> erratum_id(verify("besiroglu2024").judgements[:3])
    'besiroglu2024/B1.A'
    """
    return f"{group[0].claim.paper}/{group[0].claim.id}"


def erratum_anchor(name: str) -> str:
    """Return the anchor of an erratum's row on the page of the errata.

    Examples
    --------
    >>> erratum_anchor("besiroglu2024/B1.A")
    'erratum-besiroglu2024-B1.A'
    """
    return f"erratum-{name.replace('/', '-')}"


def report(name: str) -> Report:
    """Return whether an erratum was reported, from ``data/reporting/errata.csv``.

    Parameters
    ----------
    name : str
        Name of the erratum, as `erratum_id` gives it.

    Returns
    -------
    Report
        That of its own row, else that of the whole paper's, else "no".

    Examples
    --------
    >>> report("besiroglu2024/B1.A").reported
    'no'
    """
    known = _reports()
    return known.get(name, known.get(name.partition("/")[0], Report()))


@cached
def _reports() -> dict[str, Report]:
    rows = datasets.load("reporting", "errata").fillna("").astype(str).to_dict("records")
    return {
        "/".join(filter(None, (row["paper"], row["erratum"]))): Report(
            row["reported"], row["answer"]
        )
        for row in rows
    }


def letter(group: Sequence[Judgement]) -> str:
    """Return a text to send to the authors about what differs from print.

    Parameters
    ----------
    group : sequence of Judgement
        Claims of one paper that share a reason.

    Returns
    -------
    str
        Plain text: where it is printed, what we compute, the reason as far as known, how to
        repeat it. Empty if a claim of the group is known second-hand only.

    Examples
    --------
    >>> from replication.claims import judge, read
    >>> text = letter([judge(read("besiroglu2024")[0], 490.0)])
    >>> text.splitlines()[0]
    'Subject: A number in "Chinchilla Scaling: A replication attempt"'
    >>> "replication verify besiroglu2024" in text
    True
    """
    claim = group[0].claim
    if any(i.claim.kind != "check" and i.claim.provenance not in READ_IN_PRINT for i in group):
        return ""
    paper, name, many = datasets.paper(claim.paper), erratum_id(group), len(group) > 1
    own = claim.kind == "check"
    what = "An equality" if own else "Some numbers" if many else "A number"
    version = f'"Scaling Laws, Replicated", version {about().version}'
    found = (
        "We also checked an equality that it does not state but seems to imply, and it fails:"
        if own
        else "The book lists number by number what we reproduce and what we do not. Here we do "
        "not get what is printed:"
    )
    lines = [
        f'Subject: {what} in "{paper.title}"',
        "",
        f"Dear {paper.authors[0]}{' and colleagues' * (len(paper.authors) > 1)},",
        "",
        f'we have replicated "{paper.title}" ({paper.url}) for the book {version}. {found}',
        "",
    ]
    for item in group:
        one = item.claim
        unit = "" if one.unit == "1" else f" ({one.unit})"
        ours = f"; we compute {text}" if (text := ours_text(item)) else ""
        said = f"{'expected' if own else 'printed'} {printed_text(one)}"
        lines.append(f"- {one.where}: {one.quantity}{unit}, {said}{ours}")
    reason = " ".join(filter(None, (claim.variant and f"Read as: {claim.variant}.", claim.note)))
    address, repository = about().url("Documentation"), about().url("Repository")
    page = f" ({address}/book/errata.html#{erratum_anchor(name)})" if address else ""
    source = f'"git+{repository}"' if repository else ".  # in a checkout of the book"
    lines += [
        "",
        f"What we know of the reason: {reason}",
        "",
        "To repeat it:",
        "",
        f"  pip install {source}",
        f"  replication verify {claim.paper}",
        "",
        f"The entry is {name}{page}. If we misread the paper, or made a mistake, please tell us: "
        "we will correct the entry and say so there. If the print is in error, we will note your "
        "answer with its date.",
        "",
        "With kind regards,",
        "",
    ]
    return "\n".join(lines)
