"""PxCorpus: French drug prescriptions as they are spoken, each with its intent and its entities.

Holds 1,981 transcripts: the column `label` is the intent (`medical_prescription`, `negate`, `none`, `replace`), the
annotations are the entities (drug, dose, duration... 38 types), in brat's format. The words are joined with blanks.
`split`: the parts that DrBenchmark drew, or all.

Licence and conditions: CC BY 4.0.
Revision: the sha256 of the archive, which the experiment gives.
To cite: Kocabiyikoglu et al. 2022, A Spoken Drug Prescription Dataset in French for Spoken Language Understanding,
LREC 2022.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections
from alambic.errors import UserError
from alambic.stages.collect.annotation_exports.conll import Refused, Sentence, read_sentences, to_record
from alambic.stages.collect.annotation_exports.files import as_document
from alambic.stages.collect.archive_members import read_members
from alambic.stages.collect.pinned import bring
from alambic.stages.collect.published_parts import part

LICENCE = "CC-BY-4.0"
TEXTS, INTENTS, WORDS = "seq.in", "seq.label", "PxSLU_conll.txt"


def fetch(
    rejections: Rejections = STRICT,
    *,
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")],
    split: Literal["all", "train", "dev", "test"] = "all",
    url: Annotated[str, Field(pattern=r"^https?://")] = "https://zenodo.org/record/6524162/files/pxslu.zip",
    licence: Annotated[str, Field(min_length=1)] = "CC-BY-4.0",
) -> Iterator[Document]:
    """Yield one document per transcript."""
    archive = bring(url, sha256)
    files = {}
    for wanted in (TEXTS, INTENTS, WORDS):
        for name, content in read_members(archive, f"*{wanted}"):
            files[PurePosixPath(name).name] = content.decode("utf-8")
    if missing := [name for name in (TEXTS, INTENTS, WORDS) if name not in files]:
        raise UserError(f"{archive} holds no {missing[0]}: is it pxslu.zip of PxCorpus?")
    sentences = list(read_sentences(files[WORDS].split("\n"), delimiter="\t"))
    texts, intents = (files[name].rstrip("\n").split("\n") for name in (TEXTS, INTENTS))
    if not len(sentences) == len(texts) == len(intents):
        counts = f"{len(texts)} texts, {len(intents)} intents, {len(sentences)} tagged texts"
        raise UserError(f"{archive} holds {counts}: expected as many of each")
    triples = [triple for triple in zip(range(len(texts)), sentences, intents, strict=True) if triple[2].strip()]
    for number, sentence, intent in part(triples, split):
        if isinstance(sentence, Refused):
            rejections.add(f"{WORDS}:{sentence.line}", sentence.reason, sentence.text)
            continue
        yield _document(number, sentence, intent.strip(), licence, rejections)


def _document(number: int, sentence: Sentence, intent: str, licence: str, rejections: Rejections) -> Document:
    rejections.at(f"{WORDS}:{sentence.line}")
    document = as_document(str(number), to_record(sentence), source="pxcorpus", licence=licence, language="fr")
    return replace(document, metadata={"label": intent, **document.metadata})
