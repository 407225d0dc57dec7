"""Code a file of death certificates: codes for each line, and which certificates go to a person."""
