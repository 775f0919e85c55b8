"""What the package says of itself: its version, its public addresses, what it asks for."""

import re
import tomllib
from dataclasses import dataclass
from importlib.metadata import metadata
from pathlib import Path

from replication._memo import cached

DISTRIBUTION = "scaling-laws-replicated"
"""Name to install it by; the name to import it by belongs to another project on PyPI."""


@dataclass(frozen=True)
class About:
    """The package as its project file states it.

    Parameters
    ----------
    version : str
        Its version.
    urls : tuple of (str, str)
        Names and public addresses, without a slash at the end.
    requires : tuple of str
        Names of the distributions that it and its extras ask for, in lower case.
    """

    version: str
    urls: tuple[tuple[str, str], ...]
    requires: tuple[str, ...]

    def url(self, name: str) -> str:
        """Return the address of that name, or nothing if the project states none."""
        return dict(self.urls).get(name, "")


@cached
def about() -> About:
    """Return what the checkout says, or the installed package where there is no checkout.

    A checkout comes first, so that it need not be installed, and an edit counts at once.

    Examples
    --------
    >>> about().version
    '0.1.0'
    """
    project_file = Path(__file__).resolve().parents[1] / "pyproject.toml"
    if project_file.is_file():
        project = tomllib.loads(project_file.read_text(encoding="utf-8"))["project"]
        if project["name"] == DISTRIBUTION:
            lists = [project["dependencies"], *project["optional-dependencies"].values()]
            lines = [line for group in lists for line in group]
            return _about(project["version"], project.get("urls", {}), lines)
    installed = metadata(DISTRIBUTION)
    pairs = (str(entry).partition(", ") for entry in installed.get_all("Project-URL") or [])
    lines = [str(line) for line in installed.get_all("Requires-Dist") or []]
    return _about(str(installed["Version"]), {name: url for name, _, url in pairs}, lines)


def _about(version: str, urls: dict[str, str], lines: list[str]) -> About:
    names = (re.match(r"[\w.-]+", line) for line in lines)
    return About(
        version,
        tuple((name, address.rstrip("/")) for name, address in urls.items()),
        tuple(dict.fromkeys(name[0].lower() for name in names if name)),
    )
