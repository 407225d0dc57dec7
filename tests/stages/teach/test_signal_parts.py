"""A shard is made of parts: what a kill costs, and that it leaves no trace in the result."""

import logging

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_teach import TEXTS, places, settings

from alambic.data.documents import Document
from alambic.jobs.saved_progress import read_saved_progress
from alambic.runtime import progress
from alambic.runtime.deadline import Deadline
from alambic.stages.teach import parts as module
from alambic.stages.teach.parts import FOLDER, Parts, combined, cut
from alambic.stages.teach.run import run

assert places  # a fixture
WHOLE = {"documents_per_shard": 5}


@pytest.fixture(autouse=True)
def small_parts_saved_at_once(monkeypatch):
    """Have a part end at 12 characters, and be saved and told before the next."""
    monkeypatch.setitem(module.CHARACTERS, "cpu", 12)
    monkeypatch.setitem(module.CHARACTERS, "cuda", 12)
    monkeypatch.setattr(module, "SAVE_SECONDS", -1.0)
    monkeypatch.setattr(progress, "SECONDS_PER_LINE", -1)


def stored(output):
    return {path.name: path.read_bytes() for path in output.glob("signal-*.parquet")}


class Killed(BaseException):
    """Stands for a kill: nothing of the stage runs after it."""


def killed_after(monkeypatch, times):
    """Have the attempt end when so many parts were captured."""
    capture, count = Parts.capture, []

    def counting(self, capture_part, documents, *, shard):
        def part(given):
            if len(count) == times:
                raise Killed
            count.append(len(given))
            return capture_part(given)

        return capture(self, part, documents, shard=shard)

    monkeypatch.setattr(Parts, "capture", counting)
    return count


def test_parts_are_cut_by_the_texts_alone():
    documents = [Document(str(n), text, "test", "", "CC0-1.0") for n, text in enumerate(TEXTS)]
    assert [[document.id for document in part] for part in cut(documents, 12)] == [["0", "1"], ["2"], ["3", "4"]]
    assert [len(part) for part in cut(documents, 10**6)] == [5] and list(cut([], 12)) == []


@pytest.mark.parametrize("times", [1, 2])
def test_a_killed_shard_goes_on_at_its_last_part_and_ends_the_same(places, monkeypatch, caplog, times):
    inputs, output = places
    undisturbed = output.with_name("undisturbed")
    undisturbed.mkdir()
    one = settings().model_copy(update=WHOLE)
    facts = run(one, inputs, undisturbed)
    with monkeypatch.context() as patch:
        killed_after(patch, times)
        with pytest.raises(Killed):
            run(one, inputs, output)
    # What was captured last is lost, the parts before it are there: they are saved before the next begins.
    assert not stored(output) and len(list((output / FOLDER).glob("*/part-*.arrow"))) == times
    assert read_saved_progress(output, network=False).shards == times
    caplog.set_level(logging.INFO)
    count = killed_after(monkeypatch, 99)
    assert run(one, inputs, output) == facts
    assert len(count) == 3 - times and f"shard 0: {[2, 3][times - 1]} of 5 documents are there already" in caplog.text
    assert stored(output) == stored(undisturbed) and not (output / FOLDER).exists()


def test_it_says_after_each_part_how_far_it_is(places, caplog):
    caplog.set_level(logging.INFO)
    run(settings().model_copy(update=WHOLE), *places)
    assert [record.getMessage() for record in caplog.records if "of 5 documents" in record.getMessage()] == [
        f"shard 0: {done} of 5 documents" for done in (2, 3, 5)
    ]


@pytest.mark.parametrize("how", ["truncated", "another device's"])
def test_what_cannot_be_gone_on_from_is_made_anew(places, caplog, how):
    inputs, output = places
    folder = output / FOLDER / "00000"
    folder.mkdir(parents=True)
    if how == "truncated":
        (folder / "part-00000002.arrow").write_bytes(b"ARROW1")
    else:
        table = pa.table({"id": ["0"]})
        with pa.ipc.new_file(folder / "part-00000001.arrow", table.schema) as file:
            file.write_table(table)
    run(settings().model_copy(update=WHOLE), inputs, output)
    assert "begins anew" in caplog.text and pq.read_metadata(output / "signal-00000.parquet").num_rows == 5


def test_tokens_of_parts_add_up():
    table = pa.table({"id": ["a"]}).replace_schema_metadata({"tokens": "3", "width": "4"})
    found = combined([table, table])
    assert found.num_rows == 2 and found.schema.metadata == {b"tokens": b"6", b"width": b"4"}


def test_a_wall_limit_within_a_shard_keeps_its_parts(places, monkeypatch):
    inputs, output = places
    # As if there were time for nothing that takes time: a first part is tried, since nothing is known of it.
    with monkeypatch.context() as patch:
        patch.setattr(Deadline, "is_near", lambda self, needed: needed > 0)
        with pytest.raises(module.EarlyExit, match="0 shards are stored, and 2 documents of another"):
            run(settings().model_copy(update=WHOLE), inputs, output)
    assert read_saved_progress(output, network=False).shards == 1
    assert run(settings().model_copy(update=WHOLE), inputs, output)["documents"] == 5
