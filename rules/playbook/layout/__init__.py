"""The canonical layout of a playbook file; comments stay."""
