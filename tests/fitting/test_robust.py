"""Statistics of residuals and slopes: scales, directions, quantiles."""

import numpy as np
import pytest

from replication.fitting.robust import basis_of, decompose, far_quantile, scale_of


def test_scale_leaves_out_what_the_fit_made_small() -> None:
    rng = np.random.default_rng(0)
    slopes = rng.standard_normal((12, 5))
    found = []
    for _ in range(400):
        noise = rng.standard_normal(12)
        found.append(scale_of(noise - slopes @ np.linalg.lstsq(slopes, noise, rcond=None)[0], 5))
    assert np.median(found) == pytest.approx(1.0, abs=0.2)
    assert scale_of(np.zeros(3), 3) == 0.0


def test_tiny_slopes_keep_their_direction() -> None:
    found = decompose(np.array([[1e-300, 1.0], [1e-300, 2.0]]))
    assert found.size == pytest.approx([np.sqrt(2) * 1e-300, np.sqrt(5)])
    assert found.singular.min() > 0.1
    assert basis_of(np.array([[1e-300, 1.0], [1e-300, 2.0]])).shape == (2, 2)
    assert decompose(np.zeros((1, 2))).singular.tolist() == [0.0, 0.0]


def test_far_quantile_is_hardly_exceeded() -> None:
    rng = np.random.default_rng(1)
    for n in (12, 100):
        residuals = rng.standard_normal((1000, n))
        largest = np.array([np.abs(r).max() / scale_of(r, 0) for r in residuals])
        assert np.mean(largest > far_quantile(n, n, 0.01)) <= 0.02
