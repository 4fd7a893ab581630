"""A customer's data: all of it exported, all of it forgotten, and how both can be proved."""
