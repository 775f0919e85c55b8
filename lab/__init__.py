"""The lab: a scaling study that a laptop trains overnight. Run `python -m lab --help`."""
