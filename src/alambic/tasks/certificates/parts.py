"""Parts of collected certificates, each whole: by year, or drawn by share."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from alambic.data.documents import Document
from alambic.errors import UserError
from alambic.tasks.certificates.documents import certificate_of
from alambic.tasks.sampling import draw

PARTS = ("train", "dev", "calibration", "test")
SHARED = "none"  # of years that no part names


@dataclass(frozen=True)
class Plan:
    """How certificates are divided: the years of each part, or, where there are none, its share of the certificates."""

    years: Mapping[str, Sequence[str]]
    shares: Mapping[str, float]  # of all parts but `train`, which has the rest
    seed: int

    @property
    def by_year(self) -> bool:
        """Tell whether years decide."""
        return any(self.years.values())

    @property
    def rule(self) -> str:
        """Name the rule, for the signature of a score."""
        if self.by_year:
            return "years:" + ";".join(f"{name}={','.join(self.years[name])}" for name in PARTS if self.years[name])
        return "certificates:" + ":".join(f"{share:g}" for share in self.shares.values()) + f":{self.seed}"


def divide(documents: Sequence[Document], plan: Plan, place: str) -> dict[str, list[Document]]:
    """Give the lines of each part, and under SHARED those of years that no part names.

    UserError where no certificate is coded, where a year is not known, or nothing is left to learn from or to score.
    """
    if not documents:
        raise UserError(f"death_certificates: {place} holds no coded certificate: `apply` codes those without answers")
    if not plan.by_year and sum(plan.shares.values()) >= 1:
        raise UserError("test_share + dev_share + calibration_share leave no certificates to learn from")
    parts: dict[str, list[Document]] = {name: [] for name in (*PARTS, SHARED)}
    for document in documents:
        parts[_part(document, plan)].append(document)
    for name, purpose in (("train", "to learn from"), ("test", "to score")):
        if not parts[name]:
            years = sorted({document.metadata.get("year", "") for document in documents})
            raise UserError(
                f"death_certificates: no certificate {purpose} ({plan.rule}): {place} has the years {years}"
            )
    return parts


def _part(document: Document, plan: Plan) -> str:
    drawn = draw("certificates", plan.seed, certificate_of(document))
    if not plan.by_year:
        for name, share in plan.shares.items():
            if drawn < share:
                return name
            drawn -= share
        return "train"
    year = document.metadata.get("year", "")
    if not year:
        raise UserError(
            f"death_certificates: certificate {certificate_of(document)} has no year: leave out train_years and "
            "test_years to divide by share, or name the column of the year by `columns` of its source"
        )
    named = [name for name in PARTS if year in plan.years[name]]
    return named[int(drawn * len(named))] if named else SHARED


def limited(documents: Sequence[Document], *, share: float, limit: int, seed: int) -> list[Document]:
    """Keep a share of the certificates, or of `limit` of them where it is not 0, with all of their lines.

    They are taken in an order that depends on their names and on `seed` alone: fewer are among more.
    """
    names = sorted(
        {certificate_of(document) for document in documents}, key=lambda name: (draw("train_share", seed, name), name)
    )
    most = min(len(names), limit) if limit else len(names)
    chosen = set(names[: math.ceil(share * most) if share < 1 else most])
    return [document for document in documents if certificate_of(document) in chosen]


def texts_of(parts: Mapping[str, Sequence[Document]]) -> Iterator[str]:
    """Give the texts of all parts that are not learnt from."""
    return (document.text.strip() for name in ("dev", "calibration", "test") for document in parts[name])
