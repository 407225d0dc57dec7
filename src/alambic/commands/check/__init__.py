"""The command `check`: what would be read of a person's files, before anything runs."""
