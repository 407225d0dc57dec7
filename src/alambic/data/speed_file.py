"""The names in the file that `speed` writes and the report reads."""

FILE = "speed.json"
INT8 = " int8"  # ends the name of a model with weights of eight bits
