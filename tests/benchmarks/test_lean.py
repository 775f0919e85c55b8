"""The lean laws predict what the package's laws predict, and their slopes are derivatives."""

import numpy as np
import pytest

from benchmarks import lean, minpack, surfaces

PLACES = minpack.LAWS | {"Saturating": surfaces.Saturating(E=1.8, A=2.5, D_c=4e9, beta=0.3)}


@pytest.mark.parametrize("name", PLACES)
def test_a_lean_law_is_the_package_s(name):
    law, kind = PLACES[name], getattr(lean, name)
    assert set(kind.inputs) == set(law.inputs)
    rng = np.random.default_rng(0)
    runs = {k: 10 ** rng.uniform(*minpack.RANGES[k], 50) for k in law.inputs}
    model = kind(*(runs[k] for k in kind.inputs))
    t = model.coordinates(law)
    np.testing.assert_allclose(model.predict(t), law.predict(*runs.values()), rtol=1e-12)
    slopes = model.slopes(t)
    for k, step in enumerate(np.eye(len(t)) * 1e-6):
        rise = model.predict(t + step) - model.predict(t - step)
        np.testing.assert_allclose(slopes[k], rise / 2e-6, rtol=1e-6, atol=1e-8)
    part = model.only(np.arange(7))
    np.testing.assert_array_equal(part.predict(t), model.predict(t)[:7])


def test_coordinates_of_many_draws_are_those_of_each():
    law = minpack.LAWS["Chinchilla"]
    runs = minpack.table("Chinchilla", 20)
    model = lean.Chinchilla(runs["params"], runs["tokens"])
    draws = type(law)(*(np.array([v, 1.1 * v]) for v in law.to_dict().values()))
    np.testing.assert_allclose(model.coordinates(draws)[:, 0], model.coordinates(law), rtol=1e-12)
