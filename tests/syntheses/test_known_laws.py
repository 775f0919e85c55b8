import numpy as np
import pytest

from replication.papers import gadre2024, sardana2024
from replication.syntheses import known_laws


def test_the_laws_are_those_of_their_papers():
    found = known_laws.surfaces()
    for cutoff, name in {"100": "D/N up to 100", "all": "all runs"}.items():
        assert found[f"Sardana, {name}"].law == sardana2024.refit(cutoff).law
    c4 = found["Gadre, C4"]
    assert c4.law == gadre2024.wider_fit("c4", large=True).law.to_chinchilla()
    _, ratio = known_laws.reach(c4)
    assert ratio.min() >= gadre2024.COMPUTE_OPTIMAL


def test_reach_is_that_of_the_runs():
    law = known_laws.surfaces()["Sardana, all runs"]
    flops, ratio = known_laws.reach(law)
    assert np.asarray(flops) == pytest.approx(6 * law.runs["params"] * law.runs["tokens"])
    assert np.asarray(ratio * law.runs["params"]) == pytest.approx(law.runs["tokens"])
    line = known_laws.frontiers()["Hoffmann, approach 2"]
    assert known_laws.reach(line)[0].equals(line.estimate.points["flops"])
    assert known_laws.reach(line)[1] is None
