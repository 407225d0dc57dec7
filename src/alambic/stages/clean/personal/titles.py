"""Names after a title: "Mme", "Dr", "M.", and in rows after several people's: "MM. Dupont et Martin"."""

import re
from collections.abc import Iterator

from alambic.stages.clean.personal.births import SURELY_BORN
from alambic.stages.clean.personal.characters import BLANK, fold, words
from alambic.stages.clean.personal.name_shapes import FIRST_LOWER, Name, is_full_name, name_after
from alambic.stages.clean.personal.ordinary_words import (
    is_given_name,
    is_label,
    is_of_anatomy,
    is_of_medicine,
    is_ordinary,
    is_sentence_word,
)

_NO = r"(?<![\w.<@&'’-])"
_STRONG = (
    r"[Dd]octeure?|DOCTEURE?|[Dd]octoresse|[Pp]rofesseure?|PROFESSEURE?|[Mm]onsieur|MONSIEUR|[Mm]adame|MADAME|"
    r"[Mm]ademoiselle|MADEMOISELLE|[Mm]me|MME|[Mm]lle|MLLE|[Mm]elle|[Mm]r|Dre|dre|[Mm]aître|Mgr|[Mm]dme|"
    r"[Nn]ommée?|[Pp]rénommée?|[Ss]urnommée?|[Vv]euve|VEUVE|[Vv]ve|[Éé]pouse|EPOUSE|[Éé]p\.|alias|Me\b"
)
_PLURAL = (
    r"[Dd]octeure?s|DOCTEURE?S|[Pp]rofesseure?s|PROFESSEURE?S|[Mm]essieurs|MESSIEURS|[Mm]esdames|MESDAMES|[Mm]esdemoiselles|"
    r"MESDEMOISELLES|[Mm]mes|MMES|[Mm]lles|MLLES|[Mm]elles|[Dd]rs|DRS|Dres|[Pp]rs|PRS|Pres|Mrs|[Mm]aîtres|Mes|MM"
)
TITLE = re.compile(
    rf"{_NO}(?:(?P<plural>{_PLURAL})(?!\w)|(?P<strong>{_STRONG})(?!\w)|"
    rf"(?P<medium>M\.|[Dd]r(?!\w)|Pr(?!\w)|pr\.|Pre(?=\.)|{SURELY_BORN})|"
    rf"(?P<weak>(?:DR|PR|MR|M|pr|Pre|NEE|Enfant|Bébé|BEBE|ENFANT|enfant|bébé|[Nn]ourrisson|[Ff]amille)(?![\w'’])))"
    rf"(?P<point>\.?)(?:{BLANK}{{1,3}}(?P<sign>[:=]{BLANK}{{0,3}})?|(?P<tight>[:=]{BLANK}{{0,3}})|(?<=\.)|(?=/M|/D|/P|/Ml))"
)
OTHER_TITLE = re.compile(
    r"(?:(?:et|ET|ou|/|\(?e\)?|les?|la|l['’]|ma|son|sa)[ \u00a0]?(?:MM?\.[ \u00a0]{1,2})?"
    r"|\((?=M|D|P)|/[ \u00a0]?)?"
    r"(?:[Dd]octeurs?|DOCTEURS?|[Pp]rofesseure?s?|PROFESSEURS?|Mmes?\.?|MMES?|[Mm]adame|MADAME|[Mm]onsieur|MONSIEUR"
    r"|M(?:lle|elle)s?|MM\.|[Dd]re?s?\.?|DRS?\.?|Prs?\.?|PRS?\.?|Mr)(?!\w)\)?[ \u00a0]{0,2}(?::[ \u00a0]{1,2})?(?<!\w)"
)
_HEART = re.compile(
    r"(?:segment|espace|intervalle|onde|long|court|sous-décalage|type|pic|stade|sexe|bloc)[ :]{1,3}$", re.I
)
# What stands between two names of a row; the comma after titles of several people only.
_AND = re.compile(r"[ \u00a0]{1,2}(?:et|ET|&|ou)[ \u00a0]{1,2}|[ \u00a0]?/[ \u00a0]?(?!\d)")
_AND_MORE = re.compile(
    r"(?:[ \u00a0]?[,;][ \u00a0]{0,2}(?:et[ \u00a0])?|[ \u00a0]{1,2}(?:et|ET|&|ou|-)[ \u00a0]{1,2}"
    r"|[ \u00a0]?/[ \u00a0]?)\n?(?!\d)"
)
_END_OF_CELL = re.compile(r"[ \u00a0]{0,2}(?:[.,;(|)/\n\t-]|$)")
_DISEASES = words(
    "wilson fabry raynaud paget dupuytren charcot horton becker menetrier still berger pick gaucher pompe duchenne "
    "devic pott forestier bowen darier hansen weil bouillaud roger ebstein osler perthes haglund sever "
    "freiberg ledderhose simmonds hodgkin hashimoto riedel dercum bright dubin gilbert rotor caroli thomsen "
    "binswanger tarlov "
)
MOST_NAMES = 20  # of a row


