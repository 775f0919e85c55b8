"""Laws, draws, prices and hardware as the numbers that a page is given."""

import json
from html import escape
from typing import Any

import numpy as np

from replication import game
from replication._docstrings import first_line
from replication.counting import FLOP_CONVENTIONS, PARAM_CONVENTIONS
from replication.datasets import load
from replication.fitting import Evidence
from replication.fitting.forecasts import COPIES
from replication.fitting.intervals import LEVEL
from replication.papers import sardana2024
from replication.plans import Source, answering
from replication.plans.sources import rounded

CHIP = ("H100", "bf16")
"""What the form begins with."""
MODEL = {
    "layers": 32,
    "width": 4096,
    "heads": 32,
    "ffw": 11008,
    "vocab": 32000,
    "context": 4096,
}
"""The shape that the calculator begins with: a usual one of seven billion parameters."""
POSITIONED = {
    "none": "fixed or rotary ones",
    "learned": "a vector for each",
    "relative": "one more projection a layer",
}


def embedded(name: str, data: dict[str, Any] | None = None, without: str = "") -> str:
    """Return the place of an instrument on a page, with its data, as HTML.

    Parameters
    ----------
    name : str
        The instrument, ``"planner"`` for example; the script of that name fills its place.
    data : dict, optional
        What it is given; anything that JSON holds, infinities and NaN excepted.
    without : str
        What is said where no script runs; nothing by default, where a figure stands beside it.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> print(embedded("planner", {"level": 0.8}, "This needs a script."))
    <div class="instrument" data-instrument="planner">
    <script type="application/json">{"level":0.8}</script>
    <noscript><p>This needs a script.</p></noscript></div>
    """
    # An end tag inside a string would end the script.
    text = json.dumps(data or {}, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    text = text.replace("</", "<\\/")
    said = f"<noscript><p>{escape(without)}</p></noscript>" if without else ""
    return (
        f'<div class="instrument" data-instrument="{escape(name)}">\n'
        f'<script type="application/json">{text}</script>\n'
        f"{said}</div>"
    )


def planner() -> dict[str, Any]:
    """Return what the planner is given: laws with draws, scatter and drift; hardware and prices.

    Returns
    -------
    dict
        Plain numbers, texts and lists of them.

    Examples
    --------
    >>> sorted(planner())[:4]
    ['chip', 'dated', 'deployment', 'hardware']
    """
    hardware: Any = load("sardana2024", "hardware")
    rent: Any = load("sardana2024", "deployments").set_index("name").loc["default"]
    asked = sardana2024.demand(1.0)
    dates = sorted(set(hardware["date"]))
    served = " ".join(map(str, (rent["inference_accelerator"], rent["inference_precision"])))
    return {
        "level": LEVEL,
        "sources": [exported(source) for source in answering().values()],
        "hardware": [
            {
                "name": f"{row.accelerator} {row.precision}",
                "peak": float(row.peak_flops_per_second),
                "price": float(row.dollars_per_hour),
            }
            for row in hardware.itertuples()
        ],
        "chip": " ".join(CHIP),
        "serveChip": served,
        "deployment": {
            "mfu": float(rent["train_utilisation"]),
            "input": float(rent["input_utilisation"]),
            "output": float(rent["output_utilisation"]),
            "read": float(f"{asked['input_tokens'] / sum(asked.values()):.2g}"),
        },
        "dated": "Peak speeds and prices are those of the scripts of Sardana et al., as of "
        f"{' and '.join(dates)}; put in your own.",
    }


def calculator() -> dict[str, Any]:
    """Return what the calculator is given: what each convention counts, and a model to begin with.

    Returns
    -------
    dict
        ``params`` and ``flops``: a sentence by the name of the convention; ``positions``: what may
        learn them; ``start``: the fields of the form.

    Examples
    --------
    >>> calculator()["params"]["kaplan"][:28]
    'Count the layers only: N = 2'
    """
    said = {
        name: {convention: first_line(rule) for convention, rule in rules.items()}
        for name, rules in (("params", PARAM_CONVENTIONS), ("flops", FLOP_CONVENTIONS))
    }
    return said | {
        "positions": [[name, f"{name}: {words}"] for name, words in POSITIONED.items()],
        "start": {name: str(value) for name, value in MODEL.items()}
        | {"positions": "none", "gated": "1", "tied": "", "head": "", "kv": "", "tokens": "1.4T"},
    }


def spend_a_budget() -> dict[str, Any]:
    """Return what the game is given: the laws of which a seed hides one, and the rules.

    Returns
    -------
    dict
        ``laws`` with their coefficients, ``scatter``, ``level``, ``purse`` (FLOPs), ``target`` and
        ``least`` (params and tokens), and ``most`` runs.

    Examples
    --------
    >>> len(spend_a_budget()["laws"]) == len(game.HIDDEN)
    True
    """
    named = zip(game.HIDDEN, game.hidden_laws(), strict=True)
    return {
        "laws": [
            {"key": key, "name": f"{key}, {name}"}
            | {field: float(value) for field, value in law.to_dict().items()}
            for (key, name), law in named
        ],
        "scatter": game.scatter(),
        "level": LEVEL,
        "purse": game.PURSE,
        "target": list(game.TARGET),
        "least": list(game.LEAST),
        "most": game.MOST_RUNS,
    }


def exported(source: Source) -> dict[str, Any]:
    """Return a law as plain numbers.

    Parameters
    ----------
    source : Source
        A law that the planner asks.

    Returns
    -------
    dict
        ``name``, ``key``, ``kind``, the coefficients, ``flops`` and ``ratio`` (ends of the runs),
        ``drift``; and of a law with draws these, the ``scatter`` of runs around them, several for
        each draw, and whether it is ``relative``.

    Examples
    --------
    >>> from replication.laws import PowerLaw
    >>> line = Source("a line", "kaplan2020", None, PowerLaw(A=0.1, alpha=-0.5))
    >>> exported(line)["alpha"], exported(line)["kind"]
    (-0.5, 'line')
    """
    law = source.line if source.evidence is None else source.evidence.law
    found: dict[str, Any] = {
        "name": source.name,
        "key": source.key,
        "kind": source.kind,
        "flops": source.flops,
        "ratio": source.ratio,
        "drift": source.drift,
    }
    found |= {name: float(value) for name, value in ({} if law is None else law.to_dict()).items()}
    return found | ({} if source.evidence is None else _how_sure(source.evidence))


def _how_sure(evidence: Evidence[Any]) -> dict[str, Any]:
    noise, draws = evidence.noise, evidence.draws
    if noise is None or draws is None:
        return {}
    # The scatter that `Noise.added` puts on draws, taken off ones on which it is all there is.
    alike = np.ones((evidence.count, 1)) if noise.log else np.zeros((evidence.count, 1))
    scatter = noise.added(alike)[:, 0]
    if len(scatter) != COPIES * evidence.count:
        raise AssertionError("a draw has another number of residuals than the page expects")
    return {
        "draws": {name: rounded(values) for name, values in draws.to_dict().items()},
        "scatter": rounded(np.log(scatter) if noise.log else scatter),
        "relative": noise.log,
    }
