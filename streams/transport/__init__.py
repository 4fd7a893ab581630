"""A Faust transport that hands whole batches of records to the owner of their partition."""
