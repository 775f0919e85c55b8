"""Runs that a law would give: a design of sizes and tokens, and losses with noise on them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from replication.counting import FLOPS_PER_PARAM_TOKEN
from replication.counting.numbers import positive, single, whole
from replication.errors import ArgumentError, one_of_names, shown
from replication.fitting.frame import as_frame, column
from replication.fitting.given import LawLike, law_of

DESIGNS = {
    "isoflop": "several budgets, and at each models of several sizes around one ratio",
    "ladder": "models of several sizes, all with the same tokens per parameter",
    "factorial": "every one of several sizes with every one of several numbers of tokens",
}
"""How small runs can be laid out."""
RATIO = 20.0
"""Tokens per parameter around which a design is laid."""
SPREAD = 4.0
"""Factor by which the sizes of one budget reach to either side."""
NOISE = 0.004
"""Standard deviation of the log loss between repeated runs, where nothing else is said."""


def layout(
    design: str,
    *,
    flops: float,
    runs: int = 25,
    span: float = 100.0,
    tokens_per_param: float = RATIO,
    spread: float = SPREAD,
) -> pd.DataFrame:
    """Lay out small runs that cost a given compute together.

    Parameters
    ----------
    design : str
        A name in `DESIGNS`. ``isoflop``: about sqrt(runs) budgets, each with sizes from 1/`spread`
        to `spread` times the one that has `tokens_per_param`. ``ladder``: every size has
        `tokens_per_param`. ``factorial``: about sqrt(runs) sizes by as many numbers of tokens.
    flops : float
        Compute of all runs together, 6 N D summed, in FLOPs.
    runs : int
        How many runs, from 4; isoFLOP and factorial designs take the nearest full grid.
    span : float
        Compute of the largest over that of the smallest budget (or run), above 1.
    tokens_per_param : float
        Ratio D/N around which the design is laid.
    spread : float
        Of the sizes of one budget in an isoFLOP design, above 1.

    Returns
    -------
    DataFrame
        One row a run: ``params``, ``tokens`` (counts), ``flops`` = 6 N D, and ``budget``, the
        nominal compute of its slice (its own, where there are no slices). The sum of ``flops`` is
        what was asked for.

    Raises
    ------
    UnknownNameError
        If there is no such design.
    ArgumentError
        If a number is not positive, `span` or `spread` are not above 1, or there are too few runs.

    Examples
    --------
    >>> runs = layout("ladder", flops=1e20, runs=5)
    >>> float((runs["flops"].sum() / 1e20).round(9))
    1.0
    >>> (runs["tokens"] / runs["params"]).round(6).tolist()
    [20.0, 20.0, 20.0, 20.0, 20.0]
    >>> layout("isoflop", flops=1e20, runs=25)["budget"].nunique()
    5
    """
    one_of_names("design", design, DESIGNS)
    count = whole("runs", runs, 4)
    total, span, ratio, spread = (
        single(name, positive(name, value))
        for name, value in (
            ("flops", flops),
            ("span", span),
            ("tokens_per_param", tokens_per_param),
            ("spread", spread),
        )
    )
    for name, value in (("span", span), ("spread", spread)):
        if value <= 1:
            raise ArgumentError(f"{name} is {shown(value)}; a factor above 1 is expected.")
    side = max(2, round(np.sqrt(count)))
    if design == "ladder":
        budget = np.geomspace(1.0, span, count)
        shift = np.zeros(count)
    elif design == "isoflop":
        slices, sizes = np.geomspace(1.0, span, side), np.geomspace(1 / spread, spread, side)
        budget, shift = np.repeat(slices, side), np.tile(np.log(sizes), side)
    else:
        # Along both axes half of the span, so that the corners are the smallest and largest runs.
        steps = np.linspace(0.0, 0.5 * np.log(span), side)
        sizes, tokens = (x.ravel() for x in np.meshgrid(steps, steps, indexing="ij"))
        budget, shift = np.exp(sizes + tokens), 0.5 * (sizes - tokens)
    budget = budget * (total / budget.sum())
    params = np.sqrt(budget / (FLOPS_PER_PARAM_TOKEN * ratio)) * np.exp(shift)
    tokens = budget / (FLOPS_PER_PARAM_TOKEN * params)
    return pd.DataFrame({"params": params, "tokens": tokens, "flops": budget, "budget": budget})


def simulate(
    law: LawLike,
    design: pd.DataFrame | Mapping[str, ArrayLike],
    *,
    noise: float = NOISE,
    seed: int = 0,
) -> pd.DataFrame:
    """Draw the losses that runs of a design would have if a law held.

    The loss of a run is L exp(e): the law's, times noise that is normal in the logarithm.

    Parameters
    ----------
    law : Law, Fit, Bootstrap or Evidence
        What holds.
    design : DataFrame or mapping
        One row a run with the inputs of the law in SI counts, as `layout` gives it.
    noise : float
        Standard deviation of e; zero for none. Repeated runs of the corpus scatter by some .002
        to .01.
    seed : int
        Seed of numpy's default generator.

    Returns
    -------
    DataFrame
        The design with the response of the law (``loss`` in nats per token).

    Raises
    ------
    ArgumentError
        If `noise` is negative.
    DataError
        If the design lacks an input of the law.

    Examples
    --------
    >>> import replication as rp
    >>> law = rp.published("hoffmann2022", "tex")
    >>> runs = rp.simulate(law, rp.layout("isoflop", flops=1e21), noise=0.0)
    >>> round(rp.fit("Chinchilla", runs).law.alpha, 4) == round(law.alpha, 4)
    True
    """
    model = law_of(law)
    size = single("noise", noise)
    if size < 0:
        raise ArgumentError(f"noise is {shown(noise)}; zero or more is expected, such as {NOISE}.")
    frame = as_frame(design)
    name = type(model).__name__
    inputs = [column(frame, given, name, model.inputs) for given in model.inputs]
    exact = np.asarray(model.predict(*inputs), dtype=np.float64)
    draws: Any = np.random.default_rng(whole("seed", seed, 0)).normal(0.0, 1.0, len(frame))
    return frame.assign(**{model.response: exact * np.exp(size * draws)})
