"""The functions behind the claims."""

from collections.abc import Iterable

from replication.claims import Answer, ClaimSet
from replication.counting import FLOPS_PER_PARAM_TOKEN, flops_per_token, training_flops
from replication.datasets import load
from replication.frontier import Frontier
from replication.papers.hoffmann2022.architectures import (
    CHINCHILLA,
    GOPHER,
    GOPHER_FLOPS,
    GOPHER_SHAPE,
    flop_ratios,
    models,
)
from replication.papers.hoffmann2022.frontiers import (
    envelope_frontier,
    isoflop_frontier,
    subsamples,
)
from replication.papers.hoffmann2022.surface import (
    LAWS,
    at_gopher,
    drawn_frontier,
    drawn_lines,
    law,
)
from replication.papers.hoffmann2022.tables import (
    TABLES,
    allocation,
    allocation_law,
    optimal_flops,
)
from replication.units import PF_DAY

__all__ = ["claims"]

claims = ClaimSet("hoffmann2022")


@claims.answers("C1.a", "C1.b", "C1.a_low", "C1.a_high", "C1.b_low", "C1.b_high")
def approach_1() -> dict[str, float | Answer]:
    """Return the exponents of the envelope of run ends, and their spread over subsamples."""
    return _exponents("C1", envelope_frontier())


@claims.answers("C2.a", "C2.b", "C2.a_low", "C2.a_high", "C2.b_low", "C2.b_high")
def approach_2() -> dict[str, float | Answer]:
    """Return the exponents of the isoFLOP minima, and their spread over subsamples."""
    return _exponents("C2", isoflop_frontier())


def _exponents(claim: str, frontier: Frontier) -> dict[str, float | Answer]:
    """Return a, b and the ends of their 80 % intervals."""
    table = subsamples(frontier).interval(0.8)
    answers: dict[str, float | Answer] = {}
    for name, value in (("a", frontier.a), ("b", frontier.b)):
        low, high = table["low"][name], table["high"][name]
        answers[f"{claim}.{name}"] = Answer(float(value), low=low, high=high)
        answers |= {f"{claim}.{name}_low": low, f"{claim}.{name}_high": high}
    return answers


@claims.answers(
    *(f"C3.{name}{version}" for name in "ab" for version in ("", "_tex", "_drawn", "_refit"))
)
def approach_3() -> dict[str, float]:
    """Return the exponents that follow from each version of the parametric law."""
    found = _versions()
    suffixes = {"": "printed", "_tex": "tex", "_drawn": "drawn", "_refit": "refit"}
    a = {suffix: found[name][0] for suffix, name in suffixes.items()}
    return {f"C3.a{suffix}": value for suffix, value in a.items()} | {
        f"C3.b{suffix}": 1 - value for suffix, value in a.items()
    }


def _versions() -> dict[str, tuple[float, float]]:
    """Return a and the optimal size at the compute of Gopher, by each version of the law."""
    found = {name: at_gopher(law(name)) for name in (*LAWS, "refit")}
    return found | {"drawn": drawn_frontier()}


@claims.answers("C3.a_low", "C3.a_high", "C3.b_low", "C3.b_high")
def drawn_interval() -> dict[str, float]:
    """Return the 80 % interval of the exponents over the faint lines of Figure 4."""
    lines = drawn_lines()
    low, high = lines.loc[lines["kind"] == "faint", "a"].quantile([0.1, 0.9])
    return {"C3.a_low": low, "C3.a_high": high, "C3.b_low": 1 - high, "C3.b_high": 1 - low}


@claims.answers("C4")
def coefficients() -> dict[str, float]:
    """Return the coefficients of the curves drawn in Figure 4, and those of our fit."""
    drawn = {f"C4.{name}": value for name, value in law("plotted").to_dict().items()}
    return drawn | {f"C4.{name}_refit": value for name, value in law("refit").to_dict().items()}


@claims.answers("C5")
def gopher_size() -> dict[str, float]:
    """Return the optimal size at the compute of Gopher, by each version of the law."""
    size = {name: params for name, (_, params) in _versions().items()}
    printed = {"C5.params": size.pop("printed")}
    return printed | {f"C5.params_{name}": params for name, params in size.items()}


@claims.answers("C6")
def table_3() -> dict[str, float]:
    """Return the exponent through the rows of Table 3, and 6 N D for each row."""
    exponent = -float(allocation_law("approach_1").alpha)
    return {"C6.a": exponent} | _six_nd("C6.flops_", "approach_1")


