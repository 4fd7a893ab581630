"""The same jobs in Precede and in what others would use, one file per system.

Each file is a program: ``python -m bench.peers.NAME SPEC`` reads a specification (`measure.Spec`)
from the file SPEC, does its job on a topic from start to end, and writes what it cost.
"""
