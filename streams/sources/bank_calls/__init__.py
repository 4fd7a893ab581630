"""The call log of the "Anonymous Bank" (Technion, 1999): rows of finished calls into events."""
