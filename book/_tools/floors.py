"""Print the oldest versions that the package says it works with, as constraints for pip."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def floors(root: Path = ROOT) -> list[str]:
    """Turn every lower bound of the package and its figures into an exact version."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["plot"]]
    bounds = (re.fullmatch(r"([\w.-]+)>=([\w.]+)", line) for line in lines)
    return [f"{bound[1]}=={bound[2]}" for bound in bounds if bound]


if __name__ == "__main__":
    print(*floors(), sep="\n")
