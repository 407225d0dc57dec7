"""What the analysis of a study says, in both languages: names of measures and conditions, and remarks."""

from pathlib import Path

from alambic.stages.report.phrases import Phrase, Words, same
from alambic.studies.results import Note, Row
from alambic.studies.trials import EXPLANATION

WORDS = Words(Path(__file__).parent / "analysis_words.json")


def measure_name(row: Row) -> Phrase:
    """Name what a row measures."""
    name, _, question = row.measure.partition(":")
    return WORDS[f"measure_{name}"].format(question=question) if question else WORDS[f"measure_{name}"]


def condition_name(condition: str) -> Phrase:
    """Name a condition, an order, or a level of expertise, which is named as the protocol names it."""
    if condition.startswith(EXPLANATION):
        return WORDS["condition_explanation"].format(method=condition.removeprefix(EXPLANATION))
    return WORDS[f"condition_{condition}"] if f"condition_{condition}" in WORDS else same(condition)


def compared(row: Row) -> Phrase:
    """Say what is compared with what."""
    if not row.contrast:
        return condition_name(row.condition)
    return WORDS["against"].format(first=condition_name(row.condition), second=condition_name(row.contrast))


def remark(note: Note) -> Phrase:
    """Say a remark."""
    return WORDS[f"note_{note.key}"].format(**note.values)


def remarks(row: Row) -> Phrase | str:
    """Say all remarks of a row; "" where there is none."""
    texts = [remark(note) for note in row.notes]
    if not texts:
        return ""
    return Phrase(**{language: "; ".join(text.texts[language] for text in texts) for language in ("en", "fr")})
