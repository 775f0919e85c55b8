"""Tables under ``data/``: loading, checking and describing them.

One Frictionless descriptor, ``datapackage.json``, says of every table where it comes from,
what its columns mean and what its bytes hash to. A file that is not the file described is
refused before anything is computed from it.
"""

from replication.datasets.descriptor import (
    DESCRIPTOR,
    Field,
    Paper,
    Source,
    Table,
    describe,
    paper,
    papers,
    tables,
)
from replication.datasets.files import load, published, refresh, status

__all__ = [
    "DESCRIPTOR",
    "Field",
    "Paper",
    "Source",
    "Table",
    "describe",
    "load",
    "paper",
    "papers",
    "published",
    "refresh",
    "status",
    "tables",
]
