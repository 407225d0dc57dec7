"""Answers on disk: JSON lines while they come, then the form that was asked for.

While a run goes on, `OUT.part` holds a line for each text that was answered, in order. A run that was stopped goes on
behind the last whole line, where it was asked about the same files by the same model.
"""

import csv
import json
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from alambic.commands.apply.files import about_of, part_of
from alambic.errors import UserError
from alambic.tasks.iob2 import Span, to_tags
from alambic.tasks.words import word_offsets

Record = dict[str, Any]


class Unfinished:
    """The answers of a run that goes on, and the run that they belong to."""

    def __init__(self, output: Path, run: Record) -> None:
        self.part, self.about = part_of(output), about_of(output)
        self.run = json.dumps(run, sort_keys=True)

    def answered(self) -> int:
        """Count the texts that were answered, and cut off a line that was not written to its end."""
        if not self._has_answer():
            self.part.unlink(missing_ok=True)
            self.about.write_text(self.run, encoding="utf-8")
            return 0
        if not self.about.exists() or self.about.read_text(encoding="utf-8") != self.run:
            raise UserError(
                f"{self.part} holds answers of another run (other files, another model or other options): "
                "remove it, or give another --output"
            )
        count = whole = 0
        with self.part.open("rb+") as stream:
            for line in stream:
                if not line.endswith(b"\n"):
                    break
                count, whole = count + 1, whole + len(line)
            stream.truncate(whole)
        return count

    def keep(self, lines: int) -> None:
        """Cut off what is behind the first lines."""
        with self.part.open("rb+") as stream:
            stream.truncate(sum(len(line) for line in islice(stream, lines)))

    def _has_answer(self) -> bool:
        try:
            with self.part.open("rb") as stream:
                return stream.readline().endswith(b"\n")
        except FileNotFoundError:
            return False

    def read(self) -> Iterator[Record]:
        """Read the answers again."""
        with self.part.open(encoding="utf-8") as stream:
            for line in stream:
                yield json.loads(line)

    def finish(self, output: Path, form: str = "jsonl") -> None:
        """Put the answers where they belong, in their form, and remove what a stopped run would need."""
        if form == "brat":
            write_brat(self.read(), output)
            self.part.unlink()
        elif form in FORMS:
            whole = output.with_name(f".{output.name}.{form}")  # nothing half written bears the name of the output
            FORMS[form](self.read(), whole)
            whole.replace(output)
            self.part.unlink()
        else:
            self.part.replace(output)
        self.about.unlink(missing_ok=True)


def write_csv(records: Iterator[Record], output: Path) -> None:
    """Write a row for each label or entity, with the text's id; a text without any has a row without one.

    Of a model that writes there is a further column, what was written.
    """
    first = next(records, {})
    columns = ["id", "label", "score", "start", "end", "mention", *(["written"] if "written" in first else [])]
    with output.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.DictWriter(stream, columns, lineterminator="\n")
        rows.writeheader()
        for record in chain([first] if first else [], records):
            common: Record = {name: record[name] for name in ("id", "written") if name in record}
            answers = record.get("entities", record.get("labels", [{"score": record.get("score")}]))
            for answer in answers or [{}]:
                mention = answer.get("text", "")
                given = {name: answer[name] for name in columns if name in answer}
                rows.writerow({**common, "mention": mention, **given})


def write_brat(records: Iterator[Record], output: Path) -> None:
    """Write a folder with `NAME.txt` and `NAME.ann` for each text."""
    output.mkdir(parents=True, exist_ok=True)
    for number, record in enumerate(records):
        name = f"{number:07d}-" + "".join(sign if sign.isalnum() else "_" for sign in record["id"])[-80:]
        (output / f"{name}.txt").write_text(record["text"], encoding="utf-8", newline="")
        lines = []
        for rank, entity in enumerate(record["entities"], 1):
            mention = " ".join(entity["text"].split("\n"))
            lines.append(f"T{rank}\t{entity['label']} {entity['start']} {entity['end']}\t{mention}\n")
        (output / f"{name}.ann").write_text("".join(lines), encoding="utf-8", newline="")


def write_conll(records: Iterator[Record], output: Path) -> None:
    """Write a word and its IOB2 tag a line, texts apart by an empty line and introduced by `# id`."""
    with output.open("w", encoding="utf-8") as stream:
        for record in records:
            words = word_offsets(record["text"])
            tags = to_tags(words, [Span(e["start"], e["end"], e["label"]) for e in record["entities"]])
            stream.write(f"# id = {record['id']}\n")
            for (start, end), tag in zip(words, tags, strict=True):
                stream.write(f"{record['text'][start:end]}\t{tag}\n")
            stream.write("\n")


FORMS: dict[str, Callable[[Iterator[Record], Path], None]] = {
    "csv": write_csv,
    "conll": write_conll,
}
