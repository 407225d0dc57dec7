"""Wordings of causes of death reduced to what tells them apart: folded, abbreviations written out, fillers left out."""

import re
from collections.abc import Iterable, Mapping

from alambic.data.documents import Document
from alambic.tasks.perturb.lexicon import Lexicon, learn
from alambic.tasks.words import fold

TOKEN = re.compile(r"[a-z0-9]+\.?")
# What the table says and no certificate does, or what says nothing.
FILLERS = re.compile(
    r",? ?\b(?:sans (?:autre )?precision|(?:de )?(?:siege |localisation |mecanisme )?non precisee?s?|prise en charge|"
    r"sans autre indication|non classee?s? ailleurs|autres? et sans precision|sai|nca|p\.e\.c\.|s\.a\.i\.)(?!\w)"
)
SMALL = {
    "a",
    "au",
    "aux",
    "d",
    "de",
    "des",
    "du",
    "en",
    "et",
    "l",
    "la",
    "le",
    "les",
    "par",
    "un",
    "une",
    "sur",
    "avec",
}
# Between two causes of one line; a comma may as well stand within one, as in an index.
JOINS = re.compile(
    r"[;/+\n]|\s-\s|,|\b(?:sur|et|avec|dans un contexte de|dans le cadre d'une?|compliquee?s? d'une?|suite a|due? a|"
    r"chez|secondaire a|associee? a)\b"
)


class WordingKeys:
    """Turns texts into keys: equal ones mean one thing. Abbreviations are those that the table's own labels show."""

    def __init__(self, label_texts: Mapping[str, tuple[str, ...]]) -> None:
        lexicon = learn(_documents(label_texts))
        self.words = {word for texts in label_texts.values() for word in TOKEN.findall(fold(texts[0]))}
        self.long = {short.rstrip("."): words[0] for short, words in reversed(lexicon.long.items())}
        self.lexicon: Lexicon = lexicon

    def key(self, text: str) -> str:
        """Fold a text, write its abbreviations out, and leave out fillers: "INSUF. CARD., SAI" -> one key."""
        plain = FILLERS.sub(" ", fold(text))
        return " ".join(self._word(token) for token in TOKEN.findall(plain))

    def bag(self, key: str) -> str:
        """Put the words of a key in order, without the small ones: an index inverts them."""
        return " ".join(sorted(word for word in key.split() if word not in SMALL))

    def _word(self, token: str) -> str:
        bare = token.rstrip(".")
        if token != bare or bare not in self.words:
            return self.long.get(bare, bare)
        return bare


def pieces(text: str) -> list[str]:
    """Split a line where one cause may end and another begin."""
    folded = fold(text)
    return [piece.strip() for piece in JOINS.split(folded) if piece.strip(" .,:()-")]


def _documents(label_texts: Mapping[str, tuple[str, ...]]) -> Iterable[Document]:
    """Give both labels of each code, as the lexicon of abbreviations is learnt from."""
    for code, texts in label_texts.items():
        for wording, text in zip(("long", "short"), texts, strict=False):
            about = {"source": "labels", "url": "", "licence": "none"}
            yield Document(f"{code}/{wording}", text, metadata={"code": code, "wording": wording}, **about)
