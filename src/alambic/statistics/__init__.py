"""What can be concluded from scores: resampling, paired tests, many tests at once, non-inferiority, sample size.

It knows nothing of stages: it takes counts per unit (arrays) and the function that turns their sum into a score.
"""
