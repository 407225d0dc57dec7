"""Names of drugs and diseases in a text, by two collected lists: what a written text may leave out, or invent.

The lists are those of the dataset `silver_entities`: ATC's names of drugs, and the labels of ICD-10. A dataset has them
as what labels say: "DRUG/N02BE01" -> ("paracetamol", "doliprane"), and "DISEASE" -> all diseases.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from alambic.data.documents import read_documents
from alambic.errors import UserError
from alambic.tasks.datasets.silver_entities import DISEASE, DRUG, Name, find_mentions, name_of, read_lexicon, singular
from alambic.tasks.negation import denied_words
from alambic.tasks.plain_words import has_run
from alambic.tasks.words import folded_words, word_offsets

SHORTEST = 4  # letters of a name of one word


def names_by_label(drugs: Path | None, diseases: Path | None) -> dict[str, tuple[str, ...]]:
    """Read collected `atc_drugs` and `icd10_fr`; nothing where neither is given, UserError where one lacks."""
    if drugs is None and diseases is None:
        return {}
    if drugs is None or diseases is None:
        raise UserError(
            "names of drugs and of diseases are needed together: give both, `drugs` (atc_drugs) and `diseases` "
            "(icd10_fr), or none"
        )
    lexicon = read_lexicon(read_documents(drugs), read_documents(diseases), shortest=SHORTEST)
    names: dict[str, dict[str, None]] = {}
    for document in read_documents(drugs):
        name = name_of(document.text, label=DRUG)
        if name in lexicon:
            names.setdefault(f"{DRUG}/{document.metadata.get('atc', document.text)}", {})[" ".join(name)] = None
    names[DISEASE] = {" ".join(name): None for name, label in lexicon.items() if label == DISEASE}
    return {label: tuple(of) for label, of in names.items()}


@dataclass(frozen=True)
class EntityNames:
    """Names as tuples of reduced words (folded, no plural), their type, and which of them mean the same drug."""

    types: dict[Name, str]
    same: dict[Name, frozenset[Name]] = field(default_factory=dict)  # of a drug: its names, this one too

    @classmethod
    def of(cls, label_texts: Mapping[str, Sequence[str]]) -> "EntityNames":
        """Take them from what a task's labels say; UserError where these are no names of entities."""
        return _of(tuple((label, tuple(names)) for label, names in label_texts.items()))

    def in_text(self, text: str) -> set[Name]:
        """Give the distinct names of a text, the longest at each place."""
        return {name for _, _, name in find_mentions(text, self.types)}

    def polarities(self, text: str) -> dict[Name, set[bool]]:
        """Give the distinct names of a text, each with whether its mentions are denied: {True, False} if some are."""
        denied = denied_words(folded_words(text, word_offsets(text)))
        found: dict[Name, set[bool]] = {}
        for first, end, name in find_mentions(text, self.types):
            found.setdefault(name, set()).add(any(place in denied for place in range(first, end)))
        return found

    def distinct(self, names: Collection[Name]) -> list[Name]:
        """Give one name of each drug or disease, in their order."""
        found: list[Name] = []
        for name in sorted(names):
            if not any(name in self._alike(other) for other in found):
                found.append(name)
        return found

    def polarity(self, name: Name, polarities: Mapping[Name, set[bool]]) -> set[bool]:
        """Give how a text, whose `polarities` these are, speaks of a name or of another of the same drug."""
        return {denied for other in self._alike(name) for denied in polarities.get(other, ())}

    def is_named(self, name: Name, words: Sequence[str]) -> bool:
        """Tell whether a text has a name, or another of the same drug, also within a longer one.

        `words` are the text's, as `reduced_words` gives them.
        """
        return any(has_run(words, other) for other in self._alike(name))

    def _alike(self, name: Name) -> frozenset[Name]:
        return self.same.get(name, frozenset([name]))

    def is_drug(self, name: Name) -> bool:
        """Tell whether it is the name of a drug."""
        return self.types[name] == DRUG


def reduced_words(text: str) -> list[str]:
    """Reduce the words of a text as names are: folded, without the mark of a plural."""
    return [singular(word) for word in folded_words(text, word_offsets(text))]


@lru_cache(maxsize=2)  # the same for every seed and test set
def _of(names_of: tuple[tuple[str, tuple[str, ...]], ...]) -> EntityNames:
    types: dict[Name, str] = {}
    same: dict[Name, frozenset[Name]] = {}
    for label, texts in names_of:
        kind = label.split("/")[0]
        if kind not in (DRUG, DISEASE):
            raise UserError(f"'{label}' is no list of names of drugs or diseases: give the task `drugs` and `diseases`")
        names = frozenset(tuple(text.split(" ")) for text in texts)
        for name in names:
            types[name] = DRUG if types.get(name) == DRUG else kind
            if kind == DRUG:
                same[name] = same.get(name, frozenset()) | names
    if not types:
        raise UserError("there is no list of names of drugs and diseases: give the task `drugs` and `diseases`")
    return EntityNames(types, same)
