"""Anagnostidis et al. (2023): adaptive paths through scaling laws, on the logs of hagele2024."""

from replication.papers.anagnostidis2023.answers import *
from replication.papers.anagnostidis2023.curves import *
from replication.papers.anagnostidis2023.paths import *
