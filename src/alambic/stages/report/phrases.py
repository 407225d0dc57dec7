"""What the page says, in each of its languages: the reader's choice shows one, and hides the others."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from alambic import plugins
from alambic.errors import UserError

WORDS = Path(__file__).parent / "words"
OWN_WORDS = Path("stages/report/words")  # in a user's own folder of plug-ins
TAG = re.compile(r"<[^>]+>")
SPACE_BEFORE_SIGN = re.compile(r" (?=[;:?!»%])|(?<=«) ")  # where French must not break a line
LANGUAGES = {"en": "English", "fr": "Français"}  # the first is shown where nobody chooses


class Phrase:
    """A text in every language.

    It is HTML, and what is put into its places is escaped: Phrase(en="{n} texts", fr="{n} textes").format(n=3).
    """

    def __init__(self, **texts: str) -> None:
        if missing := LANGUAGES.keys() - texts.keys():
            raise UserError(f"{texts}: no text in {', '.join(sorted(missing))}: a phrase has {', '.join(LANGUAGES)}")
        self.texts = {language: Markup(texts[language]) for language in LANGUAGES}

    def format(self, **values: Any) -> "Phrase":
        """Fill its places in each language; a value may be a phrase itself."""
        return Phrase(
            **{
                language: text.format(**{name: _in(language, value) for name, value in values.items()})
                for language, text in self.texts.items()
            }
        )

    def plain(self, language: str = "en") -> str:
        """Give its text in one language, without markup."""
        return html.unescape(TAG.sub("", self.texts[language])).strip()

    def __html__(self) -> Markup:
        """Write every language, each in an element that the page hides or shows."""
        return self._elements("span")

    @property
    def svg(self) -> Markup:
        """Write it as the content of an SVG text."""
        return self._elements("tspan")

    def _elements(self, tag: str) -> Markup:
        if len(set(self.texts.values())) == 1:
            return next(iter(self.texts.values()))
        return Markup("").join(
            Markup(f'<{tag} class="{language}" lang="{language}">{text}</{tag}>')
            for language, text in self.texts.items()
        )

    def __str__(self) -> str:
        return self.plain()

    def __bool__(self) -> bool:
        return True


class Words(Mapping[str, Phrase]):
    """The phrases of one section by their keys, from its file: `words.title` in a template."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def content(self) -> dict[str, dict[str, str]]:
        """What the file holds: {"title": {"en": "Results", "fr": "Résultats"}}."""
        try:
            content: dict[str, dict[str, str]] = json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UserError(f"{self.path}: no JSON: {error}") from error
        return content

    def __getitem__(self, key: str) -> Phrase:
        if key not in self.content:
            raise KeyError(f"{self.path} has no word '{key}'")
        texts = dict(self.content[key])
        if "fr" in texts:
            texts["fr"] = SPACE_BEFORE_SIGN.sub("\u00a0", texts["fr"])
        return Phrase(**texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)


def section_words(name: str) -> Words:
    """Give the words of a section, or those of the whole page: `page`, `common`; UserError where there are none."""
    paths = [folder / f"{name}.json" for folder in (WORDS, *(own / OWN_WORDS for own in plugins.OWN))]
    found = next((path for path in paths if path.exists()), None)
    if found is None:
        raise UserError(f"report: section '{name}' has no words: write {paths[-1]}, with at least a `title`")
    return Words(found)


def same(text: Any) -> Phrase:
    """Make a text that is the same in every language, such as a name, a phrase."""
    escaped = str(escape(text))
    return Phrase(**dict.fromkeys(LANGUAGES, escaped))


def listed(items: list[Any]) -> Phrase:
    """Join names or phrases: a, b and c; a, b et c."""
    joined = {}
    for language, last in (("en", " and "), ("fr", " et ")):
        texts = [str(_in(language, item)) if isinstance(item, Phrase) else str(escape(item)) for item in items]
        joined[language] = last.join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
    return Phrase(**joined)


def separated(items: list[Phrase], by: str = "; ") -> Phrase:
    """Join phrases by a sign: a; b."""
    return Phrase(**{language: by.join(item.texts[language] for item in items) for language in LANGUAGES})


def _in(language: str, value: Any) -> Any:
    return value.texts[language] if isinstance(value, Phrase) else value
