"""How a cause may be written: by its labels, in full or short, as an index inverts them, in capitals or not."""

import re
import unicodedata
from dataclasses import dataclass
from random import Random

from alambic.tasks.perturb.lexicon import Lexicon
from alambic.tasks.sampling import draw
from alambic.tasks.words import fold

IN_BRACKETS = re.compile(r" ?[(\[][^)\]]*[)\]]")
FILLERS = re.compile(
    r",? (?:sans précision|non précisée?s?|prise en charge non précisée|siège non précisé|SAI|NCA|NCA OU SAI)(?=,|$)",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]+")
LONGEST = 60  # characters of a wording: lines of certificates are short


@dataclass(frozen=True)
class Wording:
    """A way to write a code: its kind tells wordings of one code apart, whatever else is done to them."""

    kind: str
    text: str


def wordings_of(code: str, long: str, short: str, own: tuple[str, ...] = ()) -> list[Wording]:
    """Give the ways to write a code: those of its own, its labels without fillers, and its full label inverted.

    "Cardiopathie ischémique" -> also "ischémique, Cardiopathie"
    """
    full, brief = _trimmed(long), _trimmed(short)
    found = [Wording(f"own{number}", text) for number, text in enumerate(own)]
    found += [Wording("long", full), Wording("short", brief)]
    words = full.split()
    if 2 <= len(words) <= 5 and "," not in full and len(words[-1]) > 3:
        found.append(Wording("inverted", f"{words[-1]}, {' '.join(words[:-1])}"))
    if len(words) > 1:
        found.append(Wording("abbreviated", full))
    fitting = [wording for wording in found if wording.text and len(wording.text) <= LONGEST]
    return fitting or [Wording("short", brief[:LONGEST].strip(" ,.") or code)]


def _trimmed(label: str) -> str:
    return FILLERS.sub("", IN_BRACKETS.sub("", label)).strip(" ,")


def held_back(seed: int, code: str, kind: str, share: float) -> bool:
    """Tell whether a wording first occurs after the years of training; the full label never is held back."""
    return kind != "long" and draw("later", seed, code, kind) < share


def abbreviated(text: str, draws: Random, lexicon: Lexicon, *, year: int, drift: float) -> str:
    """Write some words short; which of the forms is usual changes over the years, as far as there is drift."""

    def short(match: re.Match[str]) -> str:
        forms = lexicon.short.get(fold(match[0]))
        if not forms or draws.random() > 0.7:
            return match[0]
        usual = int(draw("usual", fold(match[0])) * len(forms) + drift * year * 0.5)
        return forms[usual % len(forms)]

    return WORD.sub(short, text)


def cased(text: str, draws: Random) -> str:
    """Write a text as certificates have it: mostly in capitals, which have lost their accents."""
    drawn = draws.random()
    if drawn < 0.7:
        return without_accents(text).upper()
    return text.capitalize() if drawn < 0.85 else text.lower()


def without_accents(text: str) -> str:
    """Take accents off and keep the case."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