@claims.answers("C7")
def table_a3() -> dict[str, float]:
    """Return the exponents through the rows of Table A3, and 6 N D for each row."""
    return {
        "C7.a_approach_2": -float(allocation_law("approach_2").alpha),
        "C7.a_approach_3": -float(allocation_law("approach_3").alpha),
        "C7.a_approach_3_printed": -float(allocation_law("approach_3", corrected=False).alpha),
        **_six_nd("C7.flops_approach_2_", "approach_2"),
        **_six_nd("C7.flops_approach_3_", "approach_3"),
    }


def _six_nd(prefix: str, approach: str) -> dict[str, float]:
    table = allocation(approach)
    return _by_size(prefix, table["params"], training_flops(table["params"], table["tokens"]))


def _by_size(prefix: str, sizes: Iterable[float], values: Iterable[float]) -> dict[str, float]:
    return {f"{prefix}{_size(n)}": float(x) for n, x in zip(sizes, values, strict=True)}


def _size(count: float) -> str:
    """Return a size as it is spoken: 400M, 67B, 10T."""
    for unit, letter in ((1e12, "T"), (1e9, "B")):
        if count >= unit and (count / unit).is_integer():
            return f"{count / unit:.0f}{letter}"
    return f"{count / 1e6:.0f}M"


@claims.answers("C8")
def table_a4() -> dict[str, float]:
    """Return the exact FLOPs over 6 N D, without embedding and logits."""
    table = flop_ratios()
    return _by_size("C8.", table["params"], table["ours"])


@claims.answers("C9")
def table_a9() -> dict[str, float]:
    """Return the parameters of the 50 models from their shapes."""
    table = models()
    return _by_size("C9.", table["params"], table["params_hoffmann"])


@claims.answers("C10")
def size_at_1e21() -> dict[str, float]:
    """Return the optimal size at 1e21 FLOPs: by Table 3, by the runs, and by Kaplan's law.

    Kaplan's law is in the least compute that reaches a loss, half of what is spent at the
    critical batch size (kaplan2020, section 6.3).
    """
    minima = isoflop_frontier().points.set_index("flops")["params"]
    kaplan = load("kaplan2020", "trends").set_index("name")
    level, exponent = (float(kaplan[x]["params"]) for x in ("value_at_pf_day", "exponent"))

    def by_kaplan(flops: float) -> float:
        return float(level * (flops / PF_DAY) ** exponent)

    return {
        "C10.params": float(allocation_law("approach_1").predict(1e21)),
        "C10.params_parabola": float(minima[1e21]),
        "C10.params_kaplan": by_kaplan(1e21 / 2),
        "C10.params_kaplan_full": by_kaplan(1e21),
    }


@claims.answers("C11")
def large_models() -> dict[str, float]:
    """Return compute and tokens for which three large sizes are optimal, by the printed tables."""
    flops = {size: optimal_flops("approach_2", size) for size in (175e9, 280e9, 1e12)}
    tokens = allocation_law("approach_2", "tokens")
    return {
        "C11.flops_175B": flops[175e9],
        "C11.tokens_175B": float(tokens.predict(flops[175e9])),
        "C11.flops_280B": flops[280e9],
        "C11.flops_280B_table3": optimal_flops("approach_1", 280e9),
        "C11.tokens_280B": float(tokens.predict(flops[280e9])),
        "C11.flops_1T": flops[1e12],
        "C11.flops_1T_table3": optimal_flops("approach_1", 1e12),
        "C11.over_gopher": float(claims["C11.flops_1T"].printed) / GOPHER_FLOPS,
    }


@claims.answers("C12")
def chinchilla() -> dict[str, float]:
    """Return size, tokens and compute of Chinchilla and of Gopher."""
    return {
        "C12.params": CHINCHILLA[0],
        "C12.tokens": CHINCHILLA[1],
        "C12.flops": float(training_flops(*CHINCHILLA)),
        "C12.gopher_params": GOPHER[0],
        "C12.gopher_tokens": GOPHER[1],
        **_gopher_flops(),
    }


