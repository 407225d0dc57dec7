"""Which certificates a machine may answer alone: the thresholds of a calibration, and what a person is shown."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from alambic.commands.calibrations import at_risk, check_guarantee, own_thresholds, read_calibration
from alambic.errors import UserError
from alambic.settings.calibrate import ALL, GROUP, Guarantee
from alambic.stages.calibrate.confidence import Confidence
from alambic.stages.calibrate.shown_sets import OTHERS
from alambic.stages.calibrate.units import Groups

log = logging.getLogger("alambic")

AUTOMATED, PERSON = "automated", "person"
ROUNDING = 1e-9  # of a probability
OPEN = 1.0  # the limit from which on every code would be in a set


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

    @classmethod
    def read(cls, folder: Path, *, risk: float | None, guarantee: Guarantee | None) -> "Rule":
        """Read it, by default for all certificates together; UserError where that was not calibrated."""
        content = read_calibration(folder, command="apply")
        row = at_risk(content, risk, folder, command="apply")
        chosen: Guarantee = guarantee or ALL
        check_guarantee(content, chosen, folder, command="apply")
        limits = _limits(content, row["alpha"], chosen, folder)
        rule = cls(
            Confidence.from_facts(content["model"]),
            Groups(content["groups"]["attribute"], content["groups"]["by_answer"]),
            row["alpha"],
            chosen,
            row["threshold"],
            {group["group"]: group for group in row["groups"]},
            row["needed"],
            limits,
        )
        own = own_thresholds(row)
        with_own = [name for name, threshold in own.items() if threshold is not None]
        if not with_own if chosen == GROUP else rule.threshold is None:
            log.warning("at a risk of %g nothing is automated: every certificate goes to a person", rule.risk)
            if with_own:
                log.warning("with --guarantee group, groups have thresholds of their own: %s", ", ".join(with_own))
        _log_sets(limits, why=content["why_no_sets"])
        return rule

    @property
    def lowest(self) -> float:
        """The probability from which on a code may be shown to a person; above 1 where nothing is shown."""
        return 1 - max((limit for limit in self.limits.values() if limit < OPEN), default=-1.0) - ROUNDING

    def judge(self, confidence: float | None, group: str, problems: Sequence[str]) -> Verdict:
        """Decide about a certificate; without a confidence it has no text."""
        if problems:
            return Verdict(PERSON, "; ".join(problems))
        if confidence is None:
            return Verdict(PERSON, "no line has a text")
        threshold, of = self.threshold, ""
        if self.guarantee == GROUP:
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

    def shown(self, candidates: Sequence[tuple[str, float]], group: str) -> list[tuple[str, float]] | None:
        """Give the codes that a person is shown with their probabilities; None where no set is offered.

        None is offered where even a code without any probability would belong, for then every code would.
        """
        limit = self.limits.get(group, self.limits.get(OTHERS, OPEN))
        return None if limit >= OPEN else [(code, value) for code, value in candidates if 1 - value <= limit]


def _limits(content: Mapping[str, Any], risk: float, guarantee: Guarantee, folder: Path) -> Mapping[str, float]:
    """Give those of one risk and guarantee; UserError where an earlier version wrote others, or none."""
    if "groups" not in content or not all(isinstance(each, dict) for each in content["set_limits"].values()):
        raise UserError(f"{folder} was made by an earlier version, without what `apply` needs: calibrate again")
    limits: Mapping[str, float] = content["set_limits"].get(f"{risk:g}", {}).get(guarantee, {})
    return limits


def _log_sets(limits: Mapping[str, float], *, why: str) -> None:
    """Say for which groups a person is shown no set, and why."""
    if not limits:
        log.warning("a person is shown no set of codes: %s", why or "too few lines that are left to persons")
        return
    without = sorted(group or "others" for group, limit in limits.items() if limit >= OPEN)
    if without:
        log.warning(
            "a person is shown no set of codes for %s: the right codes are too often without a probability, so that "
            "every code would belong",
            "any group" if len(without) == len(limits) else ", ".join(without),
        )
