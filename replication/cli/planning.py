"""``plan`` and ``count``: what to train, and what a model of a shape counts."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import replication as rp
from replication.cli.application import app
from replication.cli.fitting import JsonFlag, Level
from replication.cli.shown import as_json, count, digits, fixed, show_table
from replication.fitting.intervals import LEVEL
from replication.plans import UTILISATION
from replication.plans.machines import PRECISION

PANEL = "Planning"


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples: replication plan --flops 1e22 · replication plan --gpu-hours 5e4 --gpu H100 "
    "--utilisation 0.4 --tokens-served 1e12 · replication plan --dollars 1e6 --gpu H100 "
    "--fit fit.json",
)
def plan(
    flops: Annotated[float | None, typer.Option(help="Budget in FLOPs.")] = None,
    gpu_hours: Annotated[
        float | None, typer.Option(help="Budget in accelerator hours; needs --gpu.")
    ] = None,
    dollars: Annotated[float | None, typer.Option(help="Budget in dollars; needs --gpu.")] = None,
    target_loss: Annotated[
        float | None, typer.Option(help="Loss to reach, nats per token, instead of a budget.")
    ] = None,
    gpu: Annotated[
        str | None, typer.Option(metavar="NAME", help="A100_40, A100_80 or H100.")
    ] = None,
    precision: Annotated[
        str, typer.Option(help="In which it computes: bf16, fp8, int8.")
    ] = PRECISION,
    utilisation: Annotated[
        float, typer.Option(help="Share of its peak speed that is reached.")
    ] = UTILISATION,
    dollars_per_hour: Annotated[
        float | None, typer.Option(help="Its price; by default that of the dated table.")
    ] = None,
    tokens_served: Annotated[
        float, typer.Option(help="Tokens served over the lifetime, which the budget pays too.")
    ] = 0.0,
    unique_tokens: Annotated[
        float | None, typer.Option(help="Tokens of text that there are.")
    ] = None,
    fit: Annotated[
        list[Path] | None,
        typer.Option(metavar="FIT.JSON", help="A saved fit to ask too; may be given twice."),
    ] = None,
    law: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="Another law of the registry, such as corpus/llama3; may be given twice.",
        ),
    ] = None,
    level: Level = LEVEL,
    json_flag: JsonFlag = False,
) -> None:
    """Say what to train for a budget, under the laws of the planner and your own fits."""
    own: dict[str, Any] = {path.stem: rp.load_fit(path) for path in fit or []}
    own |= {address: rp.registry()[address] for address in law or []}
    found = rp.plan(
        flops=flops,
        gpu_hours=gpu_hours,
        dollars=dollars,
        target_loss=target_loss,
        gpu=gpu,
        precision=precision,
        utilisation=utilisation,
        dollars_per_hour=dollars_per_hour,
        tokens_served=tokens_served,
        unique_tokens=unique_tokens,
        laws=own,
        level=level,
    )
    if json_flag:
        budget = {"budget": found.budget, "how": found.how, "level": level}
        as_json(budget | {"laws": found.table, "failed": found.failed})
        return
    wanted: dict[str, Callable[[Any], str]] = {
        "law": str,
        "params": count,
        "tokens": count,
        "tokens_per_param": digits(3),
        "loss": fixed(3),
        "low": fixed(3),
        "high": fixed(3),
        "flops": digits(3),
        "epochs": digits(3),
        "gpu_hours": digits(3),
        "dollars": digits(3),
    }
    heads = {"tokens_per_param": "tokens/param", "gpu_hours": "GPU hours", "flops": "FLOPs"}
    kept = [name for name in wanted if name == "law" or found.table[name].notna().any()]
    rows = []
    for _, row in found.table.iterrows():
        far = row["flops_beyond"]
        mark = "unknown" if np.isnan(far) else "inside" if far == 1 else f"{far:.3g}x beyond"
        rows.append([*(wanted[name](row[name]) for name in kept), mark])
    head = [*(heads.get(name, name) for name in kept), "its runs"]
    show_table(rows, head, f"Budget: {found.how}", ["its runs"])
    for name, why in found.failed.items():
        print(f"{name}: {why}")
    print(
        "Losses are each law's own, of its text and tokenizer: compare sizes across laws, not "
        "losses. 'x beyond' is how far the training compute lies outside the runs behind the law."
    )


@app.command(
    name="count",
    rich_help_panel=PANEL,
    epilog="Example: replication count --layers 32 --width 4096 --heads 32 --vocab 32000 "
    "--context 4096 --gated --feed-forward 11008 --untied --tokens 2e12",
)
def count_(
    layers: Annotated[int, typer.Option(help="Number of layers.")],
    width: Annotated[int, typer.Option(help="Width of the residual stream, d_model.")],
    heads: Annotated[int, typer.Option(help="Attention heads a layer.")],
    vocab: Annotated[int, typer.Option(help="Tokens in the vocabulary.")],
    context: Annotated[int, typer.Option(help="Tokens in a training sequence.")] = 2048,
    feed_forward: Annotated[
        int | None, typer.Option(help="Width of the feed-forward layer; 4 x width by default.")
    ] = None,
    head_width: Annotated[
        int | None, typer.Option(help="Width of one head; width / heads by default.")
    ] = None,
    kv_heads: Annotated[
        int | None,
        typer.Option(help="Heads of keys and values, if heads of queries share them (GQA)."),
    ] = None,
    positions: Annotated[str, typer.Option(help="none, learned or relative.")] = "none",
    gated: Annotated[bool, typer.Option("--gated", help="Three feed-forward matrices.")] = False,
    untied: Annotated[bool, typer.Option("--untied", help="An output head of its own.")] = False,
    tokens: Annotated[
        float | None, typer.Option(help="Training tokens, for the compute of the run.")
    ] = None,
    json_flag: JsonFlag = False,
) -> None:
    """Count parameters and training FLOPs of a transformer under every convention."""
    shape = rp.counting.Shape(
        n_layers=layers,
        d_model=width,
        n_heads=heads,
        ffw_size=4 * width if feed_forward is None else feed_forward,
        vocab_size=vocab,
        context=context,
        kv_size=head_width,
        n_kv_heads=kv_heads,
        positions=positions,
        tied=not untied,
        gated=gated,
    )
    table = rp.counting.counted(shape, tokens)
    if json_flag:
        as_json(table)
        return
    writers = {"params": count, "flops_per_token": digits(4), "flops": digits(4)}
    for what in ("parameters", "FLOPs"):
        own = table[table["counts"] == what].dropna(axis="columns", how="all")
        kept = [name for name in writers if name in own]
        rows = [
            [row["convention"], *(writers[name](row[name]) for name in kept), row["meaning"]]
            for _, row in own.iterrows()
        ]
        heads_ = ["convention", *(name.replace("_", " ") for name in kept), "what it counts"]
        show_table(rows, heads_, what, ["what it counts"])
