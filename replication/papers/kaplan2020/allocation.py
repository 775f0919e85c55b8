"""Section 6, Table 6 and Appendix B of kaplan2020: how compute is best spent."""

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.laws import CriticalBatch, KaplanFlops, KaplanParams, KaplanSteps, KaplanTraining
from replication.papers.kaplan2020.constants import claims, law, printed, theory, trend
from replication.units import PF_DAY, pf_days_from_flops

__all__ = ["EXTRA_FLOPS", "with_table_5_size"]

NEARLY_CONVERGED = 0.02
"""Excess over the converged loss at which section B.3 calls a model trained to convergence."""
EXTRA_FLOPS = 0.2
"""Extra compute that section B.4 allows."""


def with_table_5_size() -> KaplanTraining:
    """Return the law behind Eq. 6.4: Table 3 with the alpha_N of Table 5.

    Examples
    --------
    >>> round(with_table_5_size().alpha_C, 4)
    0.052
    """
    size, steps = law(KaplanParams, "params"), law(KaplanSteps, "steps")
    joined = KaplanSteps(size.alpha_N, steps.alpha_S, size.N_c, steps.S_c)
    return KaplanTraining.join(joined, law(CriticalBatch, "critical_batch"))


@claims.answers("K13", "K14", "K15")
def predicted_exponents() -> dict[str, float]:
    """Return the exponents of loss and best size in C_min that the constants predict."""
    return {
        "K13.printed": float(with_table_5_size().alpha_C),
        "K13.steps": float(theory().alpha_C),
        "K14": float(theory().alpha_C),
        "K15.chain": printed("K13.printed") / law(KaplanParams, "params").alpha_N,
        "K15.constants": float(theory().a),
    }


@claims.answers("K16", "K17")
def other_exponents() -> dict[str, float]:
    """Return the exponents of steps and batch in C_min (Eq. 1.7 and 6.2)."""
    loss = law(KaplanFlops, "flops_min").alpha_C
    return {
        "K16.sum": 1 + trend("params").alpha + trend("batch").alpha,
        "K16.theory": loss / law(KaplanSteps, "steps").alpha_S,
        "K17": loss / law(CriticalBatch, "critical_batch").alpha_B,
    }


@claims.answers("K18", "K19")
def stopping() -> dict[str, float]:
    """Compare training to the best excess with training to near convergence (section B.3)."""
    steps = law(KaplanSteps, "steps")
    # The loss at the end cancels from every ratio.
    best, patient = (steps.reach(1.0, excess) for excess in (steps.best_excess, NEARLY_CONVERGED))
    size, time = best[0] / patient[0], best[1] / patient[1]
    return {
        "K18": 100 * float(steps.best_excess),
        "K19.size": float(size),
        "K19.steps": float(time),
        "K19.flops": float(size * time),
        "K19.fewer": float(1 / time),
        "K19.less": 100 * float(1 - size * time),
    }


@claims.answers("K20", "K21")
def off_the_optimum() -> dict[str, float]:
    """Return what a size off the best one costs (section B.4)."""
    steps = law(KaplanSteps, "steps")
    low, high = steps.size_window(EXTRA_FLOPS)
    other = printed("K20.high")  # the example of the text
    return {
        "K20.low": low,
        "K20.high": high,
        "K21.steps": 100 * (1 - float(steps.steps_ratio(other))),
        "K21.flops": 100 * (float(steps.flops_ratio(other)) - 1),
    }


@claims.answers("K22", "K23")
def critical_batches() -> dict[str, float]:
    """Return how the critical batch grows, and what it is at one PF-day."""
    table, text = law(CriticalBatch, "critical_batch"), law(CriticalBatch, "critical_batch_text")
    loss = law(KaplanFlops, "flops_min").loss(PF_DAY)
    return {
        "K22.drop": 100 * (1 - 2**-table.alpha_B),
        "K22.factor": float(table.batch(1 - printed("K22.drop") / 100) / table.batch(1.0)),
        "K23.table": float(table.batch(loss)),
        "K23.text": float(text.batch(loss)),
    }


@claims.answers("K24", "K25", "K26")
def at_one_pf_day() -> dict[str, float]:
    """Return steps and tokens that follow from the other rows of Table 6.

    At the critical batch a run takes twice the least compute, hence twice the tokens.
    """
    pairs = PF_DAY / FLOPS_PER_PARAM_TOKEN / float(trend("params").predict(PF_DAY))
    tokens = 2 * pairs
    return {
        "K24": pairs / float(trend("batch").predict(PF_DAY)),
        "K25": tokens,
        "K26": tokens,
    }


@claims.answers("K36")
def per_decade() -> dict[str, float]:
    """Return the growth of the best size and of its tokens for ten times the compute."""
    return {f"K36.{name}": float(10 ** -trend(name).alpha) for name in ("params", "tokens")}


@claims.answers("K32", "K33")
def appendix_against_fit() -> dict[str, float]:
    """Return the closed forms of Appendix B where the paper prints fitted values."""
    best = theory().optimal(flops=PF_DAY)
    return {
        "K32.table": float(pf_days_from_flops(theory("critical_batch").flops_law.C_c)),
        "K32.text": float(pf_days_from_flops(theory().flops_law.C_c)),
        "K33.params": float(best.params),
        "K33.steps": float(best.min_steps),
        "K33.exponent": float(theory().a),
    }
