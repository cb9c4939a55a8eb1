"""`python -m xlt.doctor [FOLDER]`: the checkup where even the command line does not load."""

import sys
from pathlib import Path

from xlt.doctor.checkup import report

if __name__ == "__main__":
    sys.exit(not report(Path(sys.argv[1] if len(sys.argv) > 1 else "runs")))
