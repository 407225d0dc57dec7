"""Drug and disease mentions in prose, annotated by two lists of names: silver, not gold.

Rule: words are folded and lose a final s or x; the longest name at each place is a mention. Names: ATC names of one
or several words without a dose, ICD-10 labels cut before a comma, a bracket, " - " or "sans precision". A one-word
name has `shortest` letters at least and is not in a stop list of ordinary words.

The list that annotates would score 100 % on itself. So a share of the names is drawn by hash, and every text that
mentions one of them is test: the dictionary of the training mentions has never seen them. Dataset `silver` counts
every mention of the test texts, `silver_unseen` only the drawn names (the words of other mentions count neither way).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveInt

from alambic.data.documents import Document, read_documents
from alambic.errors import UserError
from alambic.plugins import CountsIfGiven
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.iob2 import Span, tag_names, to_tags
from alambic.tasks.sampling import draw, sample
from alambic.tasks.words import WORDS, fold, folded_words, longest_matches, word_offsets

HEAD = "token_classification"
HEADS = ("token_classification", "entity_generation", "typed_spans")
BASELINE = "entity_dictionary"
METRICS = ("entity_f1",)
TEST_SETS = ("silver", "silver_unseen")
DRUG, DISEASE = "DRUG", "DISEASE"

# Names in the lists that are ordinary words in prose, looked up in what the rule annotates.
STOP = frozenset(
    [
        "accident",
        "activite",
        "agent",
        "aliment",
        "association",
        "autre",
        "cas",
        "chute",
        "contact",
        "diete",
        "duree",
        "effet",
        "examen",
        "exposition",
        "facteur",
        "forme",
        "grossesse",
        "age",
        "sexe",
        "eau",
        "fer",
        "sel",
        "air",
        "gel",
        "lait",
        "sucre",
        "sang",
        "cafe",
        "alcool",
        "tabac",
        "soja",
        "feu",
        "froid",
        "chaleur",
        "traitement",
        "surveillance",
        "mesure",
        "milieu",
        "plante",
        "produit",
        "medicament",
        "poison",
        "reaction",
        "solution",
        "suite",
        "trouble",
        "symptome",
        "lesion",
        "maladie",
        "syndrome",
        "etat",
        "difficulte",
        "probleme",
        "absence",
        "presence",
        "retard",
        "antecedent",
        "mort",
        "deces",
        "accouchement",
        "allaitement",
        "naissance",
        "perte",
        "insuffisance",
        "alteration",
        "affection",
        "anomalie",
        "retention",
        "goutte",
        "angio",
    ]
) | {"effet indesirable", "autre medicament"}
TAIL = re.compile(r"[,(\[:;]| - | sans precision| non classe|, nca").search
DOSE = re.compile(r"\d")
LONGEST = 6  # words


def load(
    texts: Path,
    drugs: Path,
    diseases: Path,
    *,
    shortest: PositiveInt = 4,
    unseen_share: Annotated[float, Field(gt=0, lt=1)] = 0.15,
    test_share: Annotated[float, Field(ge=0, lt=1)] = 0.1,
    train_limit: NonNegativeInt = 0,
    test_limit: NonNegativeInt = 0,
    seed: NonNegativeInt = 0,
    descriptions: Annotated[dict[str, str], CountsIfGiven()] = {},  # noqa: B006
) -> TaskData:
    """Annotate collected `texts` by the names in `drugs` (atc_drugs) and `diseases` (icd10_fr), and split them.

    Texts of the test side: those with a drawn name, and `test_share` of the others. `descriptions` say what a type is,
    to heads that read it.
    """
    lexicon, drawn = _names(drugs, diseases, shortest=shortest, unseen_share=unseen_share, seed=seed)
    train, test, unseen = [], [], []
    for document in read_documents(texts):
        mentions = find_mentions(document.text, lexicon)
        example = annotate(document, mentions, lexicon)
        if _scored(document, mentions, drawn, test_share=test_share, seed=seed):
            test.append(example)
            unseen += [_only(example, mentions, drawn)] if _fresh(mentions, drawn) else []
        else:
            train.append(example)
    if not any(tag != "O" for example in train for tag in example.gold):
        raise UserError(f"silver_entities: no name of {drugs} or {diseases} found in {texts}")
    return TaskData(
        head=HEAD,
        labels=tag_names((DRUG, DISEASE)),
        train=sample(train, limit=train_limit, seed=seed),
        test={
            "silver": sample(test, limit=test_limit, seed=seed),
            "silver_unseen": sample(unseen, limit=test_limit, seed=seed),
        },
        conversion=f"annotation=silver|unseen={unseen_share}|{WORDS}",
        label_texts={name: (text,) for name, text in descriptions.items()},
    )


def scored_texts(
    texts: Path,
    drugs: Path,
    diseases: Path,
    *,
    shortest: PositiveInt = 4,
    unseen_share: Annotated[float, Field(gt=0, lt=1)] = 0.15,
    test_share: Annotated[float, Field(ge=0, lt=1)] = 0.1,
    seed: NonNegativeInt = 0,
) -> Iterator[str]:
    """Give all texts of the test side."""
    lexicon, drawn = _names(drugs, diseases, shortest=shortest, unseen_share=unseen_share, seed=seed)
    for document in read_documents(texts):
        mentions = find_mentions(document.text, lexicon)
        if _scored(document, mentions, drawn, test_share=test_share, seed=seed):
            yield document.text


Name = tuple[str, ...]  # reduced words
Mention = tuple[int, int, Name]  # first word, word after the last, name


def _names(
    drugs: Path, diseases: Path, *, shortest: int, unseen_share: float, seed: int
) -> tuple[dict[Name, str], set[Name]]:
    """Read the names with their types, and draw those that no training text mentions."""
    lexicon = read_lexicon(read_documents(drugs), read_documents(diseases), shortest=shortest)
    return lexicon, {name for name in lexicon if draw(seed, "unseen", *name) < unseen_share}


def _scored(document: Document, mentions: list[Mention], drawn: set[Name], *, test_share: float, seed: int) -> bool:
    return _fresh(mentions, drawn) or draw(seed, "text", document.id) < test_share


def _fresh(mentions: list[Mention], drawn: set[Name]) -> bool:
    return any(name in drawn for _, _, name in mentions)


def read_lexicon(drugs: Iterable[Document], diseases: Iterable[Document], *, shortest: int) -> dict[Name, str]:
    """Make the names, as tuples of reduced words, with their type; a name of both kinds is a drug."""
    lexicon: dict[Name, str] = {}
    for documents, label in ((diseases, DISEASE), (drugs, DRUG)):
        for document in documents:
            if label == DISEASE and not {"wording", "chapter"} <= document.metadata.keys():
                raise UserError(
                    f"silver_entities: '{document.id}' of `diseases` is no label of ICD-10: give an icd10_fr"
                )
            if label == DRUG or (document.metadata["wording"] == "long" and document.metadata["chapter"] not in OTHER):
                name = name_of(document.text, label=label)
                if name and _usable(name, shortest=shortest):
                    lexicon[name] = label
    return lexicon


OTHER = ("XX", "XXI", "XXII")  # external causes, contacts with care, special purposes: no diseases


def name_of(text: str, *, label: str) -> Name:
    """Reduce a list's entry to the name that prose would use; empty when it has none."""
    folded = fold(text)
    if label == DRUG:
        return () if DOSE.search(folded) else _reduced(folded)
    cut = TAIL(folded)
    return _reduced(folded[: cut.start()] if cut else folded)


