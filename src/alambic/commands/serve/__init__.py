"""Serve a fine-tuned model over HTTP, to one machine or a hospital's network: nothing is fetched, no text is logged."""