def titled(text: str) -> Iterator[tuple[int, int]]:
    """Find names after titles."""
    place = 0
    while match := TITLE.search(text, place):
        place = match.end()
        if match["weak"] and _HEART.search(text[max(0, match.start() - 16) : match.start()]):
            continue
        several = bool(match["plural"])
        while other := OTHER_TITLE.match(text, place):
            place = other.end()
            several |= bool(_SEVERAL.search(other[0]))
        name = name_after(text, place)
        if name and _fits(match, name, text, several=several):
            yield name.start, name.end
            place = name.end
            for more in more_names(text, place, several=several):
                yield more
                place = more[1]
        elif not name and match["medium"] in ("Dr", "dr", "Dr.", "dr.") and (lower := FIRST_LOWER.match(text, place)):
            yield lower.span()


_SEVERAL = re.compile(r"(?:[a-z]s|MES|RS|MM)\b")


def more_names(text: str, place: int, *, several: bool) -> Iterator[tuple[int, int]]:
    """Read the other names of a row."""
    for _ in range(MOST_NAMES):
        between = (_AND_MORE if several else _AND).match(text, place)
        if between is None:
            return
        place = between.end()
        while other := OTHER_TITLE.match(text, place):
            place = other.end()
        name = name_after(text, place)
        if name is None or not _is_one_more(name, text, several=several):
            return
        yield name.start, name.end
        place = name.end


def _is_one_more(name: Name, text: str, *, several: bool) -> bool:
    first = name.words[0]
    if name.initials:
        return several and len(first) > 1
    if any(is_ordinary(word) or is_label(word) for word in name.words) or len(first) < 3:
        return False
    return several or is_full_name(name) or is_given_name(first) or bool(_END_OF_CELL.match(text, name.end))


def _fits(title: re.Match[str], name: Name, text: str, *, several: bool) -> bool:
    """Tell whether what follows a title is a name, by how sure the title is."""
    first = name.words[0]
    if title["sign"] or title["tight"]:
        return _fits_after_a_colon(title, name, text)
    if several:
        return _fits_several(title, name, text)
    if name.initials or text[name.start + 1 : name.start + 2] == ".":
        return not title["weak"] or len(name.words) > 1
    if title["weak"]:
        return _fits_weak(title, name, text)
    if title["medium"] or title["point"]:
        return not is_ordinary(first) and not _is_muscle(title, name, text)
    return not is_sentence_word(first) and not (is_ordinary(first) and not first.isupper())


def _fits_after_a_colon(title: re.Match[str], name: Name, text: str) -> bool:
    """Tell a line of a form ("Dr : Dupont") from a finding ("PR : Normal", "Dr : Drain")."""
    if (
        title["weak"]
        or title["strong"] in ("Me", "Mr")
        or any(is_ordinary(word) or is_label(word) for word in name.words)
        or name.initials
    ):
        return False
    return is_full_name(name) or bool(_END_OF_CELL.match(text, name.end)) or len(name.words) > 1


def _fits_several(title: re.Match[str], name: Name, text: str) -> bool:
    """Tell what follows a title of several people; "MM", "Mes" and "Prs" are other things too."""
    if name.initials:
        return not title["plural"] or title["plural"] not in ("MM", "Mes") or bool(title["point"])
    if (
        len(set(name.words[0])) == 1
        or is_of_medicine(name.words[0])
        or is_label(name.words[0])
        or is_ordinary(name.words[0])
    ):
        return False
    if title["plural"] in ("MM", "Mes") and not title["point"]:
        return next(more_names(text, name.end, several=True), None) is not None
    return True


def _fits_weak(title: re.Match[str], name: Name, text: str) -> bool:
    first = name.words[0]
    shouted = first.isupper() and len(first) > 2
    before = text[max(0, title.start() - 12) : title.start()].rstrip(" \u00a0")
    placed = title["weak"] == "M" and (
        not before or before[-1] in "\n,;(:-" or before.endswith((" de", " par", " que", " chez", " et"))
    )
    child = fold(title["weak"]) in ("enfant", "bebe", "nourrisson", "famille")
    shouted = shouted and not child
    if _is_muscle(title, name, text):
        return False
    return not is_ordinary(first) and (shouted or is_given_name(first) or placed)


def _is_muscle(title: re.Match[str], name: Name, text: str) -> bool:
    """Tell "M. Grand pectoral", where M. is short for muscle, and "M. de Wilson", where it is for maladie."""
    if title[0][0] != "M":
        return False
    following = _LOWER.match(text, name.end)
    if following and is_of_anatomy(following[1]):
        return True
    return text[name.start] in "dD" and len(name.words) == 1 and fold(name.words[0]) in _DISEASES


_LOWER = re.compile(r"[ \u00a0](?:(?:des|du|de la)[ \u00a0])?([a-zà-ÿ][\w-]{2,40})")
