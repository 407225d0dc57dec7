"""Gives written exercises to teachers: files for Moodle and others, and a page to try them."""
