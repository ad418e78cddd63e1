"""The command-line program that the package brings along."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the program ``sketchntk`` with this process's arguments."""
    program = Path(__file__).parent / "bin" / "sketchntk"
    os.execv(program, [str(program), *sys.argv[1:]])
