"""What a run will take before it runs: time, energy and disk, from what earlier runs took."""
