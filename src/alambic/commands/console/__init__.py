"""What a person sees while an experiment runs: one line, and one block for what failed."""
