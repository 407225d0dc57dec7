"""By what examples are grouped when it is asked for whom a model errs: what the data say, else what the texts tell."""

from collections.abc import Sequence

from alambic.tasks.examples import Example
from alambic.tasks.patient import read_patient
from alambic.tasks.unit_names import unit_of
from alambic.tasks.words import word_offsets

SEX, AGE, WORDS = "sex", "age_class", "words"
FROM_TEXT = " (from the text)"  # ends the name of an attribute that no data say


def all_attributes(examples: Sequence[Example]) -> list[dict[str, str]]:
    """Give what is known of each example, by name; what the data say comes before what the text tells.

    `sex` and `age_class` are read from all the texts of an example's unit together: a sentence is about the patient of
    its document. `words` is the length of the example's own text.
    """
    texts: dict[str, list[str]] = {}
    for example in examples:
        texts.setdefault(unit_of(example.unit, example.id), []).append(example.text)
    patients = {unit: read_patient("\n".join(parts)) for unit, parts in texts.items()}
    return [_of(example, patients[unit_of(example.unit, example.id)].as_attributes()) for example in examples]


def _of(example: Example, told: dict[str, str]) -> dict[str, str]:
    stated = dict(example.attributes)
    read = {f"{name}{FROM_TEXT}": value for name, value in told.items() if value and name not in stated}
    words = len(example.words) or len(word_offsets(example.text))
    return {**({WORDS: str(words)} if example.text else {}), **read, **stated}
