"""A fine-tuned model, and its answers to texts, many at a time."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any

from transformers.utils import logging

from alambic.commands.artifact_folders import only_version
from alambic.data.documents import Document
from alambic.data.sums_file import RELEASED
from alambic.errors import UserError
from alambic.models.device import device_of
from alambic.models.onnx_model import INT8, SINGLE, OnnxModel
from alambic.tasks.examples import Example
from alambic.tasks.head import Head, Prediction, saved_head

TEXTS_AT_ONCE = 1024
CHARACTERS_AT_ONCE = 2_000_000
REMEMBERED = 100_000  # answers to texts seen before


class Answerer:
    """Answers texts as `evaluate` does; a text that comes again is answered once.

    Of a model that reads pairs, the other text of a document is its metadata `second_column`; of one that chooses among
    answers, these are there, as JSON.
    `types`, name -> description, are found in the place of those that the model learnt, where its head reads them.
    `engine` is `torch`, `onnx`, `int8`, or `auto`: on a CPU the exported form in single precision, where there is one.
    """

    def __init__(
        self, folder: Path, *, engine: str = "auto", second_column: str = "", types: Mapping[str, str] | None = None
    ) -> None:
        logging.disable_progress_bar()  # opening a model takes a second
        self.head = saved_head(folder)
        self.second_column = second_column
        self.preprocessor = self.head.open_preprocessor(folder)
        if types:
            self.head, model = _for_types(self.head.name, folder, types)
            self.model: Any = model.to(device_of())
            self.remembered: OrderedDict[bytes, dict[str, Any]] = OrderedDict()
            return
        exported = exported_form(folder, engine)
        self.model = OnnxModel(exported) if exported else self.head.open_model(folder).to(device_of())
        self.remembered = OrderedDict()

    @property
    def reads_pairs(self) -> bool:
        """Tell whether an answer is about two texts."""
        return bool(getattr(import_module(f"alambic.tasks.heads.{self.head.name}"), "READS_PAIRS", False))

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
        pairs = [(document.text, str(document.metadata.get(self.second_column, ""))) for document in documents]
        keys = [blake2b("\0".join(pair).encode(), digest_size=16).digest() for pair in pairs]
        new = {key: pair for key, pair in zip(keys, pairs, strict=True) if key not in self.remembered}
        texts, seconds = zip(*new.values(), strict=True) if new else ((), ())
        answers = dict(zip(new, self.answer(texts, seconds), strict=True))
        for key, document in zip(keys, documents, strict=True):
            answer = answers[key] if key in answers else self.remembered[key]
            yield document, answer
        self.remembered.update(answers)
        while len(self.remembered) > REMEMBERED:
            self.remembered.popitem(last=False)

    def answer(self, texts: Sequence[str], seconds: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Answer texts, or pairs of `texts` and `seconds`; each answer is what the head writes, as `labels`."""
        examples, predictions = self._predicted(texts, seconds)
        return [self.head.as_record(e, p) for e, p in zip(examples, predictions, strict=True)]

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """Answer texts with the scores of what could have been answered."""
        return self._predicted(texts, ())[1]

    def _predicted(self, texts: Sequence[str], seconds: Sequence[str]) -> tuple[list[Example], list[Prediction]]:
        if not texts:
            return [], []
        pairs = zip(texts, seconds or [""] * len(texts), strict=True)
        examples = [self.head.question(str(number), *pair) for number, pair in enumerate(pairs)]
        length = self.preprocessor.model_max_length
        return examples, self.head.predict(self.model, self.preprocessor, examples, max_length=length)


def _for_types(head: str, folder: Path, types: Mapping[str, str]) -> tuple[Head[Any], Any]:
    """Open a model for types that it need not have learnt; UserError where its head reads none."""
    module = import_module(f"alambic.tasks.heads.{head}")
    if not getattr(module, "READS_TYPES", False):
        raise UserError(f"--type {next(iter(types))}: {folder} answers by {head}, which reads no descriptions of types")
    opened: tuple[Head[Any], Any] = module.with_types(folder, types)
    return opened


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
        if made:
            return only_version(name, made)
    raise UserError(
        f"{name} is no model: give a folder with a config.json, or an item of `finetune` or `release` such as "
        "finetune/student/entities/seed1 (`ls artifacts/finetune/*/*`)"
    )
