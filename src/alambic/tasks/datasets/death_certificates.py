"""Code the lines of death certificates in ICD-10: several codes a line, in the order of their rank.

`data: {certificates: NAME, labels: NAME}`: a collected `death_certificates` or `synthetic_certificates`, and a
collected `icd10_fr`. The labels are all codes of the table of at most `longest_code` characters, as mortality is coded,
and those of training. Parts hold whole certificates: by year, where years are given (a test set for each; a year that
several parts name is shared between them by certificate), or drawn by share. `train_share` takes a share of the
certificates to learn from, of which `train_limit` may leave fewer: those of 1 % are among those of 5 %. `wordings`, a
collected `icd10_wordings`, adds a test set of wordings that nobody learnt. Limits count certificates, or wordings.

Certificates of which a row was rejected are learnt from, and not scored. A score's interval draws certificates whole;
scores are told apart by year, sex, age, chapter, by wordings seen in training or not, by typing errors.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveInt

from alambic.data.documents import Document, read_documents
from alambic.data.icd10 import chapter_of, plain
from alambic.errors import UserError
from alambic.tasks.certificates.documents import attributes_of_line, certificate_of, codes_of, is_coded, standard_text
from alambic.tasks.certificates.parts import SHARED, Plan, divide, limited, texts_of
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.sampling import sample
from alambic.tasks.words import fold

HEAD = "label_retrieval"
HEADS = ("label_retrieval", "code_generation", "multilabel_classification")
BASELINE = "icd10_matching"
METRICS = (
    "code_f1",
    "code_precision",
    "code_recall",
    "certificate_code_f1",
    "certificate_exact",
    "underlying_cause",
)
TEST_SETS = ("year_{test_years}", "other_wordings")
OTHER_WORDINGS = "other_wordings"  # the test set of `wordings`
CATEGORY = 3  # characters


def load(
    certificates: Path,
    labels: Path,
    wordings: Path | None = None,
    *,
    train_years: list[Annotated[str, Field(pattern=r"^\d{4}$")]] = [],  # noqa: B006
    dev_years: list[Annotated[str, Field(pattern=r"^\d{4}$")]] = [],  # noqa: B006
    calibration_years: list[Annotated[str, Field(pattern=r"^\d{4}$")]] = [],  # noqa: B006
    test_years: list[Annotated[str, Field(pattern=r"^\d{4}$")]] = [],  # noqa: B006
    test_share: Annotated[float, Field(ge=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    calibration_share: Annotated[float, Field(ge=0, lt=1)] = 0.2,
    train_share: Annotated[float, Field(gt=0, le=1)] = 1.0,
    longest_code: PositiveInt = 4,
    train_limit: NonNegativeInt = 0,
    test_limit: NonNegativeInt = 0,
    seed: NonNegativeInt = 0,
    dev_limit: NonNegativeInt = 0,
    calibration_limit: NonNegativeInt = 0,
) -> TaskData:
    """Read collected certificates; UserError where none is coded, or where a part that is asked for is empty."""
    years = _years(train_years, dev_years, calibration_years, test_years)
    shares = {"test": test_share, "dev": dev_share, "calibration": calibration_share}
    plan = Plan(years, shares, seed)
    documents = list(read_documents(certificates))
    parts = divide([document for document in documents if is_coded(document)], plan, str(certificates))
    learnt = limited(parts["train"], share=train_share, limit=train_limit, seed=seed)
    texts = {fold(document.text).strip() for document in learnt}
    label_texts = _label_texts(labels, longest_code)
    incomplete = {certificate_of(document) for document in documents if document.metadata.get("incomplete")}

    def examples(some: list[Document]) -> list[Example]:
        return [_example(document, texts, longest_code) for document in some]

    def scored(name: str, limit: int) -> dict[str, list[Example]]:
        whole = [document for document in parts[name] if certificate_of(document) not in incomplete]
        return _by_year(examples(limited(whole, share=1.0, limit=limit, seed=seed)), name, by_year=plan.by_year)

    train, test = examples(learnt), scored("test", test_limit)
    if wordings is not None:
        test[OTHER_WORDINGS] = _other_wordings(wordings, label_texts, limit=test_limit, seed=seed)
    every = [*train, *(example for some in test.values() for example in some)]
    synthetic = sum("synthetic" in document.metadata for document in documents)
    known = label_texts.keys() | {code for example in train for code in example.gold}
    made = f"|data={'synthetic' if synthetic == len(documents) else 'partly_synthetic'}" if synthetic else ""
    return TaskData(
        head=HEAD,
        labels=tuple(sorted(known)),
        train=train,
        test=test,
        calibration=scored("calibration", calibration_limit),
        dev=scored("dev", dev_limit),
        conversion=f"split={plan.rule}|train_share={train_share:g}|code={longest_code}{made}",
        facts={
            "certificates_learnt": len({example.unit for example in train}),
            "certificates_incomplete_not_scored": len(incomplete),
            "lines_not_coded": sum(not is_coded(document) for document in documents),
            "lines_of_no_part": len(parts[SHARED]),
            "lines_without_a_code": sum(not example.gold for example in every),
            "lines_synthetic": synthetic,
            "test_lines_in_training": sum(fold(e.text).strip() in texts for some in test.values() for e in some),
            "test_codes_unknown": sum(c not in known for some in test.values() for e in some for c in e.gold),
            "training_codes_not_in_table": len(known - label_texts.keys()),
        },
        label_texts=label_texts,
    )


def scored_texts(
    certificates: Path,
    wordings: Path | None = None,
    *,
    train_years: list[Annotated[str, Field(pattern=r"^\d{4}$")]] = [],  # noqa: B006
    dev_years: list[Annotated[str, Field(pattern=r"^\d{4}$")]] = [],  # noqa: B006
    calibration_years: list[Annotated[str, Field(pattern=r"^\d{4}$")]] = [],  # noqa: B006
    test_years: list[Annotated[str, Field(pattern=r"^\d{4}$")]] = [],  # noqa: B006
    test_share: Annotated[float, Field(ge=0, lt=1)] = 0.2,
    dev_share: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    calibration_share: Annotated[float, Field(ge=0, lt=1)] = 0.2,
    seed: NonNegativeInt = 0,
) -> Iterator[str]:
    """Give the lines of all parts that are not learnt from, and the other wordings."""
    years = _years(train_years, dev_years, calibration_years, test_years)
    plan = Plan(years, {"test": test_share, "dev": dev_share, "calibration": calibration_share}, seed)
    yield from texts_of(divide(list(filter(is_coded, read_documents(certificates))), plan, str(certificates)))
    if wordings is not None:
        yield from (document.text for document in read_documents(wordings))


def _years(train: list[str], dev: list[str], calibration: list[str], test: list[str]) -> dict[str, list[str]]:
    return {"train": train, "dev": dev, "calibration": calibration, "test": test}


def _label_texts(table: Path, longest: int) -> dict[str, tuple[str, ...]]:
    """Give the wordings of each code of the table, the full one first; UserError where it is none.

    The heading of a category that is divided, such as I21 over I210 to I219, is no code of a line.
    """
    found: dict[str, dict[str, str]] = {}
    for document in read_documents(table):
        if not {"code", "wording"} <= document.metadata.keys():
            raise UserError(f"death_certificates: labels: {table} holds no codes: expected a collected icd10_fr")
        code = plain(document.metadata["code"])
        if len(code) <= longest:
            found.setdefault(code, {})[document.metadata["wording"]] = document.text
    headings = {code[:length] for code in found for length in range(CATEGORY, len(code))}
    return {
        code: tuple(dict.fromkeys(texts[name] for name in sorted(texts)))
        for code, texts in sorted(found.items())
        if code not in headings
    }


def _example(document: Document, learnt: set[str], longest: int) -> Example:
    codes = codes_of(document, longest=longest)
    seen = fold(document.text).strip() in learnt
    attributes = attributes_of_line(document, codes, seen=seen)
    return Example(
        document.id,
        document.text.strip(),
        codes,
        unit=certificate_of(document),
        attributes=attributes,
        standard=standard_text(document),
    )


def _by_year(examples: list[Example], name: str, *, by_year: bool) -> dict[str, list[Example]]:
    """Name the sets of a part: one for each year, or one for all."""
    sets: dict[str, list[Example]] = {}
    for example in examples:
        sets.setdefault(f"year_{example.attributes['year']}" if by_year else name, []).append(example)
    return dict(sorted(sets.items()))


def _other_wordings(wordings: Path, known: Mapping[str, tuple[str, ...]], *, limit: int, seed: int) -> list[Example]:
    """Make an example of each wording of a known code that is not one of the table's own, as if it were a line."""
    examples = []
    for document in read_documents(wordings):
        code = plain(document.metadata.get("code", ""))
        own = {fold(text).strip() for text in known.get(code, ())}
        if code in known and fold(document.text).strip() not in own:
            attributes = {"chapter": chapter_of(code), "wording": "unseen"}
            examples.append(Example(f"{code}/1", document.text, (code,), unit=code, attributes=attributes))
    return sample(examples, limit=limit, seed=seed)
