"""Anagnostidis et al. (2023): adaptive paths through scaling laws, on the logs of hagele2024."""

from replication.papers.anagnostidis2023.answers import claims
from replication.papers.anagnostidis2023.curves import (
    FIRST_STEP,
    LARGEST,
    PAIR,
    SIZES,
    fitted,
    laws,
    points,
)
from replication.papers.anagnostidis2023.paths import (
    DRAWN,
    DRAWN_START,
    PAIR_TARGET,
    START,
    TARGET,
    TARGETS,
    brute_force,
    drawn_paths,
    followed,
    pair_path,
    path,
    savings,
)

__all__ = [
    "DRAWN",
    "DRAWN_START",
    "FIRST_STEP",
    "LARGEST",
    "PAIR",
    "PAIR_TARGET",
    "SIZES",
    "START",
    "TARGET",
    "TARGETS",
    "brute_force",
    "claims",
    "drawn_paths",
    "fitted",
    "followed",
    "laws",
    "pair_path",
    "path",
    "points",
    "savings",
]
