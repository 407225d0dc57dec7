"""What names look like: words with a capital, initials, particles; read from a place of a text, some words at most."""

import re
from dataclasses import dataclass

from alambic.stages.clean.personal.characters import BLANK, LETTER, UPPER, WORD
from alambic.stages.clean.personal.ordinary_words import is_given_name, is_ordinary, is_sentence_word

MOST_WORDS = 6
_PARTICLE = (
    r"(?:(?:[Dd]e[ \u00a0](?:[Ll]a|[Ll]['’]|[Ll]es)|[Dd]e|[Dd]u|[Dd]es|[Ll]e|[Ll]a|[Ee]l|[Aa]l|[Bb]en|[Bb]in"
    r"|[Vv]an(?: de[rn]?)?|[Vv]on|"
    r"[Dd]os|[Dd]a|[Dd]i|[Dd]el|DE LA|DE|DU|DES|LE|LA|EL|BEN|VAN|VON|DA|DOS)[ \u00a0]{1,2}|[DdLl]['’]|[Dd]e[ "
    r"\u00a0][Ll]['’])"
)
_INITIALS = rf"[{UPPER}][a-z]?\.(?:[ -]?[{UPPER}]\.){{0,3}}(?:[{UPPER}](?!\w))?"
_TOKEN = re.compile(
    rf"(?P<particle>{_PARTICLE}?)(?:(?P<initials>{_INITIALS})|(?P<word>{WORD})(?![\w>])(?P<label>[ \u00a0]?\(?[:=])?)"
)
_BETWEEN = re.compile(r"[ \t\u00a0]{1,2}(?:(?:dit|dite|née?|ép\.|épouse)[ \u00a0])?|(?<=\.)(?=[^\W\d_])|-(?=[^\W\d_])")
FIRST_LOWER = re.compile(
    r"(?!(?:en|a|et|ou|qui|que|le|la|les|l|de|du|des|d|son|sa|ses|est|pour|par|dit|sur|au|aux|dans|avec|avait"
    r"|puis|ce|cet|cette|un|une|nous|vous|"
    r"se|ne|lui|drain|drainage|droit|droite|référent|traitant|demande|propose|confirme|prescrit|note|vu|si|je"
    r"|j|m|n|s|t|mg|ml|junior|senior|sera|"
    r"es|ès|me|où|mon|ma|mes|notre|votre|leur|sans|non|pas|car|mais|chez|peut|doit|avant|après)\b)"
    rf"[a-zà-ÿœ]{LETTER}{{2,30}}(?:-{LETTER}{{2,20}})?(?![\w'’])"
)
_VALUE_ENDS = re.compile(
    rf"\n|\t|;|\||[,/(\"»”*]|_(?!\w)|  |<|(?<=\w\w)[.]{BLANK}|\.$|{BLANK}-{BLANK}|(?:^|{BLANK}"
    rf"|(?<=\W))[{UPPER}{UPPER.lower()}a-zà-ÿ][\w.'’°()/-]{{0,25}}"
    rf"(?:{BLANK}(?:de|du|d['’]|usage|naissance|famille|marital)[\w'’]{{0,12}}){{0,2}}{BLANK}?[:=]"
)
_NO_VALUE = re.compile(
    r"(?i:non|inconnue?|nc|néant|voir|celui|celle|du|des|le|la|les|un|une|ce|qui|commercial|scientifique"
    r"|générique|chimique)\b"
)


@dataclass(frozen=True)
class Name:
    """Words in a row that may be a name."""

    start: int
    end: int
    words: tuple[str, ...]
    initials: bool  # nothing else
    abbreviated: bool = False  # initials too


def name_after(text: str, place: int) -> Name | None:
    """Read a name at a place of a text; it ends before a word that is none, and before a label."""
    words: list[str] = []
    start, end, initials = place, place, 0
    while len(words) + initials < MOST_WORDS:
        token = _TOKEN.match(text, place)
        if token is None or token["label"] or (words and _ends_a_name(token["word"], words[-1])):
            break
        if token["word"]:
            if not words and not initials and not token["particle"] and _begins_none(token["word"]):
                break
            words.append(token["word"])
        else:
            initials += 1
        end = token.end("word") if token["word"] else token.end()
        between = _BETWEEN.match(text, end)
        if between is None:
            break
        place = between.end()
    if not words and not initials:
        return None
    return Name(start, end, tuple(words) or (text[start:end],), not words, bool(initials))


