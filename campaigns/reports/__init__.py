"""A campaign's report: figures from the store, their definitions, charts, a page and tables."""

import os
import sys
from pathlib import Path

if sys.prefix != sys.base_prefix and os.access(sys.prefix, os.W_OK):
    # matplotlib keeps a list of the machine's fonts, by default in the home folder. In a virtual
    # environment it belongs to that, and goes away with it. It has to be said before the import.
    os.environ.setdefault("MPLCONFIGDIR", str(Path(sys.prefix) / "var" / "matplotlib"))
