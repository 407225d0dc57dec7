"""Studies with people: what comes back from their pages, its analysis, and how many people it takes."""
