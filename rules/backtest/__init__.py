"""What a playbook would have done on a recorded log, and what to start with where there is none."""
