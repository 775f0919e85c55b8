"""The tables of shao2024: what each datastore adds, and how sure that is."""

import numpy as np
import pandas as pd

from replication import datasets
from replication._memo import cached

__all__ = ["DATASTORES", "METRICS", "TENTH", "gains"]

KEY = "shao2024"
METRICS = {
    "tqa_em": "TriviaQA",
    "nq_em": "NQ",
    "medqa_acc": "MedQA",
    "mmlu_acc": "MMLU",
    "redpajama_ppl": "RedPajama",
    "s2orc_ppl": "S2ORC",
}
"""Metrics of Table 3, and what they measure."""
DATASTORES = {
    "massiveds": "all: MassiveDS",
    "rpj_wiki": "Wikipedia",
    "dpr_wiki": "Wikipedia (DPR)",
    "rpj_books": "books",
    "rpj_stackexchange": "StackExchange",
    "rpj_github": "GitHub",
    "rpj_arxiv": "arXiv",
    "pes2o": "papers (peS2o)",
    "pubmed": "PubMed",
    "math": "mathematics",
}
"""Datastores of Table 3, and what they hold."""
TENTH = {"ppl": 4.2210, "nq": 0.3321, "mmlu": 0.4922}
"""Llama-2 7B with a tenth of the datastore and the main retriever (Table 6)."""


@cached
def gains() -> pd.DataFrame:
    """Return what each datastore adds to Llama-2 7B without one.

    Returns
    -------
    DataFrame
        One row a metric and datastore: ``metric``, ``datastore``, ``gain`` (percentage points,
        or nats per token by which the loss falls, the logarithm of the ratio of perplexities)
        and ``se`` (standard error of the gain if the two scores were independent, in points;
        missing for perplexities).

    Examples
    --------
    >>> table = gains().set_index(["metric", "datastore"])
    >>> round(float(table.loc[("nq_em", "massiveds"), "gain"]), 1)
    8.0
    """
    table = datasets.load(KEY, "table_3").set_index(["metric", "datastore"])["value"].to_dict()
    items = datasets.load(KEY, "tasks").set_index("metric")["items"]
    rows = []
    for metric in METRICS:
        before = float(table[metric, "lm_only"])
        for name in DATASTORES:
            after = float(table[metric, name])
            if metric in items:
                variance = sum(x * (100 - x) for x in (before, after)) / items[metric]
                gain, error = after - before, float(np.sqrt(variance))
            else:
                gain, error = float(np.log(before / after)), np.nan
            rows.append({"metric": metric, "datastore": name, "gain": gain, "se": error})
    return pd.DataFrame(rows)
