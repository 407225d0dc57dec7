"""Make one corpus out of several sources: repair, filter, keep one of each, and set a share apart."""

from collections import deque
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.runtime.ranks import Ranks
from alambic.settings import Clean
from alambic.stages.clean.counts import in_order, summed
from alambic.stages.clean.decontamination.filter import Guard
from alambic.stages.clean.key_store import Notes
from alambic.stages.clean.part_writer import RESULT, Outcome
from alambic.stages.clean.parts import Parts
from alambic.stages.clean.phases import Passing, Step, cut_into_phases, judged, read_collected, read_passing, through
from alambic.stages.clean.shards import gather


def run(settings: Clean, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write the shards `train-*` and `held_out-*`, `dropped-*`, and `changed-*` with what was collected.

    The last two have a column `reason`: why a document was dropped, or which steps changed one that was kept.

    The sources' shards are shared among the ranks. Documents pass one by one, and what must be known of all of them is
    on disk. Of several duplicates the first stays: the order of the sources says whose. The first rank gives the
    facts; UserError when nothing is left.
    """
    pa.set_memory_pool(pa.system_memory_pool())  # the default one keeps what was once needed: 50 MB here
    work = _Work(settings, inputs, output)
    for phase in range(len(work.phases)):
        work.do(phase)
    return work.gathered(output) if work.parts.ranks.is_first else {}


class _Work:
    def __init__(self, settings: Clean, inputs: Inputs, output: Path) -> None:
        self.guard, self.held_out = Guard(settings, inputs), settings.held_out
        steps = [
            (name, import_module(f"alambic.stages.clean.steps.{name}").step(**own))
            for name, own in settings.steps.items()
        ]
        self.phases = cut_into_phases([("decontamination", self.guard.before), *steps])
        collected = [path for folder in inputs["sources"] for path in sorted(folder.glob("documents-*.parquet"))]
        self.parts = Parts(output / ".parts", collected, Ranks.from_environment())

    def do(self, number: int) -> None:
        """Take this rank's parts through a phase, and settle what the next one must know of all parts."""
        for part in self.parts.own(number):
            self._do_part(number, part)
        noting = self.phases[number].noting
        if noting is None:
            return
        if self.parts.ranks.is_first and not self.parts.is_settled(number):
            self.parts.wait(number)
            notes = self._notes(number)
            notes.forget_flags()  # of an attempt that was stopped
            noting.settle(notes)
            self.parts.settled(number)
            notes.forget_rows()
        self.parts.wait_until_settled(number)

    def _do_part(self, number: int, part: int) -> None:
        outcome = Outcome(self.parts.begin(number, part), held_out=self.held_out)
        noted = self._pass(number, part, outcome)
        if self.phases[number].noting is None:
            deque(noted, maxlen=0)
        else:
            self._notes(number).write(part, noted)
        outcome.close()
        self.parts.finish(number, part, {**outcome.tally.as_json(), "removed": self.guard.take_removed()})

    def _pass(self, number: int, part: int, outcome: Outcome) -> Iterator[np.ndarray]:
        """Take the documents of a part through a phase; give what its survey, if it has one, notes of each."""
        noting = self.phases[number].noting
        for before, steps in self._arriving(number, part):
            outcome.tally.of(before.document.source).collected += number == 0
            after, reason = through(steps, before)
            if reason:
                outcome.drop(after.document, reason)
            elif noting is None:
                outcome.keep(after)
            else:
                outcome.hand_on(after)
                yield noting.note(after.document)

    def _arriving(self, number: int, part: int) -> Iterator[tuple[Passing, list[tuple[str, Step]]]]:
        """Give the documents of a part, each with the steps that it takes in this phase."""
        phase = self.phases[number]
        if phase.judging is None:
            arriving: Iterator[tuple[Passing, list[tuple[str, Step]]]] = (
                (one, phase.steps) for one in read_collected(self.parts.collected[part])
            )
        else:
            flags = self._notes(number - 1).flags(part)
            passing = read_passing(self.parts.shards(number - 1, part, "passing"))
            arriving = (
                (one, [judged(phase.judging, own), *phase.steps]) for one, own in zip(passing, flags, strict=True)
            )
        for one, steps in arriving:
            yield (
                one,
                steps
                if phase.noting
                else [*steps, ("decontamination", partial(self.guard.after, one.as_collected.text))],
            )

    def _notes(self, number: int) -> Notes:
        return Notes(self.parts.of_phase(number), len(self.parts))

    def gathered(self, output: Path) -> dict[str, Any]:
        """Put together what was made of the parts, and give the facts."""
        last = len(self.phases) - 1
        self.parts.wait(last)
        facts = summed([one for number in range(last + 1) for one in self.parts.facts(number)])
        if not facts.get("train", {}).get("documents"):
            funnel = {source: one["dropped"] for source, one in facts.get("funnel", {}).items()}
            raise UserError(
                f"no document is left to train on; why they were dropped: {funnel}: loosen `steps` or `held_out`"
            )
        for name in RESULT:
            gather(self.parts.all_shards(name), output, name)
        self.parts.remove()
        funnel = {source: in_order(one) for source, one in facts["funnel"].items()}
        licences, removed = dict(sorted(facts["licences"].items())), facts["removed"]
        sizes = {name: facts[name] for name in ("train", "held_out")}
        return {"funnel": funnel, "licences": licences, "decontamination": self.guard.report(removed), **sizes}
