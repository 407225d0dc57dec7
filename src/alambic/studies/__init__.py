"""Studies of people who decide with a model: their answers, what is measured, how surely, and how many people it takes.

It knows no stage: it reads tables that a study wrote or that came back from its forms.
"""
