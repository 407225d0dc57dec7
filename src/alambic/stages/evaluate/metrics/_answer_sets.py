"""Answers to multiple-choice questions as sets, however they are written."""

from collections.abc import Collection


def as_set(answer: str | Collection[str]) -> set[str]:
    """Read an answer: several names, or one label that joins them by `|`: ("a", "c") and "a|c" -> {"a", "c"}."""
    return {name for name in answer.split("|") if name} if isinstance(answer, str) else {*answer}
