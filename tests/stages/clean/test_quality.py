"""What is no prose goes, and medical prose stays."""

import random

import pytest

from alambic.data.documents import Document
from alambic.stages.clean.steps.quality import step

CASE = (
    "Une patiente de 72 ans, hypertendue, est adressée aux urgences pour une douleur thoracique apparue brutalement au "
    "cours de la nuit, accompagnée de sueurs et de nausées. L'électrocardiogramme montre un sus-décalage du segment ST "
    "dans le territoire antérieur, et la troponine est dosée à 1 250 ng/L. Elle reçoit 300 mg d'aspirine puis subit "
    "une angioplastie de l'artère interventriculaire antérieure, sans complication notable après trois semaines."
)
DRAW = random.Random(0)
FIGURES = "\n".join(f"Sodium {DRAW.randrange(130, 150)} {DRAW.randrange(99)} {DRAW.randrange(99)}" for _ in range(30))
KEY_WORDS = " ".join(f"bilan{number} lésion{number}" for number in range(40))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CASE, None),
        ("Fièvre typhoïde, sans précision", None),
        ("12 12 12 # ...", None),  # too short to tell
        (FIGURES, "mostly figures"),
        (KEY_WORDS, "no sentence"),
        ("a b c d e f " * 20, "words too short or too long"),
        (" ".join(f"{number:0>40}x" for number in range(60)), "words too short or too long"),
        (CASE + " # " * 30, "too many symbols"),
        (CASE + " ..." * 30, "too many symbols"),
        (CASE + "." * 300 + " 12", None),  # leads the eye through a table
        ("\n".join(f"- {line}" for line in CASE.split(",")), "nothing but a list"),
        ("\n".join(f"{line}..." for line in CASE.split(",")), "lines broken off"),
        ("\n".join([*CASE.split(","), *["Lire la suite de cet article"] * 6]), "repeats its lines"),
        (f"{CASE} " * 2, "repeats its words"),
        (CASE + " la douleur" * 60, "repeats its words"),
    ],
)
def test_quality(text: str, expected: str | None) -> None:
    result = step()(Document("a", text, "made", "", "CC0-1.0"))
    assert (result if isinstance(result, str) else None) == expected


def test_each_threshold_can_be_loosened() -> None:
    loose = step(alphabetic=0, little_words=0, symbols=1, bullets=1, ellipses=1, repeated_lines=1, repetition=100)
    for text in (FIGURES, KEY_WORDS, CASE * 2, "\n".join(f"- {line}..." for line in CASE.split(","))):
        assert isinstance(loose(Document("a", text, "made", "", "CC0-1.0")), Document)
