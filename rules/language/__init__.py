"""The typed expression language of the playbook."""
