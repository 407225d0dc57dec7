"""Which certificates a machine may answer alone: the thresholds of a calibration, and what a person is shown."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from alambic.commands.calibrations import at_risk, read_calibration
from alambic.errors import UserError
from alambic.stages.calibrate.confidence import Confidence
from alambic.stages.calibrate.shown_sets import OTHERS
from alambic.stages.calibrate.units import Groups

log = logging.getLogger("alambic")

Guarantee = Literal["all", "group"]
AUTOMATED, PERSON = "automated", "person"


class Verdict(NamedTuple):
    """Whether a certificate needs nobody, and why it does."""

    decision: str
    reason: str = ""


@dataclass(frozen=True)
class Rule:
    """What an artifact of `calibrate` says at one risk."""

    confidence: Confidence
    groups: Groups
    risk: float
    guarantee: Guarantee
    threshold: float | None  # of all groups together
    of_groups: Mapping[str, Mapping[str, Any]]
    needed: int  # calibration certificates, for a guarantee
    limits: Mapping[str, float]  # of what a person is shown, by group; none where there are no sets
    set_confidence: float

    @classmethod
    def read(cls, folder: Path, *, risk: float | None, guarantee: Guarantee | None) -> "Rule":
        """Read it; UserError where the risk was not calibrated."""
        content = read_calibration(folder, command="apply")
        row = at_risk(content, risk, folder, command="apply")
        if "groups" not in content:
            raise UserError(f"{folder} was made by an earlier version, without what `apply` needs: calibrate again")
        grouped = bool(content["grouped_by"])
        if guarantee == "group" and not grouped:
            raise UserError(f"--guarantee group: {folder} was calibrated without `groups`: leave it out")
        rule = cls(
            Confidence.from_facts(content["model"]),
            Groups(content["groups"]["attribute"], content["groups"]["by_answer"]),
            row["alpha"],
            guarantee or ("group" if grouped else "all"),
            row["threshold"],
            {group["group"]: group for group in row["groups"]},
            row["needed"],
            content["set_limits"],
            content["set_confidence"],
        )
        thresholds = [group["own_threshold"] for group in rule.of_groups.values()]
        if all(each is None for each in (thresholds if rule.guarantee == "group" else [rule.threshold])):
            log.warning("at a risk of %g nothing is automated: every certificate goes to a person", rule.risk)
        return rule

    @property
    def lowest(self) -> float:
        """The probability from which on a code may be shown to a person; above 1 where nothing is shown."""
        return 1 - max(self.limits.values()) if self.limits else 2.0

    def judge(self, confidence: float | None, group: str, problems: Sequence[str]) -> Verdict:
        """Decide about a certificate; without a confidence it has no text."""
        if problems:
            return Verdict(PERSON, "; ".join(problems))
        if confidence is None:
            return Verdict(PERSON, "no line has a text")
        threshold, of = self.threshold, ""
        if self.guarantee == "group":
            known = self.of_groups.get(group)
            if known is None:
                return Verdict(
                    PERSON, f"group '{group}' has no calibration certificates" if group else "no known group"
                )
            of = f" of {self.groups.attribute} {group}"
            threshold = known["own_threshold"]
            if threshold is None:
                return Verdict(PERSON, self._excluded(of, known))
        if threshold is None:
            return Verdict(PERSON, f"nothing is automated at a risk of {self.risk:g}")
        if confidence < threshold:
            return Verdict(PERSON, f"confidence {confidence:.5f} is below the threshold{of}, {threshold:.5f}")
        return Verdict(AUTOMATED)

    def _excluded(self, of: str, known: Mapping[str, Any]) -> str:
        units = known["calibration_units"]
        if known["excluded"] == "too_few":
            return f"the certificates{of} are excluded: {units} for calibration, {self.needed} are needed"
        return f"the certificates{of} are excluded: too many errors among {units} for calibration"

    def shown(self, candidates: Sequence[tuple[str, float]], group: str) -> tuple[list[tuple[str, float]], bool]:
        """Give the codes that a person is shown with their probabilities, and whether any other may be right."""
        limit = self.limits.get(group, self.limits.get(OTHERS, -1.0))
        return [(code, value) for code, value in candidates if 1 - value <= limit], limit >= 1
