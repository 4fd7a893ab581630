"""A rule in words: one sentence, in English or in Russian."""
