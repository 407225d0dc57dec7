"""A form as one HTML file: it opens from a folder, offline, and asks nothing of any network.

The page holds its data, its words in each language, and two scripts: the one that all forms share, and its own. What is
answered is saved in the browser as it is given, under the name of the form, and leaves as a CSV file.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from alambic.errors import UserError

ASSETS = Path(__file__).parent / "assets"
LANGUAGES = {"fr": "Français", "en": "English"}
Words = Mapping[str, str]  # a text by language


@dataclass(frozen=True)
class Form:
    """What a page shows; `script` fills the element `#main`, with what `assets/form.js` offers."""

    name: str  # by which a browser tells its answers from those of other forms
    title: Words
    data: Any  # for the script, as JSON takes it
    words: Mapping[str, Words]
    script: str
    language: str = "fr"  # the first one that is shown
    style: str = ""  # beside the one that all forms share
    is_durable: bool = False  # `assets/disk.js` is there, to keep what a killed browser would lose
    takes_saved: bool = False  # a server may put into the page what it has of the answers, and the page may write to it


@dataclass(frozen=True)
class _Page:
    name: str
    title: Words
    words: Mapping[str, Words]
    data: Any
    language: str
    languages: Mapping[str, str] = field(default_factory=lambda: LANGUAGES)


def render(form: Form) -> str:
    """Write the page. UserError where a word lacks a language."""
    shared = json.loads((ASSETS / "words.json").read_text(encoding="utf-8"))
    words = {**shared, **form.words}
    for name, word in {"title": form.title, **words}.items():
        if missing := LANGUAGES.keys() - word.keys():
            raise UserError(f"form {form.name}: {name} has no wording in '{min(missing)}': give fr and en")
    environment = Environment(
        loader=FileSystemLoader(ASSETS), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    page = _Page(form.name, form.title, words, form.data, form.language)
    return environment.get_template("page.html").render(
        title=form.title[form.language],
        language=form.language,
        languages=LANGUAGES,
        without_script=shared["without_script"],
        style=Markup(_asset("form.css") + form.style),
        scripts=[Markup(_asset(name)) for name in ("form.js", *["disk.js"] * form.is_durable)] + [Markup(form.script)],
        content=Markup(as_script(vars(page))),
        saved=Markup(_saved(None)) if form.takes_saved else None,
    )


def with_saved(page: str, saved: Mapping[str, Any]) -> str:
    """Put into a page that takes it what a server has of the answers, by key: the page then goes on from there."""
    empty = _saved(None)
    assert page.count(empty) == 1, "a page that was rendered with takes_saved"
    return page.replace(empty, _saved(saved))


def _saved(saved: Mapping[str, Any] | None) -> str:
    return f'<script type="application/json" id="form-saved">{as_script(saved)}</script>'


def as_script(value: Any) -> str:
    """Write JSON that stands in a `script` element: no text of it can end the element, or begin a comment."""
    written = json.dumps(value, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return written


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