def _begins_none(word: str) -> bool:
    return word in ("X", "Y", "Z") or (is_sentence_word(word) and not (len(word) == 1 and word != "A"))


def _ends_a_name(word: str | None, before: str) -> bool:
    if word is None:
        return False
    if is_given_name(before) and before.istitle() and len(word) > 3:
        return is_sentence_word(word)  # there are people called Masse
    return is_ordinary(word) or word in ("X", "Y", "Z")


def is_full_name(name: Name) -> bool:
    """Tell what reads like a given name and a surname, in any order."""
    if any(is_ordinary(word) for word in name.words):
        return False
    given = any(is_given_name(word) for word in name.words)
    if len(name.words) == 1:
        return not name.initials and name.abbreviated  # J. DUPONT
    return given or any(word.isupper() and len(word) > 2 for word in name.words)


def name_before(text: str, place: int) -> tuple[int, int] | None:
    """Read a name that ends at a place."""
    low = max(0, place - 80)
    line = text[low:place].rpartition("\n")[2]
    words = list(re.finditer(rf"(?<![\w<])(?:{_PARTICLE}?{WORD}|{_INITIALS})(?![\w>])", line))
    start = end = len(line)
    found: list[str] = []
    for word in reversed(words):
        if line[word.end() : start].strip(" \u00a0-") or len(found) >= MOST_WORDS or is_ordinary(word[0]):
            break
        start = word.start()
        found.append(word[0])
    if not found or (
        len(found) == 1 and not (found[0].isupper() and len(found[0]) > 2) and not is_given_name(found[0])
    ):
        return None
    offset = place - len(line)
    return offset + start, offset + end


_BELOW = re.compile(
    rf"[ \t]{{0,4}}\n{{1,2}}[ \t\u00a0]{{0,8}}((?:{_PARTICLE})?{WORD}(?:[ -]{WORD}){{0,3}})[ \t]{{0,8}}(?=\n|$)"
)
_MONTHS = re.compile(r"(?i)(?:mars|avril|juin|juillet|ao[uû]t)$")


@dataclass(frozen=True)
class Value:
    """What stands after a label."""

    start: int
    end: int
    words: tuple[str, ...]


def value_below(text: str, place: int) -> Value | None:
    """Read a value that stands alone on the line under its label."""
    below = _BELOW.match(text, place)
    return Value(*below.span(1), tuple(below[1].split())) if below else None


def labelled_value(text: str, place: int, *, any_case: bool, weak: bool = False) -> Value | None:
    """Read the value of a label: up to the next label, or the end of what looks like a cell.

    After a `weak` sign, such as a bar or a dash, all words have capitals.
    """
    if below := value_below(text, place):
        return below if not is_ordinary(below.words[0]) and not weak else None
    value = text[place : place + 80]
    end = _VALUE_ENDS.search(value)
    value = (value[: end.start()] if end else value).rstrip(" \u00a0.,-'\"*_»”")
    words = tuple(value.split())
    if not words or len(words) > MOST_WORDS or not all(re.match(LETTER, word) for word in words):
        name = name_after(text, place)
        return Value(name.start, name.end, name.words) if name and not is_sentence_word(name.words[0]) else None
    found = Value(place, place + len(value), words)
    if len(words) > 1 and re.fullmatch(_PARTICLE, words[0] + " ") and words[-1][0].isupper():
        return found
    if weak:
        return found if _are_names(words) else None
    if _NO_VALUE.match(value) or _is_prose(words) or (words[0].islower() and (not any_case or len(words) > 3)):
        return None
    return found if any_case or words[0].isupper() else None


def _is_prose(words: tuple[str, ...]) -> bool:
    if words[0] == "Lê" or (len(words) == 1 and _MONTHS.match(words[0])):
        return False
    return is_sentence_word(words[0])


def _are_names(words: tuple[str, ...]) -> bool:
    return len(words) < 5 and all(word[0].isupper() or re.fullmatch(_PARTICLE, word + " ") for word in words)
