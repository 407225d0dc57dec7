"""The command `new`: an experiment on a person's own data, written for them."""
