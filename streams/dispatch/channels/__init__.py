"""Where actions go: one kind of channel per file."""
