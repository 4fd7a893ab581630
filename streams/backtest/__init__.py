"""Recorded logs, and playbooks run over them in parallel processes."""
