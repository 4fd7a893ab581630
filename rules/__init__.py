"""What should we do, and may we? Playbook, language, time, gates, decisions. Pure."""
