"""Gadre et al. (2024): loss and downstream error of over-trained models, extrapolated.

The authors published the final losses and accuracies of all 104 runs; both of their laws are fitted
again to the five and six small runs that they used, and judged on the others.
"""

from replication.papers.gadre2024.data import EVAL_SET, SIZES, TRAIN_SETS, runs

__all__ = ["EVAL_SET", "SIZES", "TRAIN_SETS", "runs"]
