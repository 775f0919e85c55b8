"""A user's own table of runs: read from a file, its columns named, its units converted when asked.

Nothing is converted and no column is chosen in silence: what was guessed is in the result, and a
unit that a heading names and nobody has spoken of is refused.
"""

from replication.intake.files import FORMATS, read_table
from replication.intake.headings import ROLES, guess_columns, unit_of_heading
from replication.intake.scales import UNITS, converted
from replication.intake.tables import Intake, take_runs

__all__ = [
    "FORMATS",
    "ROLES",
    "UNITS",
    "Intake",
    "converted",
    "guess_columns",
    "read_table",
    "take_runs",
    "unit_of_heading",
]
