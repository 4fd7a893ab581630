"""Plays: what a rule does in several steps, with waits in between.

A play begins when its rule's first action goes out. It is state of the customer: where it stands,
since when, until when, and what later steps need of the event that set it off. Nothing else of it
exists, so a customer without plays pays nothing.

=============  ==================================================================================
`course`       the steps of one rule, made ready
`state`        where the plays of a customer stand, packed
`plays`        what an event, a timer and a decision do to them
`asks`         whether a contact of the customer is about the same
`place`        which step of which play a match is
`tally`        how plays begin and end, for metrics
=============  ==================================================================================
"""
