"""Which students may replace their teacher, on what evidence, and what would decide where it falls short."""

from typing import Any

from alambic.stages.report.number_format import count, readable, short, signed, value
from alambic.stages.report.phrases import Phrase, Words, section_words
from alambic.stages.report.promotion import Decision, Evidence
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Estimate, Row, Table

ORDER = 15
OUTCOMES = {  # with a sign, and the key of its word
    "shown": ("✓", "shown"),
    "not shown": ("≈", "not_shown"),
    "refuted": ("✗", "refuted"),
    "not tested": ("–", "not_tested"),
}


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather the decisions and their evidence; None where the experiment asks for none."""
    if report.promotion is None:
        return None
    words, asked = section_words("promotion"), report.promotion.asked
    return {
        "decisions": [(decision.promoted, decided(decision, words)) for decision in report.promotion.decisions],
        "asked": words["asked"].format(
            teacher=asked.teacher, control=asked.control, confidence=short(100 * asked.level)
        ),
        "of_weights": not asked.generalize_to_seeds,
        "evidence": _table([each for decision in report.promotion.decisions for each in decision.evidence], words),
    }


def decided(decision: Decision, words: Words) -> Phrase:
    """Say what was decided of a student."""
    teacher, number = decision.evidence[0].against, len(decision.evidence)
    key = "promoted" if decision.promoted else "not_promoted"
    return words[key].format(student=decision.student, teacher=teacher, missing=len(decision.missing), number=number)


def would_decide(each: Evidence, words: Words) -> Phrase | str:
    """Say by how much the evidence falls short, and what would decide; nothing where the claim is shown."""
    if each.claim is None:
        return each.refused
    if each.claim.shown:
        return ""
    needed = each.claim.needed
    sufficient = [words["examples"].format(number=count(each.examples_needed))] if each.examples_needed else []
    sufficient += [words["seeds"].format(number=count(needed.seeds))] if needed.seeds else []
    sufficient += [words["both"].format(times=short(needed.times))] if needed.times else []
    shortfall = words["short"].format(shortfall=value(each.claim.shortfall))
    if needed.unknown:
        return words["not_to_be_told"].format(short=shortfall, number=each.claim.differing)
    if not sufficient:
        return words["nothing"].format(short=shortfall)
    either = sufficient[0] if len(sufficient) == 1 else words["or"].format(a=sufficient[0], b=sufficient[1])
    return words["enough"].format(short=shortfall, what=either)


def _table(evidence: list[Evidence], words: Words) -> Table:
    columns = [
        Column("claim", words["claim"], is_number=False),
        Column("on", words["on"], is_number=False),
        Column("difference", words["difference"], signed),
        Column("outcome", words["outcome"], is_number=False),
        Column("would decide", words["would_decide"], is_number=False),
    ]
    return Table("promotion", columns, [_row(each, words) for each in evidence], words["caption"])


def _row(each: Evidence, words: Words) -> Row:
    task, dataset, _, metric = each.measure
    key = "non_inferior" if each.kind == "non-inferior" else "superior"
    claim = words[key].format(student=each.student, against=each.against, margin=value(each.margin))
    sign, outcome = OUTCOMES[each.claim.outcome if each.claim else "not tested"]
    found = each.claim
    cells = [
        claim,
        ", ".join(part for part in (task, readable(dataset), readable(metric)) if part),
        Estimate(found.difference, found.lower, found.upper, best=found.shown) if found else None,
        words["with_sign"].format(sign=sign, outcome=words[outcome]),
        would_decide(each, words),
    ]
    return Row(cells, model=f"{each.student} {each.against}", task=task)
