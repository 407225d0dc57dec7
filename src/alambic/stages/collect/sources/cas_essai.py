"""CAS and ESSAI: French clinical cases and protocols of clinical trials, annotated for negation and speculation.

The folder holds what the authors give under their agreement: `CAS_neg.txt` and `CAS_spec.txt`, or `ESSAI_neg.txt` and
`ESSAI_spec.txt`, at any depth. A line is a word: sentence, number of the word, word, lemma, part of speech, and in the
last column `***` (the sentence has none), `_` (outside) or the mark. `annotation` chooses: `sentences` are labelled
`neutral`, `negation`, `speculation` or `negation_speculation` (column `label`); `negation` and `speculation` have their
scopes, and `parts_of_speech` every word's, as annotations in brat's format. `split`: DrBenchmark's parts, or all.

Licence and conditions: a data user agreement (https://clementdalloux.fr/?page_id=28): nothing may be passed on.
To cite: Grabar, Claveau and Dalloux 2018, CAS: French Corpus with Clinical Cases, LOUHI 2018; Dalloux et al. 2021,
Supervised learning for the detection of negation and of its scope in French and Brazilian Portuguese biomedical
corpora, Natural Language Engineering 27(2).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.local_data import pinned_folder
from alambic.data.rejected import STRICT, Rejections
from alambic.plugins import Place
from alambic.stages.collect.annotation_exports.conll import Sentence, to_record
from alambic.stages.collect.annotation_exports.files import as_document
from alambic.stages.collect.published_parts import part
from alambic.stages.collect.single_files import file_in
from alambic.stages.collect.tables import read_text

LICENCE = "LicenseRef-CAS-ESSAI-DUA"
NEGATION, SPECULATION = "neg", "spec"
CLASSES = {NEGATION: "negation", SPECULATION: "speculation"}
NONE, OUTSIDE = "***", "_"
REMEDY = "ask the authors for the corpus (https://clementdalloux.fr/?page_id=28), and put its files there"
WRONG = {"v": "I_scope_spec", "z": OUTSIDE}  # slips in the last column of ESSAI, as its published readers mend them


@dataclass(frozen=True)
class Word:
    """A line."""

    sentence: str
    form: str
    part_of_speech: str
    mark: str


def fetch(
    rejections: Rejections = STRICT,
    *,
    path: Place,
    digest: str,
    corpus: Literal["cas", "essai"],
    annotation: Literal["sentences", "negation", "speculation", "parts_of_speech"] = "sentences",
    split: Literal["all", "train", "dev", "test"] = "all",
    licence: Annotated[str, Field(min_length=1)] = "LicenseRef-CAS-ESSAI-DUA",
) -> Iterator[Document]:
    """Yield one document per sentence, its words joined with blanks."""
    folder = pinned_folder(path, digest)
    wanted = {"negation": (NEGATION,), "speculation": (SPECULATION,)}.get(annotation, (NEGATION, SPECULATION))
    files = {kind: _read(file_in(folder, f"{corpus.upper()}_{kind}.txt", REMEDY), rejections) for kind in wanted}
    if annotation == "sentences":
        labelled = _labelled(files)
    elif annotation == "parts_of_speech":
        labelled = [(words, "", _parts_of_speech(words)) for words in _in_order(files)]
    else:
        labelled = [(words, "", tuple(map(_scope_tag, words))) for words in _in_order(files)]
    for words, label, tags in part(labelled, split):
        name = f"{corpus}/{words[0].sentence}"
        record = to_record(Sentence(1, tuple(word.form for word in words), tags or ("O",) * len(words)))
        document = as_document(name, record, source="cas_essai", licence=licence, language="fr")
        metadata = {"label": label, "corpus": corpus} if label else {**document.metadata, "corpus": corpus}
        rejections.at(name)
        yield replace(document, metadata=metadata)


def _read(file: Path, rejections: Rejections) -> dict[str, list[Word]]:
    """Read the words of each sentence, in the order of the file."""
    sentences: dict[str, list[Word]] = {}
    for number, line in enumerate(read_text(file, file.name).split("\n"), 1):
        cells = line.rstrip("\r").split("\t")
        if not line.strip():
            continue
        if len(cells) < 6 or not cells[0].isdecimal() or not cells[2].strip():
            rejections.add(f"{file.name}:{number}", f"{len(cells)} columns: expected a word with its marks", line)
            continue
        kind = cells[6] if len(cells) >= 8 else cells[4]  # some lines have two columns more
        mark = WRONG.get(cells[-1].strip(), cells[-1].strip())
        if mark not in (NONE, OUTSIDE) and not mark.startswith(("B_", "I_")):
            rejections.add(f"{file.name}:{number}", f"the mark '{mark:.40}': expected ***, _, B_... or I_...", line)
            continue
        word = Word(cells[0], cells[2].strip(), kind.strip() or "NONE", mark)
        sentences.setdefault(cells[0], []).append(word)
    return sentences


def _in_order(files: dict[str, dict[str, list[Word]]]) -> list[list[Word]]:
    """Give the sentences of all files by their numbers, each once, those of the first file before the others."""
    found: dict[str, list[Word]] = {}
    for sentences in files.values():
        for name in sorted(sentences, key=int):
            found.setdefault(name, sentences[name])
    return list(found.values())


def _labelled(files: dict[str, dict[str, list[Word]]]) -> list[tuple[list[Word], str, tuple[str, ...]]]:
    """Label each sentence by both files."""
    labels: dict[str, str] = {}
    words: dict[str, list[Word]] = {}
    for kind, sentences in files.items():
        for name, some in sentences.items():
            label = "neutral" if any(word.mark == NONE for word in some) else CLASSES[kind]
            words.setdefault(name, some)
            if label == "neutral":
                labels.setdefault(name, label)
            else:
                both = labels.get(name, "neutral") != "neutral"
                labels[name] = "_".join(CLASSES.values()) if both else label
    return [(words[name], label, ()) for name, label in labels.items()]


def _parts_of_speech(words: list[Word]) -> tuple[str, ...]:
    return tuple(f"B-{'NUM' if word.part_of_speech == '@card@' else word.part_of_speech}" for word in words)


def _scope_tag(word: Word) -> str:
    """Write a mark as IOB2: I_xcope_inc_ -> I-xcope_inc."""
    return "O" if word.mark in (NONE, OUTSIDE) else f"{word.mark[0]}-{word.mark[2:].rstrip('_')}"
