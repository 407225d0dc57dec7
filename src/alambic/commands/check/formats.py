"""The format of files, where their names and their beginning leave no doubt."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alambic.commands.check.choices import FORMATS
from alambic.data.local_data import files_below
from alambic.data.table_text import UTF_16
from alambic.errors import UserError
from alambic.stages.collect.annotation_exports.conll import DOCUMENT, Refused, read_sentences
from alambic.stages.collect.compressed import unpacked, unpacked_name
from alambic.stages.collect.folders import is_about, is_archive
from alambic.stages.collect.tables import kind_of

TABLE = "table"

BEGINNING = 1 << 20  # bytes of a file that are looked at
LINES = 200
CONLL = (".conll", ".iob", ".iob2", ".bio", ".bioes")
NAMES_OF_SPANS = ("label", "labels", "entities", "ents", "spans", "annotations", "completions")


def guess(path: Path) -> str:
    """Name the format of a file or a folder; UserError, with the choices, where it is not sure."""
    if path.is_file():
        return _of_file(path, path.name)
    files = files_below(path)
    if "dataset_dict.json" in files or {"state.json", "dataset_info.json"} <= files.keys():
        return "saved_dataset"
    if any(name.endswith(".ann") for name in files):
        return "brat"
    found = {_of_file(file, name) for name, file in files.items() if not is_about(name)}
    if len(found) > 1:
        raise UserError(f"{path} holds files of several formats ({', '.join(sorted(found))}): {_choose()}")
    if not found:
        raise UserError(f"{path} holds no file that can be read: give a folder with your data")
    return found.pop()


def _of_file(file: Path, name: str) -> str:
    suffix = Path(unpacked_name(name)).suffix
    if suffix in CONLL:
        return "conll"
    if suffix in (".json", ".jsonl", ".ndjson"):
        return _of_json(file, name, suffix)
    if suffix in (".txt", ".tsv") and _is_conll(_beginning(file, name)):
        return "conll"
    if kind_of(name) or is_archive(name):
        return TABLE
    raise UserError(f"{name}: '{suffix or name}' says nothing of what it holds: {_choose()}")


def _choose() -> str:
    return f"give --format, one of {', '.join(FORMATS)}"


def _beginning(file: Path, name: str) -> str:
    with unpacked(file, name) as stream:
        content = stream.read(BEGINNING)
    return content.decode("utf-16" if content.startswith(UTF_16) else "utf-8-sig", errors="replace")


def _is_conll(text: str) -> bool:
    """Tell whether each line has words and a tag of IOB or BIOES, and some tag begins an entity."""
    lines = [line for line in text.split("\n")[:LINES] if line.strip() and not line.startswith(DOCUMENT)]
    sentences = list(read_sentences(lines[:-1] if len(lines) > 1 else lines))
    if not sentences or any(isinstance(sentence, Refused) for sentence in sentences):
        return False
    return any(tag != "O" for sentence in sentences if not isinstance(sentence, Refused) for tag in sentence.tags)


def _of_json(file: Path, name: str, suffix: str) -> str:
    values = _values(_beginning(file, name))
    if not values:
        raise UserError(f"{name}: no JSON is read at its beginning: {_choose()}")
    found = {_of_value(value) for value in values}
    if len(found) == 1 and "" not in found and (suffix != ".json" or TABLE not in found):
        return found.pop()
    keys = ", ".join(values[0]) if isinstance(values[0], Mapping) else type(values[0]).__name__
    more = " (a table in JSON has one object a line, and .jsonl as its ending)" if suffix == ".json" else ""
    raise UserError(f"{name}: its first value holds {keys or 'nothing'}, which is of no known tool: {_choose()}{more}")


def _values(text: str) -> list[Any]:
    """Read one list, or the lines; a last line that is cut off does not count."""
    try:
        whole = json.loads(text)
        if isinstance(whole, list) and whole and not (len(whole) == 2 and isinstance(whole[0], str)):
            return whole[:LINES]
    except (ValueError, RecursionError):
        pass
    values = []
    for line in text.split("\n")[:LINES]:
        try:
            values.append(json.loads(line))
        except (ValueError, RecursionError):
            continue
    return values


def _of_value(value: Any) -> str:
    """Name the tool that writes such a value, TABLE where it has no spans; empty where it may be of several."""
    if isinstance(value, str):
        return TABLE
    if isinstance(value, list):
        pair = (
            len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], Mapping) and "entities" in value[1]
        )
        return "spacy" if pair else ""
    if not isinstance(value, Mapping):
        return ""
    if isinstance(value.get("data"), Mapping) and ("annotations" in value or "completions" in value):
        return "label_studio"
    if "_task_hash" in value or "_input_hash" in value or ("answer" in value and "spans" in value):
        return "prodigy"
    listed = [value[key] for key in NAMES_OF_SPANS if isinstance(value.get(key), list)]
    spans = [span for spans in listed for span in spans]
    if any(isinstance(span, Mapping) and {"start_offset", "end_offset"} <= span.keys() for span in spans):
        return "doccano"
    if any(isinstance(span, list) for span in spans):
        return "doccano" if isinstance(value.get("label", value.get("labels")), list) else ""
    if any(isinstance(span, Mapping) for span in spans):
        return ""
    return TABLE if (not spans and not _of_doccano(value)) or all(isinstance(span, str) for span in spans) else ""


def _of_doccano(value: Mapping[str, Any]) -> bool:
    return "relations" in value and "entities" in value
