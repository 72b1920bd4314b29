"""`python -m syncer`: the same as the `syncer` command. Nobody imports it."""

import sys

from syncer.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
