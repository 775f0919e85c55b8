"""Coefficients and inputs of every law of the package: where tests of all laws look at them."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from replication.laws import NAMED, DataConstrained, Law

PLACES: dict[str, tuple[dict[str, float], dict[str, tuple[float, float]]]] = {
    "Chinchilla": (
        {"A": 400.0, "B": 2e3, "E": 1.8, "alpha": 0.35, "beta": 0.37},
        {"params": (1e7, 1e11), "tokens": (1e8, 1e12)},
    ),
    "Annealing": (
        {"E": 2.5, "A": 0.6, "alpha": 0.45, "C": 0.5},
        {"lr_area": (0.5, 20.0), "lr_annealed": (1e-3, 0.3)},
    ),
    "PowerLaw": ({"A": 400.0, "alpha": 0.1}, {"flops": (1e17, 1e24)}),
    "PowerLawOffset": ({"A": 400.0, "E": 1.8, "alpha": 0.1}, {"flops": (1e17, 1e24)}),
    "KaplanParams": ({"alpha_N": 0.076, "N_c": 8.8e13}, {"params": (1e6, 1e11)}),
    "KaplanTokens": ({"alpha_D": 0.095, "D_c": 5.4e13}, {"tokens": (1e7, 1e12)}),
    "KaplanFlops": ({"alpha_C": 0.05, "C_c": 2.7e28}, {"flops": (1e17, 1e24)}),
    "KaplanJoint": (
        {"alpha_N": 0.076, "alpha_D": 0.103, "N_c": 6.4e13, "D_c": 1.8e13},
        {"params": (1e6, 1e11), "tokens": (1e7, 1e12)},
    ),
    "OuterExponent": (
        {"E": 1.7, "alpha": 0.34, "beta": 0.3, "N_c": 5e7, "D_c": 2.4e9, "gamma": 0.6},
        {"params": (1e7, 1e11), "tokens": (1e8, 1e12)},
    ),
    "DataConstrained": (
        {
            "A": 521.0,
            "B": 1488.0,
            "E": 1.87,
            "alpha": 0.35,
            "beta": 0.36,
            "R_D_star": 15.4,
            "R_N_star": 5.3,
        },
        {"params": (1e6, 1e11), "tokens": (1e9, 1e13), "unique_tokens": (1e8, 9e10)},
    ),
    "Precision": (
        {
            "A": 4299.0,
            "B": 18060.0,
            "E": 2.76,
            "alpha": 0.5,
            "beta": 0.48,
            "gamma_w": 2.0,
            "gamma_a": 1.6,
            "gamma_kv": 0.9,
            "n_w": 0.3,
            "n_a": 0.4,
            "n_kv": 0.5,
        },
        {
            "params": (1e7, 1e10),
            "tokens": (1e9, 1e12),
            "weight_bits": (3.0, 12.0),
            "activation_bits": (3.0, 12.0),
            "kv_bits": (3.0, 12.0),
        },
    ),
    "PostTraining": (
        {"C_T": 0.06, "gamma_D": 0.5, "gamma_N": 0.34, "gamma_post": 0.59},
        {"params": (1e7, 1e10), "tokens": (1e9, 1e12), "bits": (2.0, 8.0)},
    ),
    "KaplanSteps": (
        {"alpha_N": 0.077, "alpha_S": 0.76, "N_c": 6.5e13, "S_c": 2.1e3},
        {"params": (1e6, 1e11), "min_steps": (1e3, 1e6)},
    ),
    "CriticalBatch": ({"B_star": 2.1e8, "alpha_B": 0.21}, {"loss": (1.5, 6.0)}),
    "KaplanTraining": (
        {
            "alpha_N": 0.077,
            "alpha_S": 0.76,
            "N_c": 6.5e13,
            "S_c": 2.1e3,
            "B_star": 2e8,
            "alpha_B": 0.21,
        },
        {"params": (1e6, 1e11), "steps": (1e3, 1e6), "batch": (1e4, 1e7)},
    ),
    "TotalParams": ({"omega": 47491.0, "p": 0.33}, {"params_no_embedding": (1e4, 1e11)}),
    "NonEmbeddingChinchilla": (
        {
            "A": 482.0,
            "B": 2085.0,
            "E": 1.82,
            "alpha": 0.35,
            "beta": 0.37,
            "omega": 47491.0,
            "p": 0.33,
        },
        {"params": (1e4, 1e10), "tokens": (1e8, 1e12)},
    ),
    "LogLinear": ({"alpha": -0.03, "beta": 0.57}, {"flops": (1e17, 1e24)}),
    "LogPlane": (
        {"alpha": -0.03, "gamma": 0.01, "beta": 2.0},
        {"params": (1e6, 1e11), "tokens": (1e8, 1e12)},
    ),
    "ComputeSplit": (
        {"A": 300.0, "E": 1.7, "eta": 0.12, "gamma": 0.04},
        {"flops": (1e17, 1e24), "tokens_per_param": (1.0, 1e3)},
    ),
    "OverTraining": (
        {"E": 1.84, "a": 212.0, "b": 367.0, "eta": 0.136},
        {"flops": (1e17, 1e24), "token_multiplier": (1.0, 1e3)},
    ),
    "ErrorRate": ({"epsilon": 0.857, "k": 2.21, "gamma": 0.715}, {"loss": (1.8, 5.0)}),
    "ShapeAware": (
        {
            "E": 2.4,
            "A": 5e4,
            "B": 7e5,
            "alpha": 0.61,
            "beta": 0.6,
            "epsilon": 1e-3,
            "gamma": 0.62,
        },
        {"params": (1e7, 1e10), "tokens": (1e9, 1e12), "aspect_ratio": (5.0, 300.0)},
    ),
    "ShapeOptimum": (
        {
            "E": 2.4,
            "A": 5e4,
            "B": 6e5,
            "alpha": 0.6,
            "beta": 0.61,
            "kappa": 0.008,
            "R_opt": 40.0,
        },
        {"params": (1e7, 1e10), "tokens": (1e9, 1e12), "aspect_ratio": (5.0, 300.0)},
    ),
    "ShiftedPower": ({"a": 1e4, "b": 0.22, "c": 2.1, "d": 1e17}, {"flops": (1e16, 1e20)}),
    "Sigmoid": ({"alpha": -3.0, "floor": 0.1, "beta_1": 1.5}, {"capability": (0.2, 4.0)}),
    "SaturatingPower": ({"A": 900.0, "gamma": 1e-20, "alpha": 0.14}, {"flops": (1e17, 1e23)}),
    "SigmoidPower": (
        {"e_inf": 0.2, "e_0": 1.0, "x_c": 3e19, "c": 0.4, "alpha": 0.6},
        {"flops": (1e17, 1e23)},
    ),
    "BrokenPower": (
        {"a": 1.1, "b": 40.0, "c_0": 0.06, "c_1": 0.2, "d": 3e19, "f": 0.8},
        {"flops": (1e17, 1e22)},
    ),
    "StepsOffset": (
        {"A": 10.0, "B": 23.0, "E": 2.0, "alpha_N": 0.13, "alpha_S": 0.48},
        {"params": (1e6, 1e11), "steps": (1e3, 1e6)},
    ),
}
"""Coefficients of each law, and the lowest and highest value of each input."""


def around_matched(law: DataConstrained, columns: list[Any]) -> list[Any]:
    """Move sizes to both sides of the one that the unique tokens call for.

    Second derivatives jump at it, and far above it a change of the loss is too small to be seen in
    differences.
    """
    params, tokens, unique = columns
    low, high = PLACES["DataConstrained"][1]["params"]
    apart = 6 * np.log(params / low) / np.log(high / low) - 3
    apart = np.where(np.abs(apart) < 0.05, 0.05, apart)
    return [law.matched_params(np.minimum(tokens, unique)) * np.exp(apart), tokens, unique]


@st.composite
def places(draw: Any, name: str) -> tuple[Law, list[Any]]:
    """Draw a law with coefficients near those above, and four points."""
    fields, inputs = PLACES[name]
    near = {k: v * draw(st.floats(0.6, 1.6)) for k, v in fields.items()}
    columns = [
        np.array([low * (high / low) ** draw(st.floats(0.0, 1.0)) for _ in range(4)])
        for low, high in inputs.values()
    ]
    law = NAMED[name](**near)
    if isinstance(law, DataConstrained):
        columns = around_matched(law, columns)
    return law, columns
