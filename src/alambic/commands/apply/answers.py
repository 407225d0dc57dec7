"""A fine-tuned model, and its answers to texts, many at a time."""

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from alambic import plugins
from alambic.data.documents import Document
from alambic.data.sums_file import RELEASED
from alambic.errors import UserError
from alambic.models.device import device_of
from alambic.models.onnx_model import INT8, SINGLE, OnnxModel
from alambic.tasks.head import saved_head

TEXTS_AT_ONCE = 1024
CHARACTERS_AT_ONCE = 2_000_000
REMEMBERED = 100_000  # answers to texts seen before


class Answerer:
    """Answers texts as `evaluate` does; a text that comes again is answered once.

    `engine` is `torch`, `onnx`, `int8`, or `auto`: on a CPU the exported form in single precision, where there is one.
    """

    def __init__(self, folder: Path, *, engine: str = "auto") -> None:
        self.head = saved_head(folder)
        self.preprocessor = self.head.open_preprocessor(folder)
        exported = exported_form(folder, engine)
        self.model: Any = OnnxModel(exported) if exported else self.head.open_model(folder).to(device_of())
        # What stands beside a text is a part of the question for a head that reads more than one text.
        self.reads_fields: bool = plugins.constant("tasks.heads", self.head.name, "READS_PAIRS", False)
        self.remembered: OrderedDict[bytes, dict[str, Any]] = OrderedDict()

    def answer_all(self, documents: Iterable[Document]) -> Iterator[tuple[Document, dict[str, Any]]]:
        """Yield each document with its answer, in their order."""
        waiting: list[Document] = []
        characters = 0
        for document in documents:
            waiting.append(document)
            characters += len(document.text)
            if len(waiting) >= TEXTS_AT_ONCE or characters >= CHARACTERS_AT_ONCE:
                yield from self._answered(waiting)
                waiting, characters = [], 0
        yield from self._answered(waiting)

    def _answered(self, documents: Sequence[Document]) -> Iterator[tuple[Document, dict[str, Any]]]:
        keys = [self._key(document) for document in documents]
        new = {key: d for key, d in zip(keys, documents, strict=True) if key not in self.remembered}
        texts, fields = [d.text for d in new.values()], [d.metadata for d in new.values()]
        answers = dict(zip(new, self.answer(texts, fields), strict=True))
        for key, document in zip(keys, documents, strict=True):
            answer = answers[key] if key in answers else self.remembered[key]
            yield document, answer
        self.remembered.update(answers)
        while len(self.remembered) > REMEMBERED:
            self.remembered.popitem(last=False)

    def _key(self, document: Document) -> bytes:
        """Name what is asked; two documents with one name have one answer."""
        asked = [document.text, document.metadata] if self.reads_fields else [document.text]
        return blake2b(json.dumps(asked, sort_keys=True).encode(), digest_size=16).digest()

    def answer(self, texts: Sequence[str], fields: Sequence[Mapping[str, str]] | None = None) -> list[dict[str, Any]]:
        """Answer texts, of which each may have further `fields`; an answer is what the head writes.

        It has `labels`, or `entities`. UserError where the head reads more than one text and finds no other.
        """
        if not texts:
            return []
        beside = fields or [{}] * len(texts)
        pairs = enumerate(zip(texts, beside, strict=True), 1)
        examples = [self.head.question(f"text {number}", text, of_one) for number, (text, of_one) in pairs]
        length = self.preprocessor.model_max_length
        predictions = self.head.predict(self.model, self.preprocessor, examples, max_length=length)
        return [self.head.as_record(e, p) for e, p in zip(examples, predictions, strict=True)]


def exported_form(folder: Path, engine: str) -> Path | None:
    """Choose the file that ONNX Runtime opens; None for torch. UserError where it was asked for and is not there."""
    if engine == "torch" or (engine == "auto" and device_of().type != "cpu"):
        return None
    path = folder / (INT8 if engine == "int8" else SINGLE)
    if path.is_file():
        return path
    if engine == "auto":
        return None
    raise UserError(
        f"--engine {engine}: {folder} has no {path.relative_to(folder)}: give the folder of a release "
        "(docs/how-to/release.md), or --engine torch"
    )


def find_model(name: str) -> Path:
    """Give the folder of a fine-tuned model: a path, or an item such as finetune/student/entities/seed1.

    UserError where there is none, or where several versions of an item lie side by side.
    """
    path = Path(name)
    if path.name == "manifest.json":
        path = path.parent
    for folder in (path, path / RELEASED):
        if (folder / "config.json").is_file():
            return folder
    for place in (path, Path("artifacts") / path):
        made = sorted(
            folder / inner
            for folder in (manifest.parent for manifest in place.glob("*/manifest.json"))
            for inner in ("", RELEASED)
            if (folder / inner / "config.json").exists()
        )
        if len(made) == 1:
            return made[0]
        if made:
            shown = "\n".join(f"  {folder}" for folder in made)
            raise UserError(f"{name} was made in {len(made)} versions: give the folder of one\n{shown}")
    raise UserError(
        f"{name} is no model: give a folder with a config.json, or an item of `finetune` or `release` such as "
        "finetune/student/entities/seed1 (`ls artifacts/finetune/*/*`)"
    )
