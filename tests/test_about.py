"""What the package says of itself agrees with its project file."""

import tomllib
from pathlib import Path

from replication.about import DISTRIBUTION, _about, about

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_a_checkout_speaks_for_itself():
    assert PROJECT["name"] == DISTRIBUTION
    assert about().version == PROJECT["version"]
    assert {"numpy", "scipy", "matplotlib", "pytest"} <= set(about().requires)


def test_addresses_end_without_a_slash_and_may_be_absent():
    found = _about("1", {"Repository": "https://example.org/a/"}, ['numpy>=2; extra == "x"'])
    assert found.url("Repository") == "https://example.org/a"
    assert found.url("Documentation") == ""
    assert found.requires == ("numpy",)
