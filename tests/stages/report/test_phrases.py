"""The page says the same in both languages, and its words are all there and all used."""

import json
import re

import pytest
from markupsafe import Markup

from alambic import plugins
from alambic.errors import UserError
from alambic.stages.report.phrases import LANGUAGES, WORDS, Phrase, listed, same, section_words

REPORT = WORDS.parent
SECTIONS = plugins.names("stages.report.sections")
# Modules and templates that use the words of a file, where it is not the section of its name alone.
SHARED = {"page": ["page.html"], "finding": ["narrative.py"]}


def sources(name: str) -> str:
    """Give all that may use the words of a file."""
    paths = [REPORT / "sections" / f"{name}.py", REPORT / "templates" / "sections" / f"{name}.html"]
    paths += [path for shared in SHARED.get(name, ()) for path in REPORT.rglob(shared)]
    if name == "common":
        paths = [*REPORT.rglob("*.py"), *REPORT.rglob("*.html")]
    else:  # helpers of a section say whose words they take
        paths += [
            path for path in REPORT.rglob("*.py") if f'section_words("{name}")' in path.read_text(encoding="utf-8")
        ]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths if path.exists())


@pytest.mark.parametrize("name", [path.stem for path in sorted(WORDS.glob("*.json"))])
def test_every_key_has_every_language_with_the_same_places_and_is_used(name):
    words = json.loads((WORDS / f"{name}.json").read_text(encoding="utf-8"))
    text = sources(name)
    for key, phrase in words.items():
        assert list(phrase) == list(LANGUAGES), f"{name}.{key}"
        assert all(phrase.values()), f"{name}.{key} is empty"
        assert len({tuple(sorted(re.findall(r"{(\w+)}", each))) for each in phrase.values()}) == 1, f"{name}.{key}"
        tags = {tuple(sorted(re.findall(r"</?\w+>", each))) for each in phrase.values()}
        assert len(tags) == 1, f"{name}.{key}: other markup in another language"
        assert key == "title" or re.search(rf"""\.{key}\b|["']{key.replace("_", "[_ ]")}["']""", text), (
            f"{name}.{key} is used nowhere"
        )


@pytest.mark.parametrize("name", SECTIONS)
def test_every_word_of_a_section_is_there(name):
    words, common = section_words(name), section_words("common")
    assert "title" in words
    template = (REPORT / "templates" / "sections" / f"{name}.html").read_text(encoding="utf-8")
    module = (REPORT / "sections" / f"{name}.py").read_text(encoding="utf-8")
    for of, used in ((words, r"\bwords"), (common, r"\bcommon")):
        keys = re.findall(rf"""{used}\.(\w+)|{used}\[["'](\w+)["']\]""", template + module)
        missing = {one or other for one, other in keys} - of.keys() - {"format"}
        assert not missing, f"{name}: {missing}"


def test_every_file_of_words_and_every_template_is_of_a_section():
    assert {path.stem for path in WORDS.glob("*.json")} == {*SECTIONS, "page", "common"}
    assert {path.stem for path in (REPORT / "templates" / "sections").glob("*.html")} == set(SECTIONS)


def test_a_phrase_is_written_in_both_languages_and_what_it_is_given_is_escaped():
    phrase = Phrase(en="{n} <b>texts</b> of {who}", fr="{n} <b>textes</b> de {who}")
    shown = phrase.format(n=3, who=Phrase(en="a <i>student</i>", fr="un <i>élève</i>"))
    assert Markup("{}").format(shown) == (
        '<span class="en" lang="en">3 <b>texts</b> of a <i>student</i></span>'
        '<span class="fr" lang="fr">3 <b>textes</b> de un <i>élève</i></span>'
    )
    assert "&lt;script&gt;" in phrase.format(n="<script>", who="").__html__()
    assert shown.plain("fr") == "3 textes de un élève"


def test_what_is_the_same_in_both_languages_is_written_once():
    assert same("a & b").__html__() == "a &amp; b"
    assert listed(["a", same("b"), Phrase(en="red", fr="rouge")]).texts == {"en": "a, b and red", "fr": "a, b et rouge"}


def test_a_phrase_without_a_language_and_a_section_without_words_are_refused():
    with pytest.raises(UserError, match="no text in fr"):
        Phrase(en="only")
    with pytest.raises(UserError, match=r"section 'nowhere' has no words: write .*nowhere.json"):
        section_words("nowhere")


def test_no_section_imports_another():
    for path in (REPORT / "sections").glob("*.py"):
        assert "report.sections" not in path.read_text(encoding="utf-8").replace(f"report.sections.{path.stem}", ""), (
            path
        )
