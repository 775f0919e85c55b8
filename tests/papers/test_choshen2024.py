"""Choshen et al. (2024): the claims, and the fit against an independent solution."""

import numpy as np
import pytest

import replication as rp
from replication.papers import choshen2024 as paper


def test_no_claim_surprises():
    assert rp.verify("choshen2024").surprises == ()


def test_what_we_get_is_pinned():
    expected = {"A": 4.07212, "alpha": 0.0213402}
    assert paper.fitted().law.to_dict() == pytest.approx(expected, rel=1e-4)


def test_the_fit_is_the_line_through_the_logarithms():
    runs = paper.runs()
    slope, height = np.polyfit(np.log(runs["params"]), np.log(runs["loss"]), 1)
    found = paper.fitted().law.to_dict()
    assert found["alpha"] == pytest.approx(-slope, rel=1e-6)
    assert np.log(found["A"]) == pytest.approx(height, rel=1e-6)
