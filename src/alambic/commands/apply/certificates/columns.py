"""What the output says of a line beside the columns of the input."""

from collections.abc import Mapping

from alambic.commands.apply.certificates.coder import MOST_CANDIDATES, CodedText, Explained
from alambic.commands.apply.certificates.decided import Decided
from alambic.commands.apply.certificates.reading import OF_CODES, Line
from alambic.commands.apply.certificates.rule import AUTOMATED, PERSON, Rule
from alambic.settings.calibrate import GROUP
from alambic.stages.collect.certificates.columns import Header

ANSWER = ("codes", "confidence", "decision", "reason")
SHOWN = ("shown",)
OF_GROUP = ("group",)  # where each group has its own threshold: `monitor` watches each by it
EXPLAINED = ("words", "nearest")
BETWEEN = " | "  # things of one cell
NO_SET, MORE = "no set", "and others"
LONGEST_LABEL = 60  # characters


class Columns:
    """Makes rows; `labels` say what codes stand for."""

    def __init__(
        self, header: Header, rule: Rule | None, *, explains: bool, labels: Mapping[str, tuple[str, ...]]
    ) -> None:
        self.header, self.rule, self.explains, self.labels = header, rule, explains, labels
        self.by_group = rule is not None and rule.guarantee == GROUP
        self.taken = [place for place, column in enumerate(header.columns) if column not in OF_CODES]

    @property
    def names(self) -> list[str]:
        """Name the columns; one of ours that the input has too is called by a longer name."""
        of_rule = [*(OF_GROUP if self.by_group else ()), *(SHOWN if self.rule else ())]
        own = [*ANSWER, *of_rule, *(EXPLAINED if self.explains else ())]
        given = [self.header.names[place] for place in self.taken]
        return [*given, *(f"alambic_{name}" if name in given else name for name in own)]

    @property
    def certificate(self) -> int:
        """Give the place of the certificate's name in a row."""
        return self.taken.index(self.header.columns.index("certificate"))

    @property
    def decision(self) -> int:
        """Give the place of the decision in a row."""
        return len(self.taken) + ANSWER.index("decision")

    def row(
        self, decided: Decided, line: Line, coded: Mapping[str, CodedText], explained: Mapping[str, Explained]
    ) -> list[str]:
        """Write a line of a certificate with its codes."""
        cells = [line.all_cells[place] for place in self.taken]
        of_line = coded.get(line.text) if line.text else None
        answer = of_line.answers[0] if of_line else ()
        verdict = decided.verdict
        reason = line.problem or verdict.reason
        cells += [answer if isinstance(answer, str) else " ".join(answer), self._confidence(decided, of_line)]
        cells += [PERSON if line.problem else verdict.decision, reason]
        if self.by_group:
            cells.append(decided.group)
        to_person = of_line is not None and verdict.decision != AUTOMATED
        if self.rule:
            cells.append(self._shown(self.rule, of_line, decided.group) if of_line and to_person else "")
        if self.explains:
            why = explained.get(line.text) if to_person else None
            cells += [_words(why), _nearest(why)] if why else ["", ""]
        return cells

    def _confidence(self, decided: Decided, coded: CodedText | None) -> str:
        """Write the confidence in a certificate; without a calibration, the least probability of a code of the line."""
        if self.rule is None:
            row = coded.read[0] if coded else None
            return "" if row is None else f"{row[0]:.5f}"
        return "" if decided.confidence is None else f"{decided.confidence:.5f}"

    def _shown(self, rule: Rule, coded: CodedText, group: str) -> str:
        shown = rule.shown(coded.candidates, group)
        if shown is None:
            return NO_SET
        parts = [
            f"{code} {self._label(code)} {value:.2f}".replace("  ", " ") for code, value in shown[:MOST_CANDIDATES]
        ]
        return BETWEEN.join([*parts, *([MORE] if len(shown) > MOST_CANDIDATES else [])])

    def _label(self, code: str) -> str:
        return next(iter(self.labels.get(code, ())), "")[:LONGEST_LABEL]


def _words(why: Explained) -> str:
    return BETWEEN.join(f"{word} {before:.2f}>{after:.2f}" for word, before, after in why.words)


def _nearest(why: Explained) -> str:
    return BETWEEN.join(f"{text} = {codes or 'no code'} ({similar:.2f})" for text, codes, similar in why.nearest)
