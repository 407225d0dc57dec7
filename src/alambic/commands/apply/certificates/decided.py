"""Certificates with their codes and what is to become of each: the confidence is that of the stage `calibrate`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from alambic.commands.apply.certificates.coder import CodedText
from alambic.commands.apply.certificates.reading import Certificate
from alambic.commands.apply.certificates.rule import PERSON, Rule, Verdict
from alambic.data.documents import Document
from alambic.stages.calibrate.answered import AnsweredExamples
from alambic.stages.calibrate.probabilities import Read
from alambic.stages.calibrate.units import units_of
from alambic.tasks.attributes import all_attributes
from alambic.tasks.certificates.documents import attributes_of_line
from alambic.tasks.examples import Example

OF_PERSON = ("year", "sex", "age", "place")


@dataclass(frozen=True)
class Decided:
    """A certificate, the confidence in its codes, None where it has no text, its group, and what was decided."""

    certificate: Certificate
    verdict: Verdict
    confidence: float | None = None
    group: str = ""


def undecided(certificates: Sequence[Certificate]) -> list[Decided]:
    """Leave open what becomes of certificates, where nothing was calibrated; those with a problem need a person."""
    return [
        Decided(each, Verdict(PERSON, "; ".join(each.problems)) if each.problems else Verdict(""))
        for each in certificates
    ]


def decide(certificates: Sequence[Certificate], coded: Mapping[str, CodedText], rule: Rule) -> list[Decided]:
    """Decide about certificates, of which every text was coded."""
    examples, texts = _examples(certificates)
    confidences: dict[int, tuple[float, str]] = {}
    if examples:
        answered, nearest = _answered(examples, [coded[text] for text in texts])
        units = units_of(answered, nearest, group_of=rule.groups, periods="")
        values = rule.confidence.of(units.signals)
        numbers = dict.fromkeys(int(example.unit) for example in examples)  # in the order of the units
        confidences = dict(zip(numbers, zip(values.tolist(), units.groups.tolist(), strict=True), strict=True))
    decided = []
    for number, certificate in enumerate(certificates):
        confidence, group = confidences.get(number, (None, ""))
        verdict = rule.judge(confidence, group, certificate.problems)
        decided.append(Decided(certificate, verdict, confidence, group))
    return decided


def _examples(certificates: Sequence[Certificate]) -> tuple[list[Example], list[str]]:
    """Make an example of each line with a text; its unit is the number of its certificate."""
    examples = []
    for number, certificate in enumerate(certificates):
        for place, line in enumerate(certificate.lines):
            if line.text:
                about = {name: cell for name, cell in line.cells.items() if name in OF_PERSON and cell}
                document = Document(f"{number}/{place}", line.text, "", "", "", metadata=about)
                attributes = attributes_of_line(document, (), seen=False)
                examples.append(Example(document.id, line.text, (), unit=str(number), attributes=attributes))
    return examples, [example.text for example in examples]


def _answered(examples: Sequence[Example], coded: Sequence[CodedText]) -> tuple[AnsweredExamples, np.ndarray | None]:
    """Lay answers out as the stage reads them; the right ones are not known, and those that were given stand there."""
    seeds, systems = len(coded[0].read), len(coded[0].answers)
    by_system = [[each.answers[place] for each in coded] for place in range(systems)]
    read = [_read([each.read[seed] for each in coded]) for seed in range(seeds)]
    nearest: list[Any] = [each.nearest for each in coded]
    answered = AnsweredExamples(
        dataset="",
        split="",
        ids=[example.id for example in examples],
        units=[example.unit for example in examples],
        gold=by_system[0],
        attributes=all_attributes(examples),
        answers=by_system[0],
        seeds=by_system[1:seeds],
        systems=by_system[seeds:],
        read=read[0],
        read_by_others=[each for each in read[1:] if each is not None],
    )
    return answered, None if nearest[0] is None else np.array(nearest, dtype=float)


def _read(rows: Sequence[Any]) -> Read | None:
    return None if rows[0] is None else Read.of(rows)
