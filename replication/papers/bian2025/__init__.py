"""Bian et al. (2025): a law that knows the shape of a model, from the authors' runs."""

from replication.papers.bian2025.data import (
    ANCHOR,
    FIT_SETS,
    FITTED_SIZES,
    LARGE,
    fitted_runs,
    gpu_latency,
    held_out,
    large_runs,
    models,
    runs,
)
from replication.papers.bian2025.decoder import Decoder, Work, shape_of, work
from replication.papers.bian2025.fits import (
    LAWS,
    law_fit,
    paper_fit,
    predict,
    rank_correlation,
    rank_correlations,
    relative_errors,
    scores,
)
from replication.papers.bian2025.trials import (
    Trials,
    percentile_of,
    selection,
    selections,
    trials,
)

__all__ = [
    "ANCHOR",
    "FITTED_SIZES",
    "FIT_SETS",
    "LARGE",
    "LAWS",
    "Decoder",
    "Trials",
    "Work",
    "fitted_runs",
    "gpu_latency",
    "held_out",
    "large_runs",
    "law_fit",
    "models",
    "paper_fit",
    "percentile_of",
    "predict",
    "rank_correlation",
    "rank_correlations",
    "relative_errors",
    "runs",
    "scores",
    "selection",
    "selections",
    "shape_of",
    "trials",
    "work",
]
