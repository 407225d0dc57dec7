"""Forms that a person fills in: pages that open offline, the order of what they show, the tables that come back."""
