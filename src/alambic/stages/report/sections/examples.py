"""Test texts with what teacher and student answered, first those where they differ."""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from alambic.stages.report.answers import Answers
from alambic.stages.report.example_texts import load_examples
from alambic.stages.report.marked_text import LONGEST, SIGNS, excerpt, marked
from alambic.stages.report.number_format import count, percent, readable
from alambic.stages.report.phrases import section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Row, Table
from alambic.tasks.examples import Example

ORDER = 55
MOST = 10  # texts of a test set


@dataclass(frozen=True)
class Shown:
    """One text, with the answers of some models."""

    id: str
    text: str  # empty where the mentions are marked in it
    gold: str
    answers: list[tuple[str, Markup | str, bool]]  # model, the marked text or the label, whether all of it is right


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather texts of each test set; None where no two models answered the same one."""
    pairs = [pair for ranking in report.detailed if (pair := _pair(report, ranking.task, ranking.dataset))]
    if not pairs:
        return None
    sets: list[tuple[str, str, Table, list[Shown] | None]] = []
    for first, second in pairs:
        is_shown = first.task in report.settings.texts and first.task not in [task for task, *_ in sets]
        texts = _texts(report, first, second) if is_shown else []
        sets.append((first.task, readable(first.dataset), _agreement(first, second), texts))
    withheld = [task for task in dict.fromkeys(first.task for first, _ in pairs) if task not in report.settings.texts]
    return {"sets": sets, "withheld": withheld, "signs": SIGNS}


def _pair(report: ReportData, task: str, dataset: str) -> tuple[Answers, Answers] | None:
    """Choose the teacher and the best student, or else the two best models."""
    answers = {each.model: each for each in report.answers if (each.task, each.dataset) == (task, dataset)}
    wanted = [model.name for model in (report.teacher, report.student) if model is not None and model.name in answers]
    wanted += [name for name in report.order if name in answers and name not in wanted]
    if len(wanted) < 2 or answers[wanted[0]].ids != answers[wanted[1]].ids:
        return None
    return answers[wanted[0]], answers[wanted[1]]


def _of_first_seed(answers: Answers) -> list[Any]:
    return next(iter(answers.by_seed.values()))


def _agreement(first: Answers, second: Answers) -> Table:
    """Count the examples that both, one, or neither has wholly right."""
    words = section_words("examples")
    pairs = zip(first.gold, _of_first_seed(first), _of_first_seed(second), strict=True)
    outcomes = [(gold == one, gold == other) for gold, one, other in pairs]
    columns = [
        Column("wholly right", words["wholly_right"], is_number=False),
        Column("texts", words["texts"], count),
        Column("share", words["share"], percent),
    ]
    of = {
        (True, True): words["both"],
        (True, False): words["only"].format(model=first.model),
        (False, True): words["only"].format(model=second.model),
        (False, False): words["neither"],
    }
    rows = [Row([text, outcomes.count(each), outcomes.count(each) / len(outcomes)]) for each, text in of.items()]
    caption = words["agreement"].format(task=first.task, dataset=readable(first.dataset))
    return Table(f"agreement-{first.task}-{first.dataset}", columns, rows, caption)


def _texts(report: ReportData, first: Answers, second: Answers) -> list[Shown] | None:
    """Choose the texts on which the two differ most, then those on which both are wrong; None without texts."""
    examples = load_examples(report, first)
    if examples is None:
        return None
    pairs = list(zip(first.ids, first.gold, _of_first_seed(first), _of_first_seed(second), strict=True))
    different = [len(first.pieces(one) ^ first.pieces(other)) for _, _, one, other in pairs]
    errors = [len(first.pieces(gold) ^ first.pieces(other)) for _, gold, _, other in pairs]
    order = sorted(range(len(pairs)), key=lambda place: (-different[place], -errors[place], place))
    chosen = [place for place in order if different[place] or errors[place]][:MOST]
    return [_shown(examples[pairs[place][0]], pairs[place], first, second) for place in chosen]


def _shown(example: Example, pair: tuple[str, Any, Any, Any], first: Answers, second: Answers) -> Shown:
    name, gold, *given = pair
    if not first.tagged or not example.words:
        texts = [example.text, *([example.second] if example.second else [])]
        text = " ‖ ".join(each[:LONGEST] + ("…" if len(each) > LONGEST else "") for each in texts)
        named = [", ".join(sorted(label for *_, label in first.pieces(each))) or "–" for each in (gold, *given)]
        right = [each == gold for each in given]
        return Shown(name, text, named[0], list(zip((first.model, second.model), named[1:], right, strict=True)))
    wanted = first.pieces(gold)
    found = [first.pieces(each) for each in given]
    place = excerpt(example, (wanted ^ found[0]) | (wanted ^ found[1]))
    marks = [marked(example, wanted, each, place=place) for each in found]
    right = [each == wanted for each in found]
    return Shown(name, "", "", list(zip((first.model, second.model), marks, right, strict=True)))
