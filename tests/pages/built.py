"""Where the built book is and which pages it has."""

from pathlib import Path

SITE = Path(__file__).parents[2] / "_build" / "html"


def pages() -> list[str]:
    """Every page of the built book."""
    return sorted(p.relative_to(SITE).as_posix() for p in SITE.rglob("*.html") if is_page(p))


def sampled() -> list[str]:
    """The pages that a browser opens: of those written from the package, the largest alone.

    They are made by one function from one pattern.
    """
    found = pages()
    made = [page for page in found if page.startswith("book/api/")]
    largest = sorted(made, key=lambda page: (SITE / page).stat().st_size)[-3:]
    return [page for page in found if page not in made or page in largest]


def is_page(path: Path) -> bool:
    """Tell pages from the fragments a theme keeps among its static files."""
    return "_static" not in path.relative_to(SITE).parts
