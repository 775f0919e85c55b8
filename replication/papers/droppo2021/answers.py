"""The claims of droppo2021 that can be judged: its directions, on speech of our own."""

import numpy as np

from replication.claims import Answer, ClaimSet
from replication.claims.verdict import ranking
from replication.papers.droppo2021.data import speech
from replication.papers.droppo2021.fits import fitted, held_out

__all__ = ["claims"]

claims = ClaimSet("droppo2021")


@claims.answers("A.size")
def by_size() -> float:
    """Return the slope of log loss in log size at the most data, by least squares."""
    runs = speech()
    most = runs[runs["tokens"] == runs["tokens"].max()]
    return float(np.polyfit(np.log(most["params"]), np.log(most["loss"]), 1)[0])


@claims.answers("A.data")
def by_data() -> float:
    """Return the slope of log loss in log frames for the largest model, by least squares."""
    runs = speech()
    largest = runs[runs["params"] == runs["params"].max()]
    return float(np.polyfit(np.log(largest["tokens"]), np.log(largest["loss"]), 1)[0])


@claims.answers("A.floor")
def floor() -> Answer:
    """Hold the misfit of the joint form against that of Kaplan's, which has no floor."""
    found = {name: float(np.std(fitted(name).residuals)) for name in ("KaplanJoint", "DroppoJoint")}
    return Answer(ranking({"without": found["KaplanJoint"], "with": found["DroppoJoint"]}))


@claims.answers("K.held")
def held() -> Answer:
    """Hold the errors of Chinchilla's law and of the joint form on larger speech models."""
    errors = {}
    for said, name in (("sum", "Chinchilla"), ("joint", "DroppoJoint")):
        rows = held_out(name)
        errors[said] = float(np.mean(np.abs(np.log(rows["predicted"] / rows["observed"]))))
    return Answer(ranking(errors))


@claims.answers("D.hours")
def hours() -> float:
    """Return the hours of speech that the paper trained on, which we take as given."""
    return 23_000.0


@claims.answers("D.rate")
def rate() -> float:
    """Return the frames per second of the paper, which we take as given."""
    return 100.0
