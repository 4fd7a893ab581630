"""What an author should look at although the playbook loads, one file each."""
