"""The command: files in, answers out."""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from tqdm import tqdm

from alambic.commands.apply.answers import Answerer, find_model
from alambic.commands.apply.files import rejected_of, reserved, state
from alambic.commands.apply.output import Unfinished
from alambic.commands.apply.texts import STANDARD_INPUT, Reading, files_of, read_texts
from alambic.data.documents import Document
from alambic.data.rejected import Rejections
from alambic.errors import UserError
from alambic.stages.collect.tables import kind_of

log = logging.getLogger("alambic")


def apply(
    model: str,
    names: list[str],
    how: Reading,
    *,
    output: Path | None,
    form: str,
    threads: int,
    engine: str = "auto",
    types: Mapping[str, str] | None = None,
) -> None:
    """Answer every text of the files; UserError at the end where no text was understood.

    Answers go to `output`, or as JSON lines to standard output. A row that is not understood is reported, with its
    place, in `<output>.rejected.jsonl`.
    """
    import torch

    folder, files = find_model(model), files_of(names)
    if output is None and form != "jsonl":
        raise UserError(f"--format {form} needs --output")
    if threads:
        torch.set_num_threads(threads)
    with reserved(output, [Path(name) for name in files], is_folder=form == "brat") as watched:
        rejections = Rejections(most=1.0, file=rejected_of(output) if output else None)
        shown = sys.stderr.isatty() and STANDARD_INPUT not in files  # counting reads every file once more
        total = sum(1 for _ in read_texts(files, how, Rejections(most=1.0))) if shown else None
        answerer = Answerer(folder, engine=engine, second_column=how.second_column, types=types)
        _check_pairs(answerer, model, how, files)
        if form in ("brat", "conll") and (answerer.reads_pairs or "entities" not in answerer.answer(["a"])[0]):
            raise UserError(f"--format {form} is for entities; {model} gives labels: choose jsonl or csv")
        texts = _with_repeats_told(read_texts(files, how, rejections), how.id_column)
        if output is None:
            _to_standard_output(answerer, texts, rejections, total)
            watched.check()
        else:
            about = {
                "model": state(folder / "config.json"),
                "files": watched.states,
                "how": asdict(how),
                "engine": engine,
                **({"types": dict(types)} if types else {}),
            }
            unfinished = Unfinished(output, about)
            _to_part(answerer, texts, rejections, total, unfinished)
            watched.check()
            unfinished.finish(output, form)
    for rejected in rejections.first:
        log.warning("%s: %s", rejected.place, rejected.reason)
    if rejections.rejected:
        where = f"; all of them are in {rejections.file}" if rejections.file else ""
        log.warning("%d of %d texts were not understood%s", rejections.rejected, rejections.read, where)
    if not rejections.accepted:
        raise UserError("no text was understood: see above")


def _with_repeats_told(texts: Iterator[Document], id_column: str) -> Iterator[Document]:
    """Count, at the end, the texts whose id of a column an earlier one has: they are answered all the same."""
    seen: set[str] = set()
    repeats = 0
    for document in texts:
        if id_column:
            repeats += document.id in seen
            seen.add(document.id)
        yield document
    if repeats:
        log.warning("%d texts have an id in column '%s' that an earlier text has", repeats, id_column)


def _check_pairs(answerer: Answerer, model: str, how: Reading, files: list[str]) -> None:
    """Refuse a model of pairs without the column of the other text, a column for another model, and no table."""
    if answerer.reads_pairs and not how.second_column:
        raise UserError(f"{model} reads pairs of texts: name the column with the other text by --second-column")
    if not how.second_column:
        return
    if not answerer.reads_pairs:
        raise UserError(f"--second-column {how.second_column}: {model} reads one text, and no pair")
    without = next((name for name in files if name == STANDARD_INPUT or kind_of(name) == ".txt"), None)
    if without is not None:
        raise UserError(f"{without}: pairs of texts are rows of a table: give a csv, tsv, jsonl or parquet file")


def _to_standard_output(
    answerer: Answerer, texts: Iterator[Document], rejections: Rejections, total: int | None
) -> None:
    for document, answer in tqdm(answerer.answer_all(texts), total=total, unit="text", disable=None):
        rejections.accept()
        sys.stdout.write(_line(document, answer))
    sys.stdout.flush()


def _to_part(
    answerer: Answerer, texts: Iterator[Document], rejections: Rejections, total: int | None, unfinished: Unfinished
) -> None:
    done = unfinished.answered()
    if done:
        log.info("%d texts were answered by a run that was stopped: going on behind them", done)
    for _ in islice(texts, done):
        rejections.accept()
    with unfinished.part.open("a", encoding="utf-8", buffering=1 << 16) as stream:
        progress = tqdm(answerer.answer_all(texts), total=total, initial=done, unit="text", disable=None)
        for document, answer in progress:
            rejections.accept()
            stream.write(_line(document, answer))


def _line(document: Document, answer: dict[str, Any]) -> str:
    more = {"metadata": document.metadata} if document.metadata else {}
    record = {"id": document.id, **answer, "text": document.text, **more}
    return json.dumps(record, ensure_ascii=False) + "\n"
