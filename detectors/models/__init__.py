"""Scores from online models, one per file."""
