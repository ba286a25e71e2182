"""`python -m fusion_cli`."""

import sys

from fusion_cli.cli import main

if __name__ == "__main__":
    sys.exit(main())
