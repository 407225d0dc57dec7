"""Tables within a text: what stands under a column's head ("Nom", "IPP", "Médecin") is masked by its kind.

Cells are parted by tabs, bars, semicolons, two blanks, commas or the tags of HTML. Heads are known by the rules for the
columns of a document.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from alambic.stages.clean.personal.births import DATE
from alambic.stages.clean.personal.characters import LETTER, Guarded, fold, words
from alambic.stages.clean.personal.columns import kind_of_column
from alambic.stages.clean.personal.numbers import Span
from alambic.stages.clean.personal.ordinary_words import is_label, is_of_medicine, is_ordinary, is_sentence_word

Cell = tuple[int, int]
_HEAD = Guarded(
    r"(?i)(?<![\w<])(?:noms?|pr[ée]noms?|identité|patronyme|patiente?s?|malades?|médecins?|praticiens?|chirurgiens?|internes?"
    r"|docteur|signataire|(?:last|first)[ _]?name|surname|name)(?![\w>])",
    "nom",
    "patient",
    "malade",
    "decin",
    "praticien",
    "chirurgien",
    "interne",
    "docteur",
    "signataire",
    "name",
    "identité",
    "patronyme",
)
_SEPARATORS = tuple(
    re.compile(separator) for separator in (r"\t", r"\|", r";", r"[ \u00a0]{2,60}", ",")
)  # the surest first
_COMMA = 4
_RULE = re.compile(r"[\s|:+=_-]{0,400}$")
_CELL = Guarded(
    r"(?i)(?P<row><tr\b)|<t[hd]\b[^<>]{0,200}>\s{0,20}(?:<\w{1,8}>\s{0,20})?(?P<cell>[^<>]{0,200})", "<td", "<th"
)
_DATE = re.compile(rf"(?i:{DATE})$")
_FIGURES = re.compile(r"\d[\d ./-]{2}\d|:[ \u00a0]?\w")  # heads hold neither a number nor a label with its value
_AROUND = " \t\u00a0\"'*_`«»"
_WORDS = re.compile(rf"(?:{LETTER}[^\s,;/|]{{0,40}})(?:[ \u00a0,/-]{{1,3}}{LETTER}[^\s,;/|]{{0,40}}){{0,5}}$")
_THINGS = words(
    "dci dose doses dosage posologie forme voie unite unites valeur valeurs norme normes resultat laboratoire "
    "amm molecule substance code atc indication quantite lot concentration definition description type taille "
    "version symbole "
)
_PERSONS = words("sexe age naissance ddn ne nee prenom prenoms ipp nir chambre lit")
_ROLES = words("patient patiente patients malade malades")
LONGEST_LINE, MOST_CELLS, MOST_ROWS, LONGEST_HEAD = 2000, 60, 100_000, 40


def in_tables(text: str) -> Iterator[Span]:
    """Find what the columns of tables hold."""
    done = 0
    for match in _HEAD.finditer(text):
        if match.start() < done:
            continue
        start = text.rfind("\n", max(0, match.start() - LONGEST_LINE), match.start()) + 1
        end = _end_of_line(text, match.start())
        done = end
        if end - start > LONGEST_LINE or (start == 0 and match.start() > LONGEST_LINE):
            continue
        for number, separator in enumerate(_SEPARATORS):
            head = _cells(text, start, end, separator)
            if len(head) > 1 and (kinds := _kinds(text, head)):
                rows = _rows(text, end, separator, len(head), exact=number == _COMMA)
                found, done = _masked_rows(text, head, kinds, rows, done)
                yield from found
                break
    yield from _in_html(text)


def _masked_rows(
    text: str, head: Sequence[Cell], kinds: dict[int, str], rows: Iterator[Sequence[Cell]], done: int
) -> tuple[list[Span], int]:
    found: list[Span] = []
    sure = _is_about_persons(text, head)
    for row in rows:
        done = max(done, row[-1][1])
        for number, kind in kinds.items():
            if number < len(row) and (span := _value(text, row[number], kind, sure=sure)):
                found.append(span)
    return found, done


def _in_html(text: str) -> Iterator[Span]:
    rows: list[list[Cell]] = [[]]
    for match in _CELL.finditer(text):
        if match["row"]:
            rows.append([])
        elif len(rows[-1]) < MOST_CELLS:
            rows[-1].append(_stripped(text, *match.span("cell")))
    kinds: dict[int, str] = {}
    sure = False
    for row in rows:
        if (
            len(row) > 1
            and (heads := _kinds(text, row))
            and not any(_value(text, row[n], "NOM", sure=False) for n in heads)
        ):
            neighbours = [pair for pair in pairwise(row) if _kind(text, pair[0]) == "NOM"]
            values = [span for _, cell in neighbours if (span := _value(text, cell, "NOM", sure=False))]
            yield from values
            kinds, sure = ({}, False) if values else (heads, _is_about_persons(text, row))
            continue
        for number, kind in kinds.items():
            if number < len(row) and (span := _value(text, row[number], kind, sure=sure)):
                yield span


def _end_of_line(text: str, place: int) -> int:
    end = text.find("\n", place, place + LONGEST_LINE)
    return end if end >= 0 else min(len(text), place + LONGEST_LINE)


def _cells(text: str, start: int, end: int, separator: re.Pattern[str]) -> list[Cell]:
    line = text[start:end]
    if line.lstrip().startswith("|"):
        start, line = start + line.index("|") + 1, line[line.index("|") + 1 :].rstrip().removesuffix("|")
    cells, place = list[Cell](), 0
    for part in separator.finditer(line):
        cells.append(_stripped(text, start + place, start + part.start()))
        place = part.end()
        if len(cells) >= MOST_CELLS:
            break
    return [*cells, _stripped(text, start + place, start + len(line))]


def _stripped(text: str, start: int, end: int) -> Cell:
    value = text[start:end]
    left = len(value) - len(value.lstrip(_AROUND + "\n\r"))
    return start + left, max(start + left, start + len(value.rstrip(_AROUND + "\n\r")))


def _rows(text: str, place: int, separator: re.Pattern[str], width: int, *, exact: bool) -> Iterator[Sequence[Cell]]:
    """Read the rows under a head, up to a line that is none."""
    for _ in range(MOST_ROWS):
        if place >= len(text):
            return
        start, place = place + 1, _end_of_line(text, place + 1)
        if place - start >= LONGEST_LINE:
            return
        if place > start and _RULE.match(text[start : start + 400]) and "-" in text[start:place]:
            continue
        row = _cells(text, start, place, separator)
        if len(row) < 2 or (exact and len(row) != width):
            return
        yield row


def _kind(text: str, cell: Cell) -> str:
    head = text[cell[0] : cell[1]].rstrip(" :*")
    parts = fold(head).split()
    if not parts or len(head) > LONGEST_HEAD or len(parts) > 6 or not head[0].isalpha() or ":" in head:
        return ""
    if _ROLES.issuperset(parts):
        return "NOM"
    return kind_of_column(head)


def _kinds(text: str, head: Sequence[Cell]) -> dict[int, str]:
    """Give the kinds of columns by their heads; nothing where the row is no head."""
    kinds = {number: kind for number, cell in enumerate(head) if (kind := _kind(text, cell))}
    if not kinds or any(end - start > LONGEST_HEAD or _FIGURES.search(text[start:end]) for start, end in head):
        return {}
    sure = _is_about_persons(text, head)
    things = any(_THINGS.intersection(_plain(text, cell)) for cell in head)
    return {
        number: kind
        for number, kind in kinds.items()
        if sure
        or not (kind in ("ADRESSE", "IP") or (things and _plain(text, head[number]) in (["nom"], ["noms"], ["name"])))
    }


def _plain(text: str, cell: Cell) -> list[str]:
    return re.findall(r"[a-z]+", fold(text[cell[0] : cell[1]]))


def _is_about_persons(text: str, head: Sequence[Cell]) -> bool:
    return any(_PERSONS.intersection(_plain(text, cell)) for cell in head)


def _value(text: str, cell: Cell, kind: str, *, sure: bool) -> Span | None:
    """Give the span of a cell that holds what the head says, and None for what it does not."""
    start, end = cell
    value = text[start:end]
    if not value or "<" in value:
        return None
    if kind == "NOM":
        return (start, end, kind) if _is_name(value, sure=sure) else None
    if kind == "DATE_NAISSANCE":
        return (start, end, kind) if _DATE.match(value) else None
    if kind == "ADRESSE":
        return (start, end, kind) if value[:1].isalnum() and not is_label(value.split()[0]) and len(value) > 2 else None
    return (start, end, kind) if sum(map(str.isdigit, value)) >= 5 or (kind == "COURRIEL" and "@" in value) else None


def _is_name(value: str, *, sure: bool) -> bool:
    if len(value) < 2 or not _WORDS.match(value):
        return False
    parts = re.findall(r"[^\s,/]{1,60}", value)
    if is_sentence_word(parts[0]) or is_label(parts[0]):
        return False
    if sure:
        return True
    return parts[0][0].isupper() and not any(is_ordinary(part) or is_of_medicine(part) for part in parts)
