"""Annotations in brat's standoff format: the entities of a text, checked against it.

https://brat.nlplab.org/standoff.html. Lines end at \\n or \\r\\n and nowhere else: a form feed, U+0085 and U+2028 are
signs of texts out of PDF files and Windows-1252.
"""

import re
import unicodedata
from dataclasses import dataclass

from alambic.errors import UserError

MARK = "\ufeff"  # of the order of bytes, before the first line of some files
# T1<tab>DISO 10 14;20 25<tab>text
ENTITY = re.compile(r"(T[0-9]+)\t(\S+) ([0-9]{1,9} [0-9]{1,9}(?:;[0-9]{1,9} [0-9]{1,9})*)\t(.*)", re.DOTALL)
# What nobody here reads, and has to be well-formed all the same: a line of another kind may have been an entity.
OTHERS = re.compile(
    r"(?:R[0-9]+\t\S+ \S+:\S+ \S+:\S+"  # relations
    r"|E[0-9]+\t\S+:\S+(?: \S+:\S+)*"  # events
    r"|[AM][0-9]+\t\S+ [A-Z][0-9]+(?: .+)?"  # attributes and modifications
    r"|N[0-9]+\t\S+ [A-Z][0-9]+ [^\s:]+:[^\t]+(?:\t.*)?"  # normalisations
    r"|\*\t\S+(?: [A-Z][0-9]+){2,}"  # equivalences
    r"|#[0-9]*\t\S+ (?:[A-Z][0-9]+|\*)(?:\t.*)?"  # notes
    r")[ \t]*",
    re.DOTALL,
)
REFERENCE = re.compile(r"(?<=[ :])([TE][0-9]+)(?=[ \t]|$)")  # to what has to be there
NOTES = ("#", "N")  # their third column is free text


@dataclass(frozen=True)
class Entity:
    """A mention of a text; more than one fragment where it has gaps."""

    id: str
    label: str
    fragments: tuple[tuple[int, int], ...]


def read_entities(annotations: str, text: str) -> list[Entity]:
    """Read the entities of a .ann file; UserError, with the line, at what is unknown or does not fit the text."""
    entities: dict[str, Entity] = {}
    for number, line in enumerate(annotations.removeprefix(MARK).split("\n"), 1):
        line = line.removesuffix("\r")
        if not line.strip() or OTHERS.fullmatch(line):
            continue
        match = ENTITY.fullmatch(line)
        if match is None:
            raise UserError(f"line {number} is no line of brat: '{line[:80]}'")
        entity = Entity(match[1], match[2], tuple(_fragment(part) for part in match[3].split(";")))
        if entity.id in entities:
            raise UserError(f"line {number}: brat annotation {entity.id} is there twice")
        _check(entity, match[3], match[4], text, number)
        entities[entity.id] = entity
    return list(entities.values())


def check_references(annotations: str) -> None:
    """UserError, with the line, where one refers to an entity or an event that is not there: its line was lost."""
    lines = [line.removesuffix("\r") for line in annotations.removeprefix(MARK).split("\n")]
    there = {line.partition("\t")[0] for line in lines}
    for number, line in enumerate(lines, 1):
        if line.startswith("T"):
            continue
        described = "\t".join(line.split("\t")[:2]) if line.startswith(NOTES) else line
        for identifier in REFERENCE.findall(described):
            if identifier not in there:
                raise UserError(f"line {number} refers to {identifier}, which is not there: '{line[:80]}'")


def without_mark(text: str, annotations: str) -> tuple[str, str]:
    """Take the mark of the order of bytes from both; a text keeps one that its annotations count."""
    annotations = annotations.removeprefix(MARK)
    if not text.startswith(MARK):
        return text, annotations
    try:
        read_entities(annotations, text[1:])
    except UserError:
        try:
            read_entities(annotations, text)
        except UserError:
            return text[1:], annotations
        return text, annotations
    return text[1:], annotations


def _fragment(part: str) -> tuple[int, int]:
    start, end = part.split(" ")
    return int(start), int(end)


def _check(entity: Entity, offsets: str, mention: str, text: str, number: int) -> None:
    where = f"line {number}: brat annotation {entity.id} {offsets}"
    for start, end in entity.fragments:
        if not start < end <= len(text):
            raise UserError(f"{where} lies outside its text of {len(text)} characters, or is empty: fix its offsets")
    covered = " ".join(text[start:end] for start, end in entity.fragments)
    if _comparable(covered) == _comparable(mention):
        return
    remedy = "fix its offsets"
    other = unicodedata.normalize("NFC", text)
    if len(other) != len(text):
        covered = " ".join(other[start:end] for start, end in entity.fragments)
        if _comparable(covered) == _comparable(mention):
            remedy = "its offsets count composed letters (NFC), its text has decomposed ones: normalise the text"
    raise UserError(f"{where} reads '{mention[:80]}', its text does not: {remedy}")


def _comparable(mention: str) -> list[str]:
    """Compare words whatever stands between them, composed and decomposed letters alike."""
    return unicodedata.normalize("NFC", mention).split()
