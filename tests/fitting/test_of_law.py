"""A type checker knows which law a result is of."""

import os
from pathlib import Path

import pytest
from mypy import api

ROOT = Path(__file__).parents[2]
TYPED = """
import replication as rp
from replication.laws import Chinchilla

runs = rp.load("hoffmann2022", "figure4_isoflop_points")
fit = rp.fit(Chinchilla, runs)
reveal_type(fit)
reveal_type(fit.law.alpha)
reveal_type(fit.bootstrap().law.alpha)
reveal_type(fit.bootstrap().estimate)
reveal_type(fit.profile("alpha").laws)
reveal_type(fit.evidence().law)
reveal_type(rp.fit("Chinchilla", runs))
reveal_type(rp.published("hoffmann2022", "tex"))


def passed_on(found: rp.Fit) -> rp.laws.Law:
    return found.law


passed_on(fit)
"""
REVEALED = [
    "Fit[Chinchilla]",
    "float",
    "float",
    "Chinchilla",
    "Chinchilla",
    "Chinchilla",
    "Fit[Law]",
    "Law",
]


@pytest.mark.slow
def test_a_type_checker_knows_the_law(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "typed.py"
    path.write_text(TYPED)
    monkeypatch.setenv("MYPYPATH", os.fspath(ROOT))
    found, trouble, _ = api.run(
        ["--strict", "--cache-dir", str(tmp_path / "cache"), "--config-file", "", str(path)]
    )
    about_it = [line for line in found.splitlines() if line.startswith(str(path))]
    assert trouble == ""
    assert not [line for line in about_it if ": error:" in line]
    revealed = [line.split('"')[1] for line in about_it if "Revealed" in line]
    for part in ("replication.fitting.result.", "replication.laws.chinchilla.", "builtins."):
        revealed = [name.replace(part, "") for name in revealed]
    assert [name.replace("replication.laws.base.", "") for name in revealed] == REVEALED
