"""Write a sentence clean that was made noisy: slips of the keyboard, lost accents, misread letters, abbreviations.

The clean sentences are those of collected `texts`; the noise is the project's perturbations, each at a rate from 0 to
1 (0 leaves it out). Training and test draw from different seeds, and abbreviations from different words, as with
`augment` and `perturb`. Sentences of one document are on one side; one that the other side has too is left out of
training. A score's interval draws documents whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveInt

from alambic.data.documents import read_documents
from alambic.errors import UserError
from alambic.tasks.drawn_parts import part_of
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.perturb.lexicon import Side, learn
from alambic.tasks.perturb.perturber import Perturber
from alambic.tasks.sampling import sample
from alambic.tasks.sentences import sentences
from alambic.tasks.words import fold

HEAD = "text_generation"
BASELINE = "copied_text"
METRICS = ("exact_match", "chrf")
TEST_SETS = ("test",)
SHORTEST = 3  # words of a sentence


def load(
    texts: Path,
    wordings: Path | None = None,
    *,
    typos: Annotated[float, Field(ge=0, le=1)] = 0.03,
    ocr: Annotated[float, Field(ge=0, le=1)] = 0.0,
    diacritics: Annotated[float, Field(ge=0, le=1)] = 0.3,
    upper_case: Annotated[float, Field(ge=0, le=1)] = 0.0,
    abbreviated: Annotated[float, Field(ge=0, le=1)] = 0.0,
    longest: PositiveInt = 300,
    test_share: Annotated[float, Field(gt=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    train_limit: NonNegativeInt = 0,
    test_limit: NonNegativeInt = 0,
    seed: NonNegativeInt = 0,
) -> TaskData:
    """Make sentences of at most `longest` characters noisy; longer ones are counted.

    Abbreviations are learnt from `wordings`, a collected icd10_fr; UserError where they are asked for without it.
    """
    noise = _noise(typos, ocr, diacritics, upper_case, abbreviated)
    split = _split(texts, longest=longest, test_share=test_share, dev_share=dev_share, seed=seed)
    made = {name: _examples(part, noise, wordings, side_of(name), seed) for name, part in split.parts.items()}
    return TaskData(
        head=HEAD,
        labels=(),
        train=sample(made["train"], limit=train_limit, seed=seed),
        dev={"dev": made["dev"]},
        test={"test": sample(made["test"], limit=test_limit, seed=seed)},
        conversion="noise=" + ",".join(f"{name}:{rate:g}" for name, rate in noise.items()),
        facts={**split.facts, "test_texts_without_noise": sum(e.text == e.gold for e in made["test"])},
    )


def scored_texts(
    texts: Path,
    wordings: Path | None = None,
    *,
    typos: Annotated[float, Field(ge=0, le=1)] = 0.03,
    ocr: Annotated[float, Field(ge=0, le=1)] = 0.0,
    diacritics: Annotated[float, Field(ge=0, le=1)] = 0.3,
    upper_case: Annotated[float, Field(ge=0, le=1)] = 0.0,
    abbreviated: Annotated[float, Field(ge=0, le=1)] = 0.0,
    longest: PositiveInt = 300,
    test_share: Annotated[float, Field(gt=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    seed: NonNegativeInt = 0,
) -> Iterator[str]:
    """Give the sentences that are not learnt from, noisy and clean."""
    noise = _noise(typos, ocr, diacritics, upper_case, abbreviated)
    split = _split(texts, longest=longest, test_share=test_share, dev_share=dev_share, seed=seed)
    for name in ("dev", "test"):
        for _, noisy, clean in _pairs(split.parts[name], noise, wordings, side_of(name), seed):
            yield from (noisy, clean)


@dataclass(frozen=True)
class Sentence:
    """A clean sentence, its name and its document."""

    id: str
    text: str
    document: str


@dataclass(frozen=True)
class Split:
    """Sentences by part, and what was left out."""

    parts: dict[str, list[Sentence]]
    facts: dict[str, int]


def side_of(part: str) -> Side:
    """Name the side from which a part's noise is drawn."""
    return "test" if part == "test" else "train"


def _noise(typos: float, ocr: float, diacritics: float, upper_case: float, abbreviated: float) -> dict[str, float]:
    """Name the perturbations, in the order in which they change a text, with their rates."""
    rates = {
        "abbreviations": abbreviated,
        "typos": typos,
        "ocr": ocr,
        "diacritics": diacritics,
        "upper_case": upper_case,
    }
    noise = {name: rate for name, rate in rates.items() if rate > 0}
    if not noise:
        raise UserError(f"denoised_texts: every rate is 0, and nothing noisy: raise one of {', '.join(rates)}")
    return noise


def _split(texts: Path, *, longest: int, test_share: float, dev_share: float, seed: int) -> Split:
    parts: dict[str, dict[str, Sentence]] = {"train": {}, "dev": {}, "test": {}}
    facts = {"sentences_too_long": 0, "sentences_too_short": 0, "sentences_given_twice": 0, "in_other_parts": 0}
    for document in read_documents(texts):
        part = parts[part_of(seed, "document", document.id, test_share=test_share, dev_share=dev_share)]
        for number, text in enumerate(sentences(document.text)):
            key = fold(text)
            if len(text) > longest:
                facts["sentences_too_long"] += 1
            elif len(text.split()) < SHORTEST:
                facts["sentences_too_short"] += 1
            elif key in part:
                facts["sentences_given_twice"] += 1
            else:
                part[key] = Sentence(f"{document.id}#{number}", text, document.id)
    for name, others in (("dev", ("test",)), ("train", ("test", "dev"))):
        shared = [key for key in parts[name] if any(key in parts[other] for other in others)]
        facts["in_other_parts"] += len(shared)
        for key in shared:
            del parts[name][key]
    return Split({name: [*part.values()] for name, part in parts.items()}, facts)


def _pairs(
    part: list[Sentence], noise: dict[str, float], wordings: Path | None, side: Side, seed: int
) -> Iterator[tuple[Sentence, str, str]]:
    """Give each sentence, its noisy form and its clean one."""
    if "abbreviations" in noise and wordings is None:
        raise UserError(
            "denoised_texts: abbreviated: give `wordings`, a collected icd10_fr, from which they are learnt"
        )
    lexicon = learn(read_documents(wordings)) if wordings is not None else learn(())
    perturber = Perturber({name: {"rate": rate} for name, rate in noise.items()}, side=side, lexicon=lexicon)
    for sentence in part:
        yield sentence, perturber(sentence.text, f"{seed}/{sentence.id}").text, sentence.text


def _examples(
    part: list[Sentence], noise: dict[str, float], wordings: Path | None, side: Side, seed: int
) -> list[Example]:
    pairs = _pairs(part, noise, wordings, side, seed)
    return [Example(sentence.id, noisy, clean, unit=sentence.document) for sentence, noisy, clean in pairs]
