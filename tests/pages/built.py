"""Where the built book is and which pages it has."""

from pathlib import Path

SITE = Path(__file__).parents[2] / "_build" / "html"


def pages() -> list[str]:
    """Every page of the built book."""
    return sorted(p.relative_to(SITE).as_posix() for p in SITE.rglob("*.html") if is_page(p))


def is_page(path: Path) -> bool:
    """Tell pages from the fragments a theme keeps among its static files."""
    return "_static" not in path.relative_to(SITE).parts