def _reduced(folded: str) -> Name:
    return tuple(singular(folded[start:end]) for start, end in word_offsets(folded))


def singular(word: str) -> str:
    """Cut the mark of a French plural from a folded word of more than three letters."""
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def _usable(name: Name, *, shortest: int) -> bool:
    if " ".join(name) in STOP:
        return False
    return len(name) <= LONGEST if len(name) > 1 else len(name[0]) >= shortest and name[0].isalpha()


def find_mentions(text: str, lexicon: dict[Name, str]) -> list[Mention]:
    """Find the longest name at each place of a text."""
    reduced = [singular(word) for word in folded_words(text, word_offsets(text))]
    matches = longest_matches(reduced, lexicon, longest=LONGEST)
    return [(first, end, tuple(reduced[first:end])) for first, end, _ in matches]


def annotate(document: Document, mentions: list[Mention], lexicon: dict[Name, str]) -> Example:
    """Tag the words of a text by its mentions."""
    words = word_offsets(document.text)
    spans = [Span(words[first][0], words[end - 1][1], lexicon[name]) for first, end, name in mentions]
    return Example(document.id, document.text, to_tags(words, spans), words)


def _only(example: Example, mentions: list[Mention], drawn: set[Name]) -> Example:
    """Keep the mentions of drawn names, and ignore the words of the others."""
    ignored = frozenset(n for first, end, name in mentions if name not in drawn for n in range(first, end))
    gold = tuple("O" if number in ignored else tag for number, tag in enumerate(example.gold))
    return replace(example, gold=gold, ignored=ignored)
