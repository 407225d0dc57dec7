"""Exercises for training care staff: their form, how they are written, checked, given to Moodle and tried on a page."""
