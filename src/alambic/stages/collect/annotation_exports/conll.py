"""Tagged words, one a line: CoNLL-2003 and its kin.

A line holds a word, maybe further columns, and a tag; an empty line ends a sentence, `-DOCSTART-` a document. Tags are
in IOB1, IOB2 or BIOES; which of them is seen from the tags: S or E say BIOES, an I that begins an entity says IOB1, and
in anything else the three agree.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from alambic.stages.collect.annotation_exports.record import Mark, NotUnderstood, Record, unique

DOCUMENT = "-DOCSTART-"


@dataclass(frozen=True)
class Sentence:
    """Words with their tags, and the number of the line where they begin, from 1."""

    line: int
    words: tuple[str, ...]
    tags: tuple[str, ...]
    starts_document: bool = False


@dataclass(frozen=True)
class Refused:
    """A line that was not understood."""

    line: int
    text: str
    reason: str


def read_sentences(
    lines: Iterable[str], *, delimiter: str | None = None, word_column: int = 0, tag_column: int = -1
) -> Iterator[Sentence | Refused]:
    """Read sentences; a line with too few columns or a tag of no scheme is refused, and its sentence with it.

    `delimiter` None: any run of blanks and tabs. A line that begins with `# ` and has no further column is a comment.
    """
    words: list[str] = []
    tags: list[str] = []
    refused: list[Refused] = []
    first, starts = 1, False
    number = 0
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\r\n")
        if line.strip() and not line.startswith(DOCUMENT):
            if not words and not refused:
                first = number
            cells = line.split(delimiter)
            if line.startswith("# ") and not words:
                continue
            try:
                word, tag = cells[word_column].strip(), cells[tag_column].strip()
                _check(cells, word, tag)
            except (IndexError, NotUnderstood) as error:
                reason = str(error) if isinstance(error, NotUnderstood) else f"{len(cells)} columns"
                refused.append(Refused(number, line, reason))
                continue
            words.append(word)
            tags.append(tag)
            continue
        yield from _ended(first, words, tags, refused, starts)
        if words or refused:
            starts = False
        words, tags, refused = [], [], []
        starts = starts or line.startswith(DOCUMENT)
    yield from _ended(first, words, tags, refused, starts)


def _ended(
    first: int, words: list[str], tags: list[str], refused: list[Refused], starts: bool
) -> Iterator[Sentence | Refused]:
    if refused:
        yield from refused
        if words:
            yield Refused(first, " ".join(words), "its sentence has a line that was not understood")
    elif words:
        yield Sentence(first, tuple(words), tuple(tags), starts)


def _check(cells: Sequence[str], word: str, tag: str) -> None:
    if len(cells) < 2:
        raise NotUnderstood("one column: expected a word and its tag")
    if not word:
        raise NotUnderstood("no word")
    check_tag(tag)


def check_tag(tag: str) -> None:
    """NotUnderstood for a tag of no scheme."""
    if tag != "O" and not (tag[:2] in ("B-", "I-", "E-", "S-", "L-", "U-") and tag[2:].strip()):
        raise NotUnderstood(f"the tag '{tag:.40}': expected O, or B-, I-, E- or S- and a label")


def to_record(sentence: Sentence) -> Record:
    """Join the words with blanks, and mark its entities in the text."""
    starts, text = [], ""
    for word in sentence.words:
        text += " " * bool(text)
        starts.append(len(text))
        text += word
    marks = [
        Mark(starts[first], starts[last] + len(sentence.words[last]), label)
        for first, last, label in entities(sentence.tags)
    ]
    return Record(text, unique(marks))


def entities(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """List (first word, last word, label) of the entities in tags of IOB1, IOB2 or BIOES.

    An I or E that continues nothing of its label begins an entity, as IOB1 has it.
    """
    found: list[tuple[int, int, str]] = []
    open_label = ""
    for number, tag in enumerate(tags):
        prefix, label = tag[:1], tag[2:]
        if tag == "O":
            open_label = ""
        elif prefix in "IEL" and open_label == label:
            first, _, _ = found.pop()
            found.append((first, number, label))
        else:
            found.append((number, number, label))
        open_label = "" if tag == "O" or prefix in "ESLU" else label
    return found
