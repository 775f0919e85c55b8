"""The claims of anagnostidis2023 that can be tested without its coefficients."""

from collections import Counter

import numpy as np

from replication.claims import Answer, ClaimSet
from replication.datasets import models
from replication.papers.anagnostidis2023.curves import KEY, PAIR, laws
from replication.papers.anagnostidis2023.paths import (
    PAIR_TARGET,
    START,
    brute_force,
    pair_path,
    path,
)

__all__ = ["claims"]

claims = ClaimSet(KEY)


@claims.answers("A2")
def rule() -> dict[str, float]:
    """Hold the switch of the rule, and its cost, against the best switch by brute force."""
    first, second = laws(sizes=PAIR).values()
    loss, flops = brute_force(first, second, START, PAIR_TARGET)
    found = pair_path()
    # Brute force pays for the first shape from the beginning, whoever else might begin cheaper.
    own = (
        float(found.flops(PAIR_TARGET)) - float(found.flops(START)) + float(first.input_for(START))
    )
    # Rounded to what the grid, and a float, can tell, so that machines agree.
    return {
        "A2.switch": abs(round(float(found.switches[0]) - loss, 6)),
        "A2.flops": abs(round(own / flops - 1, 12)),
    }


@claims.answers("A3")
def order() -> dict[str, Answer]:
    """Say whether the path goes from small to large, and comes back to no shape."""
    names = path().names
    sizes = models("hagele2024").set_index("size")["params"].loc[list(names)].to_numpy()
    return {
        "A3.order": Answer(float(np.log(sizes[1:] / sizes[:-1]).min())),
        "A3.intervals": Answer(float(max(Counter(names).values()))),
    }
