"""Counts, sequences and absences per customer, in event time."""
