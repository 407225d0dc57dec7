"""What is logged when a file of certificates was coded."""

import csv
import logging
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from alambic.commands.apply.certificates.columns import Columns
from alambic.commands.apply.certificates.reading import SCATTERED
from alambic.commands.apply.certificates.rule import AUTOMATED, PERSON
from alambic.data.rejected import Rejections

log = logging.getLogger("alambic")


def summarise(output: Path, columns: Columns) -> None:
    """Log how many certificates need nobody."""
    counts: Counter[str] = Counter()
    csv.field_size_limit(sys.maxsize)  # a text may be longer than the 128 kB of the default
    with output.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream, delimiter=columns.header.separator)
        next(rows)
        place, decision, before = columns.certificate, columns.decision, None
        for row in rows:
            if row[place] != before:
                counts[row[decision]] += 1
                before = row[place]
    total = sum(counts.values())
    if columns.rule is not None:
        log.info(
            "%d of %d certificates are automated (%.1f %%), %d go to a person",
            counts[AUTOMATED],
            total,
            100 * counts[AUTOMATED] / max(total, 1),
            counts[PERSON],
        )
    else:
        log.info("%d certificates; %d have a problem and go to a person", total, counts[PERSON])


def report_rejected(rejections: Rejections, problems: Mapping[str, str]) -> None:
    """Name the first rows that could not be read, and the first certificates whose rows are not together."""
    for rejected in rejections.first:
        log.warning("%s: %s", rejected.place, rejected.reason)
    if rejections.rejected:
        where = f"; all of them are in {rejections.file}" if rejections.file else ""
        log.warning("%d rows could not be read%s", rejections.rejected, where)
    for reason, count in sorted(rejections.left_out.items()):
        log.info("%d %s", count, reason)
    scattered = [name for name, problem in problems.items() if problem.startswith(SCATTERED)]
    if scattered:
        log.warning(
            "%d certificates go to a person, for their rows do not follow one another: %s; sort the file by them",
            len(scattered),
            _first(scattered),
        )


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
