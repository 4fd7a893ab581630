"""Counts, sequences and absences per customer, in event time.

All state lies in one plain mapping per customer, ``customer.rules``:

=========  ======================================================================================
key        value
=========  ======================================================================================
5 letters  what one operator keeps, see its module; the name is a digest of what the operator does
``"!"``    what is armed: operator -> entries, the one that is due first at the front
``"~"``    events of sequences and absences that wait until nothing older can come
``""``     the day on which the state was last swept
=========  ======================================================================================
"""
