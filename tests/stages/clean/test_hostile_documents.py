"""No document, however long or odd, stops a step: patterns are bounded, so that time grows with the text alone."""

import base64
import random
import re
import sre_parse  # type: ignore[import-not-found, unused-ignore]
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from one_step import take_through

from alambic import plugins
from alambic.data.documents import Document
from alambic.stages.clean import personal
from alambic.stages.clean.personal.characters import Guarded
from alambic.stages.clean.personal.finding import find, masked

MODULES = [path.stem for path in Path(personal.__file__).parent.glob("[!_]*.py")]
LONGEST = 20_000
LONG = (
    "ACGT", "0", "1", "a.a.", "A.A.", "M. ", " ", "\u00a0", "Nom : ", "A", "-", "A-", "'", "@", "a@", "+1 ", "\n", "\t",
    "1/", "DUPONT ", "Jean ", "de la ", "12 rue ", "75002 ", "né le ", "https://", "<NOM>", "De : ", "FR76 ", "1.",
    "mille ", "\u0301", "n° ", "\0",
)  # fmt: skip
ODD = ("", " " * 100, "\0" * 100, "\ud800 Dr \udfff", "a" * 100_000, "Vu par le Dr Martin. " * 300)


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for module in MODULES:
        for name, value in vars(import_module(f"alambic.stages.clean.personal.{module}")).items():
            found = value if isinstance(value, tuple | list) else [value]
            for one in found:
                one = one[1] if isinstance(one, tuple) and len(one) == 2 else one
                pattern = one.pattern if isinstance(one, Guarded) else one
                if isinstance(pattern, re.Pattern):
                    yield f"{module}.{name}", pattern


def unbounded(parsed: Any) -> Iterator[int]:
    """List the unbounded repeats of a pattern that is parsed."""
    for operator, argument in parsed:
        if "REPEAT" in str(operator):
            if argument[1] == sre_parse.MAXREPEAT:
                yield argument[0]
            yield from unbounded(argument[2])
        elif isinstance(argument, tuple | list):
            for inner in argument:
                if isinstance(inner, sre_parse.SubPattern):
                    yield from unbounded(inner)
                elif isinstance(inner, list):
                    yield from (n for one in inner if isinstance(one, sre_parse.SubPattern) for n in unbounded(one))


# These are anchored, or split at one character and never look back.
ALLOWED = {"links.host", "name_shapes._NEXT_LINE", "links._LABELLED", "names._ROMAN", "addresses._PROSE"}
# Tried on one annotation's line, or on what another pattern found.
ALLOWED |= {"annotations._BRAT", "annotations._IS_BRAT"}


def test_every_quantifier_is_bounded() -> None:
    found = dict(patterns())
    assert len(found) > 30
    for name, pattern in found.items():
        if name not in ALLOWED:
            assert list(unbounded(sre_parse.parse(pattern.pattern))) == [], name


@pytest.mark.timeout(120)  # a hang guard: seconds where time grows with the square of the length are hours
@pytest.mark.parametrize("piece", LONG)
def test_long_texts_of_one_piece_are_taken(piece: str) -> None:
    text = (piece * LONGEST)[:LONGEST]
    once = masked(text, find(text))
    assert len(once) <= 3 * len(text)


GROWING = {
    "base64": base64.b64encode(random.Random(0).randbytes(60_000)).decode(),
    "lines of base64": base64.encodebytes(random.Random(1).randbytes(60_000)).decode(),
    "capitals": "".join(random.Random(2).choices("ABCDEFGH", k=80_000)),
    "digits": "".join(random.Random(3).choices("0123456789", k=80_000)),
    **{piece: piece * (80_000 // len(piece)) for piece in (*LONG, "a.", "|", "| a ", "Nom;", "Nom ... ", "<td>a</td>")},
    **{
        piece: piece * (80_000 // len(piece))
        for piece in ("MM. Dupont et ", "Dupont, ", "Interne : ", "Nom, Nom\nA, B\n")
    },
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", GROWING)
def test_four_times_the_text_takes_some_four_times_as_long(name: str) -> None:
    text = GROWING[name][:80_000]
    assert seconds(text) < 10 * seconds(text[: len(text) // 4]) + 0.2  # 16 times where it grows with the square


def seconds(text: str) -> float:
    """Give the processor time of the quicker of two searches."""
    took = []
    for _ in range(2):
        start = time.process_time()
        find(text)
        took.append(time.process_time() - start)
    return min(took)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", plugins.names("stages.clean.steps"))
def test_odd_documents_are_taken(name: str) -> None:
    step = import_module(f"alambic.stages.clean.steps.{name}").step()
    documents = [Document(text[:20], text, "s", text[:20], "l", metadata={"a": text}) for text in ODD]
    assert len(take_through(step, documents)) == len(ODD)
