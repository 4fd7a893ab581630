"""A rule from a few answers, with tests that pass at once."""
