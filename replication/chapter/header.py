"""The head of a chapter: what is replicated, from what, how long it takes, where to run it."""

from collections import Counter
from collections.abc import Iterable
from html import escape

from replication import datasets
from replication.about import about
from replication.datasets import Table


def header_markdown(key: str, tables: Iterable[Table], prerequisites: str) -> str:
    """Return the head of a chapter as a list in Markdown.

    Parameters
    ----------
    key : str
        Key of the paper.
    tables : iterable of Table
        The data that the chapter reads.
    prerequisites : str
        What a reader should know, as Markdown.

    Returns
    -------
    str
        Everything but the prerequisites comes from the data's descriptor.

    Examples
    --------
    >>> header_markdown("besiroglu2024", [], "logarithms").splitlines()[2]
    '- **Prerequisites:** logarithms.'
    """
    paper = datasets.paper(key)
    lines = [
        f"**Paper:** {paper.citation} [{_host(paper.url)}]({paper.url})",
        f"**Kind of replication:** {paper.replication}. {paper.availability}",
        f"**Prerequisites:** {prerequisites.rstrip('.')}.",
    ]
    if (seconds := run_time(key)) is not None:
        lines.append(f"**Run time:** {_duration(seconds)}.")
    lines.append(f"**Data licence:** {_licences(tables)}")
    lines.append(f"**Notebook:** {_links(key)}.")
    return "\n".join(f"- {line}" for line in lines)


def repository_address() -> str:
    """Return the public address of the book's repository, or nothing if it has none.

    Examples
    --------
    >>> isinstance(repository_address(), str)
    True
    """
    return about().url("Repository")


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


def _host(url: str) -> str:
    return url.removeprefix("https://").removeprefix("www.")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"about {seconds:.0f} seconds" if seconds >= 10 else "less than 10 seconds"
    return f"about {seconds / 60:.0f} minutes"


def _licences(tables: Iterable[Table]) -> str:
    counts = Counter(table.licence for table in tables)
    parts = [
        f"{licence} ({number} table{'s' * (number > 1)})" for licence, number in counts.items()
    ]
    return "; ".join(parts) + "." if parts else "printed constants only."


def _links(key: str) -> str:
    links = {"download": f"{key}.ipynb"}
    repository = repository_address()
    if repository:
        path = f"main/notebooks/{key}.ipynb"
        links["view the source"] = f"{repository}/blob/{path}"
        if (slug := repository.removeprefix("https://github.com/")) != repository:
            links["run on Binder"] = (
                f"https://mybinder.org/v2/gh/{slug}/main?labpath=notebooks/{key}.ipynb"
            )
            links["open in Colab"] = f"https://colab.research.google.com/github/{slug}/blob/{path}"
    return ", ".join(f'<a href="{escape(to)}">{name}</a>' for name, to in links.items())
