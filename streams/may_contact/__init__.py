"""Other systems ask whether they may contact a customer: the same gates, through the log."""
