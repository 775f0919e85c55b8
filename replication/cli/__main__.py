"""``python -m replication.cli``: the command line."""

import sys

from replication.cli import main

if __name__ == "__main__":
    sys.exit(main())
