"""Texts with lists of spans, as annotation tools export them: one JSON value a text.

Formats: `doccano` (its JSONL exports), `prodigy` (its JSONL; https://prodi.gy/docs/api-interfaces), `spacy` (training
pairs `["text", {"entities": [[0, 5, "DRUG"]]}]`), `label_studio` (its JSON and JSON-MIN exports;
https://labelstud.io/guide/export). Offsets count characters, their ends are not included.
"""

from collections.abc import Callable, Mapping
from typing import Any

from alambic.stages.collect.annotation_exports.record import (
    Mark,
    NotUnderstood,
    Record,
    checked_mark,
    checked_text,
    unique,
)


def read_doccano(value: Any) -> Record:
    """Read a text of Doccano: `label` or `labels` [[start, end, name]], or `entities` with offsets by name."""
    fields = _fields(value)
    text = checked_text(fields.pop("text", fields.pop("data", None)), "text")
    listed = [fields.pop(name) for name in ("label", "labels", "entities") if name in fields]
    if not listed:
        raise NotUnderstood("no `label`, `labels` or `entities`: expected a list of spans")
    fields.pop("relations", None)
    marks = [_doccano_mark(text, span) for span in _list(listed[0], "the spans")]
    return Record(text, unique(marks), _name(fields), fields.pop("meta", None) or fields)


def _doccano_mark(text: str, span: Any) -> Mark:
    if isinstance(span, Mapping):
        return checked_mark(text, span.get("start_offset"), span.get("end_offset"), span.get("label"))
    if isinstance(span, list) and len(span) == 3:
        return checked_mark(text, *span)
    raise NotUnderstood(f"the span {span!r:.60}: expected [start, end, label]")


def read_prodigy(value: Any) -> Record:
    """Read a text of Prodigy: `spans` with start, end, label; what its annotator rejected or passed over is refused."""
    fields = _fields(value)
    text = checked_text(fields.pop("text", None), "text")
    answer = fields.pop("answer", "accept")
    if answer != "accept":
        raise NotUnderstood(f"its answer is '{answer!s:.20}', not 'accept'")
    marks = [_by_name(text, span) for span in _list(fields.pop("spans", []), "`spans`")]
    inner = fields.get("meta")
    return Record(text, unique(marks), _name(fields), inner if isinstance(inner, Mapping) else {})


def read_spacy(value: Any) -> Record:
    """Read a training pair of spaCy, or an object with `text` and `entities` or `ents`."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], Mapping):
        value = {"text": value[0], **value[1]}
    fields = _fields(value)
    text = checked_text(fields.pop("text", None), "text")
    listed = [fields.pop(name) for name in ("entities", "ents", "spans") if name in fields]
    if not listed:
        raise NotUnderstood("no `entities`: expected a list of [start, end, label]")
    marks = [
        checked_mark(text, *span) if isinstance(span, list) and len(span) == 3 else _by_name(text, span)
        for span in _list(listed[0], "`entities`")
    ]
    return Record(text, unique(marks), _name(fields), fields)


def read_label_studio(value: Any) -> Record:
    """Read a task of Label Studio: the ground truth among its annotations, else the last one that was completed."""
    fields = _fields(value)
    if "annotations" not in fields and "completions" not in fields:
        return _label_studio_min(fields)
    data = _fields(fields.get("data"))
    results = [
        annotation
        for annotation in _list(fields.get("annotations", fields.get("completions")), "`annotations`")
        if isinstance(annotation, Mapping) and not annotation.get("was_cancelled")
    ]
    if not results:
        raise NotUnderstood("nobody completed its annotation")
    chosen = next((a for a in results if a.get("ground_truth")), results[-1])
    regions = [
        region
        for region in _list(chosen.get("result", []), "`result`")
        if isinstance(region, Mapping) and region.get("type", "labels") == "labels"
    ]
    name = next((str(region.get("to_name")) for region in regions), "text")
    column = name if name in data else "text"
    text = checked_text(data.pop(column, None), f"data.{column}")
    marks = [_labelled(text, region.get("value")) for region in regions]
    return Record(text, unique(marks), _name(fields), data)


def _label_studio_min(fields: dict[str, Any]) -> Record:
    """Read a task of the JSON-MIN export: the text, and one list of regions under the name of the labels' control."""
    text = checked_text(fields.pop("text", None), "text")
    regions = next((v for v in fields.values() if isinstance(v, list) and v and isinstance(v[0], Mapping)), [])
    marks = [_labelled(text, region) for region in regions]
    plain = {key: field for key, field in fields.items() if not isinstance(field, list)}
    return Record(text, unique(marks), _name(plain), plain)


def _labelled(text: str, region: Any) -> Mark:
    region = _fields(region)
    labels = _list(region.get("labels", region.get("label")), "`labels`")
    if len(labels) != 1:
        raise NotUnderstood(f"a region has the labels {labels!r:.60}: expected one")
    return checked_mark(text, region.get("start"), region.get("end"), labels[0], region.get("text"))


def _by_name(text: str, span: Any) -> Mark:
    span = _fields(span)
    return checked_mark(text, span.get("start"), span.get("end"), span.get("label"), span.get("text"))


def _fields(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise NotUnderstood(f"{value!r:.60}: expected an object with names")
    return dict(value)


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise NotUnderstood(f"{name}: {value!r:.60}, expected a list")
    return value


def _name(fields: dict[str, Any]) -> str:
    value = fields.pop("id", "")
    return "" if value is None else str(value)


READERS: dict[str, Callable[[Any], Record]] = {
    "doccano": read_doccano,
    "label_studio": read_label_studio,
    "prodigy": read_prodigy,
    "spacy": read_spacy,
}
