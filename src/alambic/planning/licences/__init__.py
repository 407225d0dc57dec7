"""Licences, their terms, and what follows from them for what an experiment makes. No legal advice."""
