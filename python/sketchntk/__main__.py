"""``python -m sketchntk`` is the program."""

from ._program import main

main()
