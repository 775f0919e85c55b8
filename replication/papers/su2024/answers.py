"""The claims of su2024 that can be tested without its data."""

import numpy as np
import pandas as pd

from replication.claims import Answer, ClaimSet
from replication.claims.verdict import ranking
from replication.datasets import published
from replication.laws import KaplanSteps, KaplanTraining
from replication.papers.su2024.data import KEY, LARGE
from replication.papers.su2024.fits import carried_over, critical_batch, errors, fitted
from replication.papers.su2024.predictions import steps_needed

__all__ = [
    "claims",
    "printed_law",
]

claims = ClaimSet(KEY)


@claims.answers("S1.trajectory")
def trajectory() -> Answer:
    """Hold the errors of the law at larger models against those of no law."""
    return Answer(ranking({"carried over": _rms(carried_over()), "law": _rms(errors("batch"))}))


def _rms(table: pd.DataFrame) -> float:
    """Return the rms error of the larger models, on average."""
    return float(table.loc[list(LARGE), "rms"].mean())


def printed_law() -> KaplanTraining:
    """Return the law with the printed constants of kaplan2020, Tables 3 and 5.

    Examples
    --------
    >>> printed_law().alpha_S
    0.76
    """
    steps = published("kaplan2020", "steps")
    assert isinstance(steps, KaplanSteps)
    return KaplanTraining.join(steps, critical_batch())


@claims.answers("S1.constants")
def constants() -> Answer:
    """Hold the errors of kaplan2020's constants against those of constants estimated here.

    On models that neither was fitted to: on the small ones the estimate is the best there is.
    """
    sources = {"kaplan2020": printed_law(), "estimated": fitted("batch").law}
    rms = {k: _rms(errors("batch", law)) for k, law in sources.items()}
    return Answer(ranking(rms))


@claims.answers("S1.minimum")
def minimum() -> float:
    """Return how far the larger models stayed above their predicted minimum, at the least."""
    table = steps_needed()
    return float((table["loss"] - table["minimum"]).min())


@claims.answers("S3")
def balance() -> dict[str, float]:
    """Return what a batch costs in steps and in tokens, by the fitted law solved for a loss."""
    law = fitted("batch").law
    assert isinstance(law, KaplanTraining)
    loss, params = 3.5, 1e8
    fewest = law.steps_law.steps_to(loss, params)
    critical = law.batch_law.batch(loss)
    tiny = 1e-12 * critical
    least = float(np.asarray(law.batch_law.steps(fewest, tiny, loss))) * tiny
    batches = critical * np.array([1.0, 0.1, 7.0])
    steps = np.asarray(law.batch_law.steps(fewest, batches, loss))
    product = (steps / fewest - 1) * (steps * batches / least - 1)
    return {
        "S3.steps": float(steps[0] / fewest),
        "S3.tokens": float(steps[0] * batches[0] / least),
        "S3.product": float(product[np.argmax(np.abs(product - 1))]),
    }
