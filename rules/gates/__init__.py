"""What keeps actions welcome: one gate per file, in one ordered list."""
