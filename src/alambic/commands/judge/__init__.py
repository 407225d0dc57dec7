"""Blind judgement by people of what systems wrote: forms for judges, and what comes of them."""
