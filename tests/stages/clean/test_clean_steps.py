"""Each cleaning step by a table of cases, and what all of them must hold."""

import random
from importlib import import_module
from typing import Any

import pytest
from fuzzing import fuzz
from hypothesis import example, given
from hypothesis import strategies as st
from one_step import take_through

from alambic import plugins
from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.stages.clean.folding import folded_words

STEPS = plugins.names("stages.clean.steps")
LONG = (
    "Le patient a été admis pour une douleur thoracique survenue au repos, sans irradiation, avec une élévation "
    "modérée de la troponine et un électrocardiogramme resté normal pendant toute la durée de la surveillance."
)


def document(text: str) -> Document:
    return Document("a", text, "made", "", "CC0-1.0")


def taken(name: str, *texts: str, **options: Any) -> list[str]:
    """Take texts through one step; give what became of each: the text, or the reason to drop it in brackets."""
    step = import_module(f"alambic.stages.clean.steps.{name}").step(**options)
    results = take_through(step, [document(text) for text in texts])
    return [f"[{result}]" if isinstance(result, str) else result.text for result in results]


@fuzz
@pytest.mark.parametrize("name", STEPS)
@given(text=st.text(max_size=60))
def test_every_step_survives_any_text(name: str, text: str) -> None:
    (result,) = take_through(CACHED[name], [document(text)])
    assert isinstance(result, str) or result.text == text or name in CHANGING


CHANGING = ("normalise", "personal_data", "duplicate_paragraphs", "near_duplicate_paragraphs", "noise")
CACHED = {name: import_module(f"alambic.stages.clean.steps.{name}").step() for name in STEPS}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TempÃ©rature Ã\xa0 38Â°C", "Température à 38°C"),  # UTF-8 read as Latin-1
        ("e\u0301tat", "état"),
        ("l’asthme d&apos;effort", "l'asthme d'effort"),
        ("  a\t b\u00a0 c \r\n\r\n\n d ", "a b c\nd"),
        ("\u0000\ufeffToux", "Toux"),
        ("œdème ≥ 3 µg/l", "œdème ≥ 3 µg/l"),
        ("30 % à 1 000 mg", "30 % à 1 000 mg"),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert taken("normalise", text) == [expected]


def test_normalise_may_join_lines() -> None:
    assert taken("normalise", "a \n\n b", keep_lines=False) == ["a b"]


# Letters that UTF-8 read as another table begins with, and what counts as a space or an end of line somewhere.
BROKEN = st.text(
    st.sampled_from("ÂÃâ€™œÅ“ÐÑƒ§©¤0a\x80\x85\x9d\xa0 \t\n\r\x0b\x0c\u2028\u2029\u3000\ufeff&lt;#x"), max_size=12
)


@fuzz
@given(st.text(max_size=80) | BROKEN)
@example("Â\t0")
@example("ƒ§\u2028\x80")
def test_normalise_twice_is_once(text: str) -> None:
    (once,) = taken("normalise", text)
    assert taken("normalise", once) == [once]


def test_length() -> None:
    options = {"min_characters": 3, "max_characters": 9, "min_words": 1, "max_words": 3}
    assert taken("length", "", "ab", "abc", "a b c", "a b c d", "abcdefghij", **options) == [
        "[too short]",
        "[too short]",
        "abc",
        "a b c",
        "[too long]",
        "[too long]",
    ]


@pytest.mark.parametrize(
    ("text", "dropped"),
    [
        ("Douleur thoracique aiguë sans autre précision au repos", False),
        ("SURVEILLANCE CLINIQUE ET ADAPTATION DE LA POSOLOGIE DU TRAITEMENT", False),
        ("Acute chest pain at rest without any further specification", True),
        ("Akuter Brustschmerz in Ruhe ohne nähere Angabe der Ursache", True),
        ("Acute chest pain", False),  # too few words to tell
        (LONG, False),
    ],
)
def test_language(text: str, dropped: bool) -> None:
    (result,) = taken("language", text)
    assert result.startswith("[in ") == dropped


def test_language_keeps_what_is_asked_for() -> None:
    english = "Acute chest pain at rest without any further specification"
    assert taken("language", english, languages=["fr", "en"], others=["de"]) == [english]
    with pytest.raises(UserError, match=r"unknown language 'english'; .*known: "):
        taken("language", english, languages=["english"])


def test_exact_duplicates_differ_by_no_letter() -> None:
    texts = ["Œdème aigu, sans précision", "OEDEME AIGU SANS PRECISION", "Œdème aigu, avec précision", "§", "¶", "§"]
    assert taken("exact_duplicates", *texts) == [texts[0], "[duplicate]", texts[2], "§", "¶", "[duplicate]"]


def test_near_duplicates_share_most_of_their_words() -> None:
    changed = LONG.replace("surveillance", "nuit")
    other = " ".join(random.Random(0).sample(LONG.split(), len(LONG.split())))
    assert taken("near_duplicates", LONG, changed, other) == [LONG, "[near duplicate]", other]


def test_near_duplicates_leave_labels_alone() -> None:
    labels = [
        f"Tumeur {kind} du tissu conjonctif du membre supérieur, y compris l'épaule" for kind in ("bénigne", "maligne")
    ]
    assert taken("near_duplicates", *labels) == labels
    assert taken("near_duplicates", *labels, min_words=3, threshold=0.5) == [labels[0], "[near duplicate]"]


@pytest.mark.parametrize(("common", "dropped"), [(0.95, True), (0.6, False)])
def test_the_similarity_dropped_is_the_threshold_given(common: float, dropped: bool) -> None:
    rng = random.Random(1)
    words = [f"mot{i}" for i in range(600)]
    pairs = [rng.sample(words, 200) for _ in range(30)]
    for first in pairs:
        second = first[: int(200 * common)] + [f"autre{i}" for i in range(int(200 * (1 - common)))]
        result = taken("near_duplicates", " ".join(first), " ".join(second))[1]
        assert (result == "[near duplicate]") == dropped


def test_folding() -> None:
    assert folded_words("L'Œdème, du PIED-gauche_(n° 2)") == ["l", "oedeme", "du", "pied", "gauche", "n", "2"]


def test_noise_changes_a_share_of_the_texts_always_in_the_same_way() -> None:
    step = import_module("alambic.stages.clean.steps.noise").step
    documents = [Document(str(n), LONG, "made", "", "CC0-1.0") for n in range(200)]
    first, again = (take_through(step(share=0.4, diacritics=1.0), documents) for _ in range(2))
    assert first == again
    texts = [result.text for result in first if isinstance(result, Document)]
    changed = [text for text in texts if text != LONG]
    assert len(texts) == 200 and 55 <= len(changed) <= 105 and len(set(changed)) > 50
    assert not any(letter in text for text in changed for letter in "éèêÉÈÊ")
