"""The functions behind the claims."""

from replication.claims import Answer, ClaimSet, ranking
from replication.papers.bian2025.ablation import trials
from replication.papers.bian2025.data import LARGE, gpu_latency, large_runs, runs
from replication.papers.bian2025.fits import (
    paper_fit,
    predict,
    rank_correlation,
    relative_errors,
    scores,
    unbounded_law,
)

__all__ = ["PAIR", "TRIALS", "claims", "printed_predictions", "trial"]

claims = ClaimSet("bian2025")

PAIR = ("chinchilla", "shape")
"""The two laws that the paper sets against each other."""
TRIALS = {"random": "the paper's", "trial2": "trial 2", "trial4": "trial 4"}
"""Fits to six runs whose predictions the repository prints, by the names of their claims."""


def printed_predictions(chosen: str, name: str) -> list[float]:
    """Return the losses that the repository prints for the four large models.

    Parameters
    ----------
    chosen : str
        The runs of the fit: ``"24runs"``, one of `TRIALS`, or ``""`` for the 27 runs.
    name : str
        One of `PAIR`.

    Returns
    -------
    list of float
        In nats per token, in the order of `large_runs`.

    Raises
    ------
    UnknownNameError
        If there is no such fit.

    Examples
    --------
    >>> printed_predictions("24runs", "chinchilla")
    [2.8092, 2.8263, 2.8099, 2.8511]
    """
    prefix = ".".join(filter(None, ("B6", chosen, name)))
    return [float(claims[f"{prefix}.{model}"].printed) for model in large_runs()["model"]]


def trial(name: str) -> int:
    """Return which selection of six runs a printed trial used.

    It is the one that meets the printed predictions of the shape-aware law best; those of the
    other law are left as a test.

    Parameters
    ----------
    name : str
        One of `TRIALS`.

    Returns
    -------
    int
        Row of `selections`.

    Examples
    --------
    >>> from replication.papers.bian2025.ablation import selection
    >>> selection(trial("random"))["model"].tolist()
    ['80m_v5', '116m_v4', '164m_v7', '237m_v2', '313m_v3', '80m_v4']
    """
    return int(trials("shape").matching(printed_predictions(name, "shape")).index[0])


@claims.answers("B1", "B2")
def whole_scores() -> dict[str, float]:
    """Return the scores of both laws over all runs, those of the fit included."""
    found = {name: scores(predict(paper_fit(name).law, runs()), runs()) for name in PAIR}
    return {f"B1.{name}": float(score["mse"]) for name, score in found.items()} | {
        f"B2.{name}": float(score["r2"]) for name, score in found.items()
    }


@claims.answers("B3", "B4")
def large_models() -> dict[str, float]:
    """Return errors in percent and rank correlations on the four large models."""
    table = large_runs()
    predicted = {name: predict(paper_fit(name).law, table) for name in PAIR}
    errors = {name: 100 * relative_errors(values, table) for name, values in predicted.items()}
    return {
        "B3.chinchilla_low": float(errors["chinchilla"].min()),
        "B3.chinchilla_high": float(errors["chinchilla"].max()),
        "B3.shape_high": float(errors["shape"].max()),
    } | {f"B4.{name}": float(rank_correlation(predicted[name], table)) for name in PAIR}


@claims.answers("B5", "B10.order")
def six_runs() -> dict[str, float | Answer]:
    """Return the scores after a fit to the six runs of the ablation."""
    row = {name: trials(name).table.iloc[trial("random")].to_dict() for name in PAIR}
    return {f"B5.{name}_{score}": row[name][score] for name in PAIR for score in ("mse", "r2")} | {
        "B5.chinchilla_low": 100 * row["chinchilla"]["large_low"],
        "B5.chinchilla_high": 100 * row["chinchilla"]["large_high"],
        "B10.order": Answer(ranking({name: row[name]["mse"] for name in PAIR})),
    }


@claims.answers("B6")
def large_predictions() -> dict[str, float]:
    """Return the predicted losses of the four large models under every printed fit."""
    table = large_runs()
    large = (runs()["size"] == LARGE).to_numpy()
    found: dict[str, float] = {}
    for name in PAIR:
        predicted = {
            "B6": predict(paper_fit(name).law, table),
            "B6.24runs": predict(unbounded_law(name, "24 runs"), table),
        } | {f"B6.{key}": trials(name).predicted[trial(key), large] for key in TRIALS}
        found |= {
            f"{key}.{name}.{model}": float(loss)
            for key, losses in predicted.items()
            for model, loss in zip(table["model"], losses, strict=True)
        }
    return found


@claims.answers("B7.latency", "B7.accuracy")
def printed_measurements() -> dict[str, float]:
    """Return the printed latencies in seconds, and accuracies, of eight models."""
    table = gpu_latency().set_index("model")
    return {f"B7.latency.{k}": float(v) for k, v in table["latency_seconds"].items()} | {
        f"B7.accuracy.{k}": float(v) for k, v in table["accuracy"].items()
    }


@claims.answers("B7.speedup")
def speedup() -> float:
    """Return how much faster the paper's model is than the one it is compared with."""
    table = gpu_latency().set_index("model")["latency_seconds"]
    return float(table["open-lm-1b"] / table["morph-1b"])


@claims.answers("B9")
def extent() -> dict[str, float]:
    """Return number, sizes and tokens of the runs."""
    table = runs()
    return {
        "B9.runs": len(table),
        "B9.params_low": float(table["params"].min() / 1e6),
        "B9.params_high": float(table["params"].max() / 1e9),
        "B9.tokens_low": float(table["tokens"].min() / 1e9),
        "B9.tokens_high": float(table["tokens"].max() / 1e9),
    }


@claims.answers("B11")
def without_long_runs() -> dict[str, float]:
    """Return the scores after a fit to the 24 runs at 20 tokens per parameter, without bounds."""
    found: dict[str, float] = {}
    for name in PAIR:
        score = scores(predict(unbounded_law(name, "24 runs"), runs()), runs())
        found |= {f"B11.{name}_{key}": float(value) for key, value in score.items()}
    return found
