"""Run a study with people: hand out its pages, serve them to a room, and read what comes back."""
