"""Tables under ``data/``: loading, checking and describing them.

One Frictionless descriptor a folder, ``data/<key>/datapackage.json``, says of every table where it
comes from, what its columns mean and what its bytes hash to. A file that is not the file described
is refused before anything is computed from it.
"""

from replication.datasets.corpus import corpus, designs
from replication.datasets.descriptor import describe, paper, papers, tables
from replication.datasets.files import load, published, status
from replication.datasets.records import DESCRIPTOR, Field, Paper, Source, Table
from replication.datasets.refreshing import refresh
from replication.datasets.registered import Entry, Registry, registry
from replication.datasets.run_tables import models, runs, shapes

__all__ = [
    "DESCRIPTOR",
    "Entry",
    "Field",
    "Paper",
    "Registry",
    "Source",
    "Table",
    "corpus",
    "describe",
    "designs",
    "load",
    "models",
    "paper",
    "papers",
    "published",
    "refresh",
    "registry",
    "runs",
    "shapes",
    "status",
    "tables",
]
