"""``python -m streams``: the same as ``precede``."""

from streams.cli.main import main

main()
