"""Where the items of a study come from."""
