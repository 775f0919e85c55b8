"""Gadre et al. (2024): loss and downstream error of over-trained models, extrapolated.

The authors published the final losses and accuracies of all 104 runs. Both of their laws are fitted
again to the five and six runs that they used, judged on the others, and then on other choices.
"""

from replication.papers.gadre2024.answers import (
    TABLE_3,
    TABLE_3_TASKS,
    claims,
)
from replication.papers.gadre2024.data import EVAL_SET, SIZES, TRAIN_SETS, runs
from replication.papers.gadre2024.fits import (
    COMPUTE_OPTIMAL,
    FIT_SIZES,
    MOST_EPSILON,
    TARGETS,
    compute,
    error_fit,
    error_rows,
    fit_errors,
    loss_fit,
    loss_rows,
    predictions,
    target,
)
from replication.papers.gadre2024.fragility import (
    LEVEL,
    intervals,
    jackknife,
    other_designs,
    slopes,
    two_exponents,
    wider_fit,
)
from replication.papers.gadre2024.recipe import STARTS, CodeLaw, authors_fit
from replication.papers.gadre2024.tasks import (
    ALL,
    KEPT,
    RULE_MARGIN,
    RULE_SIZE,
    evaluated,
    gains,
    kept_tasks,
    mean_error,
    sampling_error,
    task_errors,
)

__all__ = [
    "ALL",
    "COMPUTE_OPTIMAL",
    "EVAL_SET",
    "FIT_SIZES",
    "KEPT",
    "LEVEL",
    "MOST_EPSILON",
    "RULE_MARGIN",
    "RULE_SIZE",
    "SIZES",
    "STARTS",
    "TABLE_3",
    "TABLE_3_TASKS",
    "TARGETS",
    "TRAIN_SETS",
    "CodeLaw",
    "authors_fit",
    "claims",
    "compute",
    "error_fit",
    "error_rows",
    "evaluated",
    "fit_errors",
    "gains",
    "intervals",
    "jackknife",
    "kept_tasks",
    "loss_fit",
    "loss_rows",
    "mean_error",
    "other_designs",
    "predictions",
    "runs",
    "sampling_error",
    "slopes",
    "target",
    "task_errors",
    "two_exponents",
    "wider_fit",
]
