"""`python -m replication.study`: compute the study and store it."""

import sys

from replication.study.making import main

if __name__ == "__main__":
    sys.exit(main())
