"""Make one corpus out of several sources: repair, filter, keep one of each, and set a share apart."""

import shutil
from collections import deque
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from alambic.data.inputs import Inputs
from alambic.data.shards import shards_of
from alambic.errors import UserError
from alambic.runtime.ranks import Ranks
from alambic.settings import Clean
from alambic.stages.clean.counts import in_order, summed
from alambic.stages.clean.decontamination.filter import DecontaminationFilter
from alambic.stages.clean.key_store import KeyStore
from alambic.stages.clean.part_writer import MASK, ORIGINALS, RESULT, PartWriter
from alambic.stages.clean.parts import Parts
from alambic.stages.clean.personal.masking import PersonalData
from alambic.stages.clean.phases import (
    Step,
    TrackedDocument,
    applying,
    cut_into_phases,
    read_collected,
    read_passed_on,
    run_steps,
)
from alambic.stages.clean.private_files import for_owner_alone, make_private
from alambic.stages.clean.shards import gather


def run(settings: Clean, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write the shards `train-*` and `held_out-*`, `dropped-*`, and `changed-*` with what was collected.

    The last two have a column `reason`: why a document was dropped, or which steps changed one that was kept. Where
    the step `personal_data` is taken, nobody else reads what is written before it is masked and whole.

    The sources' shards are shared among the ranks. Documents pass one by one, and what must be known of all of them is
    on disk. Of several duplicates the first stays: the order of the sources says whose. The first rank gives the
    facts; UserError when nothing is left.
    """
    pa.set_memory_pool(pa.system_memory_pool())  # the default one keeps what was once needed: 50 MB here
    with for_owner_alone() if MASK in settings.steps else nullcontext():
        work = _Work(settings, inputs, output)
        for phase in range(len(work.phases)):
            work.do(phase)
        return work.gathered(output) if work.parts.ranks.is_first else {}


class _Work:
    def __init__(self, settings: Clean, inputs: Inputs, output: Path) -> None:
        self.filter, self.held_out = DecontaminationFilter(settings, inputs), settings.held_out
        steps = [
            (name, import_module(f"alambic.stages.clean.steps.{name}").step(**options))
            for name, options in settings.steps.items()
        ]
        self.mask = next((step for _, step in steps if isinstance(step, PersonalData)), None)
        self.phases = cut_into_phases([("decontamination", self.filter.check_collected), *steps])
        collected = [path for folder in inputs["sources"] for path in shards_of(folder, "documents")]
        self.parts = Parts(output / ".parts", collected, Ranks.from_environment())
        if self.mask is not None:
            make_private(self.parts.folder)

    def do(self, number: int) -> None:
        """Take this rank's parts through a phase, and settle what the next one must know of all parts."""
        for part in self.parts.remaining(number):
            self._do_part(number, part)
        first_pass = self.phases[number].first_pass
        if first_pass is None:
            return
        if self.parts.ranks.is_first and not self.parts.is_settled(number):
            self.parts.wait(number)
            store = self._store(number)
            store.forget_flags()  # of an attempt that was stopped
            first_pass.flag_keys(store)
            self.parts.mark_settled(number)
            store.forget_rows()
        self.parts.wait_until_settled(number)

    def _do_part(self, number: int, part: int) -> None:
        writer = PartWriter(self.parts.begin(number, part), held_out=self.held_out, mask=self.mask)
        if self.mask is not None:
            self.mask.collected = self.parts.collected[part]
        rows = self._pass(number, part, writer)
        if self.phases[number].first_pass is None:
            deque(rows, maxlen=0)
        else:
            self._store(number).write(part, rows)
        writer.close()
        self.parts.finish(number, part, {**writer.counts.as_json(), "removed": self.filter.take_removed()})

    def _pass(self, number: int, part: int, writer: PartWriter) -> Iterator[np.ndarray]:
        """Take the documents of a part through a phase; give what its two-pass step, if it has one, stores of each."""
        first_pass = self.phases[number].first_pass
        for before, steps in self._arriving(number, part):
            writer.counts.of(before.document.source).collected += number == 0
            after, reason = run_steps(steps, before)
            writer.note_masked(before, after)
            if reason:
                writer.drop(after.document, reason)
            elif first_pass is None:
                writer.keep(after)
            else:
                writer.pass_on(after)
                yield first_pass.extract_keys(after.document)

    def _arriving(self, number: int, part: int) -> Iterator[tuple[TrackedDocument, list[tuple[str, Step]]]]:
        """Give the documents of a part, each with the steps that it takes in this phase."""
        phase = self.phases[number]
        if phase.second_pass is None:
            for tracked in read_collected(self.parts.collected[part]):
                yield tracked, [*phase.steps, *self._last_steps(number, tracked)]
            return
        flags = self._store(number - 1).flags(part)
        passed_on = read_passed_on(self.parts.shards(number - 1, part, "passing"))
        for tracked, flags_of_step in zip(passed_on, flags, strict=True):
            yield (
                tracked,
                [applying(phase.second_pass, flags_of_step), *phase.steps, *self._last_steps(number, tracked)],
            )

    def _last_steps(self, number: int, tracked: TrackedDocument) -> list[tuple[str, Step]]:
        """Look for test texts again at the end of the last phase."""
        if self.phases[number].first_pass is not None:
            return []
        checked = "" if MASK in tracked.changed_by else tracked.as_collected.text  # masked, it has not been seen
        return [("decontamination", partial(self.filter.check_cleaned, checked))]

    def _store(self, number: int) -> KeyStore:
        return KeyStore(self.parts.of_phase(number), len(self.parts))

    def gathered(self, output: Path) -> dict[str, Any]:
        """Put together what was made of the parts, and give the facts."""
        last = len(self.phases) - 1
        self.parts.wait(last)
        facts = summed([facts for number in range(last + 1) for facts in self.parts.facts(number)])
        if not facts.get("train", {}).get("documents"):
            funnel = {source: counts["dropped"] for source, counts in facts.get("funnel", {}).items()}
            raise UserError(
                f"no document is left to train on; why they were dropped: {funnel}: loosen `steps` or `held_out`"
            )
        for name in RESULT:
            gather(self.parts.all_shards(name), output, name)
        private = output / f".{ORIGINALS}"
        if self.mask is not None and self.mask.originals:
            make_private(private)
            gather(self.parts.all_shards(ORIGINALS), private, ORIGINALS)
        elif private.exists():  # of an earlier attempt, that kept them
            shutil.rmtree(private)
        self.parts.remove()
        funnel = {source: in_order(counts) for source, counts in facts["funnel"].items()}
        licences, removed = dict(sorted(facts["licences"].items())), facts["removed"]
        sizes = {name: facts[name] for name in ("train", "held_out")}
        return {"funnel": funnel, "licences": licences, "decontamination": self.filter.report(removed), **sizes}
