"""Whether a site is as its profile assumes: one finding per check, with what to change."""
