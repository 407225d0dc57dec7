"""Use a fine-tuned model: answer the texts of files, as `evaluate` answers those of a task."""
