"""The claims of shao2024 that its tables and its method allow."""

from replication.claims import ClaimSet
from replication.papers.shao2024.compute import RETRIEVER, datastore_tokens
from replication.papers.shao2024.retrieval import DOMAINS, changes
from replication.papers.shao2024.sampling import FRACTIONS, SEEDS, enough, simulate
from replication.papers.shao2024.tables import TENTH

__all__ = ["claims"]

claims = ClaimSet("shao2024")


@claims.answers("T")
def tokens() -> dict[str, float]:
    """Return the tokens of the datastore, in billions and in trillions."""
    return {"T.total": datastore_tokens() / 1e9, "T.title": datastore_tokens() / 1e12}


@claims.answers("B")
def survivors() -> dict[str, float]:
    """Return the chance that enough documents survive, for each share below the whole."""
    return {f"B.{p:g}": float(enough(p)) for p in FRACTIONS[:-1]}


@claims.answers("L.same")
def same() -> float:
    """Return how often both orders agree where enough survive: a tenth kept of 50 retrieved."""
    searches = simulate(0.1, retrieved=50)
    return float(searches.loc[searches["survivors"] >= 3, "same"].mean())


@claims.answers("L.saving")
def saving() -> float:
    """Return how often the naive pipeline embeds what the other embeds once."""
    return float(len(FRACTIONS) * len(SEEDS))


@claims.answers("L.sized")
def sized() -> float:
    """Return how many whole datastores the naive pipeline embeds: a subsample has its own size."""
    return sum(FRACTIONS) * len(SEEDS)


@claims.answers("R.retriever")
def retriever() -> float:
    """Return the parameters that the accounts use, in millions."""
    return RETRIEVER / 1e6


@claims.answers("F.nosaturation")
def falls() -> float:
    """Return the largest change of the loss from one of our datastores to the next, nats."""
    return max(float(changes(name)["change"].iloc[1:].max()) for name in DOMAINS)


@claims.answers("K")
def a_tenth() -> dict[str, float]:
    """Return what Table 6 prints for a tenth of the datastore."""
    return {"K.ppl": TENTH["ppl"], "K.nq": 100 * TENTH["nq"], "K.mmlu": 100 * TENTH["mmlu"]}
