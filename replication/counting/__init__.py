"""Counting: parameters and training FLOPs of a transformer, under the papers' conventions."""

from replication.counting.aspect import aspect_ratio, embedding_scale, width
from replication.counting.flops import FLOP_CONVENTIONS, flops_per_token
from replication.counting.parameters import PARAM_CONVENTIONS, gated_width, params, parts
from replication.counting.rule import (
    FLOPS_PER_PARAM_INFERENCE_TOKEN,
    FLOPS_PER_PARAM_TOKEN,
    inference_flops,
    training_flops,
)
from replication.counting.rules_table import counted
from replication.counting.shape import Shape

__all__ = [
    "FLOPS_PER_PARAM_INFERENCE_TOKEN",
    "FLOPS_PER_PARAM_TOKEN",
    "FLOP_CONVENTIONS",
    "PARAM_CONVENTIONS",
    "Shape",
    "aspect_ratio",
    "counted",
    "embedding_scale",
    "flops_per_token",
    "gated_width",
    "inference_flops",
    "params",
    "parts",
    "training_flops",
    "width",
]
