"""The playbook: YAML models, loader with places, tests of rules."""
