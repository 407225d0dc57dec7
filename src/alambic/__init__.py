"""Alambic distils large language models into small ones for French medical text."""
