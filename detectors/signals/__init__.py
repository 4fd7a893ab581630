"""Friction and attention signals, one family per file."""