def _gopher_flops() -> dict[str, float]:
    """Return the training compute of Gopher by the terms of Appendix F, and as 6 N D.

    The appendix gives relative positions no FLOPs; a fifth matrix in each attention layer, which
    the sizes of Table A9 need, costs one more multiplication.
    """
    shape, tokens = GOPHER_SHAPE, GOPHER[1]
    listed = float(flops_per_token(shape, "hoffmann-text"))
    fifth = float(FLOPS_PER_PARAM_TOKEN * shape.n_layers * shape.d_model * shape.d_attn)
    return {
        "C12.gopher_flops": listed * tokens,
        "C12.gopher_flops_five": (listed + fifth) * tokens,
        "C12.gopher_flops_6nd": float(training_flops(*GOPHER)),
        "C12.gopher_flops_other": (listed + fifth) * tokens,
    }


@claims.answers("C16")
def labels_of_figure_3() -> dict[str, float]:
    """Return size and tokens at the compute of Gopher by approach 2: by Table A3, and by runs."""
    runs = isoflop_frontier().optimal(flops=GOPHER_FLOPS)
    return {
        "C16.params": float(allocation_law("approach_2").predict(GOPHER_FLOPS)),
        "C16.params_runs": float(runs.params),
        "C16.tokens": float(allocation_law("approach_2", "tokens").predict(GOPHER_FLOPS)),
        "C16.tokens_runs": float(runs.tokens),
    }


@claims.answers("C17")
def labels_of_figure_2() -> dict[str, float]:
    """Return size and tokens at the compute of Gopher by the stand-in for approach 1."""
    found = envelope_frontier().optimal(flops=GOPHER_FLOPS)
    return {"C17.params": float(found.params), "C17.tokens": float(found.tokens)}


@claims.answers("C18")
def tenfold_by_kaplan() -> dict[str, float]:
    """Return how size and tokens grow for ten times the compute, by Kaplan's exponents."""
    table = load("hoffmann2022", "table2_exponents").set_index("approach")
    a, b = (float(table[name]["kaplan_2020"]) for name in "ab")
    return {"C18.params": 10.0**a, "C18.tokens": 10.0**b}


@claims.answers("C19", "C20")
def range_of_runs() -> dict[str, float]:
    """Return the fewest and the most tokens of a run, and how many runs are of large models."""
    runs = load("hoffmann2022", "figure4_points")
    return {
        "C19.tokens_low": float(runs["tokens"].min()),
        "C19.tokens_high": float(runs["tokens"].max()),
        "C20.share": float((runs["params_table_a9"] > 500e6).mean()),
    }


APPENDIX_MODELS = ((2.80e9, 5e6), (4.74e9, 5e6), (417e6, 5e5), (680e6, 5e5))
"""Parameters of models in Appendices D.4 and G, and half of the last digit that is printed."""


@claims.answers("C21")
def models_not_listed() -> dict[str, float]:
    """Count the models of two appendices that are not in Table A9, the list of all models."""
    listed = models()["params"]
    missing = [n for n, half in APPENDIX_MODELS if not (listed - n).abs().le(half).any()]
    return {"C21.missing": float(len(missing))}


@claims.answers("I1")
def mirrored_intervals() -> dict[str, float]:
    """Return the interval of b that follows from that of a, since b = 1 - a by Eq. 4."""
    table = load("hoffmann2022", "table2_exponents").set_index("approach")
    answers = {}
    for approach in TABLES:
        answers[f"I1.{approach}.b_low"] = 1 - table["a_p90"][approach]
        answers[f"I1.{approach}.b_high"] = 1 - table["a_p10"][approach]
    return answers


@claims.answers("I2")
def exponents_outside() -> dict[str, float]:
    """Return the four exponents that the paper gives for approach 3, one way or another."""
    found = _versions()
    a = {name: found[name][0] for name in ("printed", "tex", "drawn")}
    a["table_a3"] = -float(allocation_law("approach_3").alpha)
    return {f"I2.a_{name}": value for name, value in a.items()}


@claims.answers("I3")
def tokens_per_param() -> dict[str, float]:
    """Return the tokens per parameter that the law asks for at the compute of Gopher."""
    return {
        f"I3.ratio_{name}": float(law(name).optimal(flops=GOPHER_FLOPS).tokens_per_param)
        for name in LAWS
    }


@claims.answers("I4")
def mmlu_in_table_6() -> dict[str, float]:
    """Return the accuracy that Table 6 prints for Chinchilla."""
    return {"I4.mmlu": float(claims["C15.mmlu_chinchilla"].printed)}
