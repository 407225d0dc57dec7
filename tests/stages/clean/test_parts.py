"""A corpus is the same however many ranks clean it, and what a stopped attempt finished is not done again."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.jobs.saved_progress import read_saved_progress
from alambic.runtime.deadline import Deadline
from alambic.runtime.exit_reason import EarlyExit, ExitReason
from alambic.runtime.ranks import Ranks
from alambic.settings import Clean
from alambic.stages.clean.key_store import KeyStore
from alambic.stages.clean.parts import Parts
from alambic.stages.clean.run import run

LAUNCH = Path(__file__).parents[3] / "scripts" / "launch.sh"
SETTINGS = Clean(
    sources=["x"],
    steps={
        "normalise": {},
        "boilerplate": {"most_documents": 100},
        "exact_duplicates": {},
        "duplicate_paragraphs": {"shortest": 5},
        "near_duplicates": {"threshold": 0.7},
        "near_duplicate_paragraphs": {"min_words": 15, "threshold": 0.5},
        "personal_data": {},
    },
    held_out=0.3,
)
CHILD = """
import json, sys
from pathlib import Path
from alambic.stages.clean.run import run
from alambic.runtime.deadline import Deadline
from alambic.runtime.exit_reason import EarlyExit, ExitReason
from alambic.data.inputs import Inputs
from alambic.settings import Clean
settings, output, *sources = sys.argv[1:]
facts = run(Clean.model_validate_json(settings), Inputs(sources=[Path(source) for source in sources]), Path(output))
if facts:
    (Path(output) / "facts.json").write_text(json.dumps(facts))
"""


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """Give three sources of several shards with everything that steps look for, also across sources."""
    folders = []
    for name in ("one", "two", "three"):
        folder = tmp_path / name
        folder.mkdir()
        for shard in range(3):
            texts = [
                f"Le patient numéro {n} du docteur Martin  est revenu pour une douleur du genou {n % 7} semaines après "
                f"l'opération {(n * 7 + shard) % 23}, sans fièvre ni autre plainte que {'la toux ' * (n % 5)}ce jour.\n"
                f"Veuillez lire attentivement cette notice avant usage.\nLa ligne {n % 11} revient de source en source."
                for n in range(shard, 60, 3)
            ]
            found = [Document(f"{shard}-{n}", text, name, "", "CC0-1.0") for n, text in enumerate(texts)]
            write_documents(found, folder)
            (folder / "documents-00000.parquet").rename(folder / f"documents-{shard + 1:05d}.parquet")
        folders.append(folder)
    return Inputs(sources=folders)


def made(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def alone(inputs: Inputs, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    facts = run(SETTINGS, inputs, folder)
    funnel = facts["funnel"]
    assert {reason.split(":")[0] for source in funnel.values() for reason in source["dropped"]} == {
        "exact_duplicates",
        "near_duplicates",
        "near_duplicate_paragraphs",  # where a text was nothing else
    }
    changed = {step for source in funnel.values() for step in source["changed"]}
    assert changed == {"normalise", "boilerplate", "personal_data", "duplicate_paragraphs", "near_duplicate_paragraphs"}
    return made(folder)


def test_any_number_of_ranks_makes_the_same_bytes(inputs: Inputs, tmp_path: Path) -> None:
    expected, shared = alone(inputs, tmp_path / "alone"), tmp_path / "shared"
    shared.mkdir()
    arguments = [SETTINGS.model_dump_json(), str(shared), *map(str, inputs["sources"])]
    subprocess.run([LAUNCH, "--ranks", "3", "--", sys.executable, "-c", CHILD, *arguments], check=True, timeout=300)
    found = made(shared)
    assert found.pop("facts.json")
    assert found == expected and all(name.endswith(".parquet") for name in found)


def test_finished_parts_of_a_stopped_attempt_stay(
    inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, resumed = alone(inputs, tmp_path / "alone"), tmp_path / "resumed"
    resumed.mkdir()
    finish: Callable[..., None] = Parts.finish
    done: list[tuple[int, int]] = []

    def stopping(self: Parts, phase: int, part: int, facts: dict) -> None:
        if stops and len(done) == stops[0]:
            raise KeyboardInterrupt(stops.pop(0))
        finish(self, phase, part, facts)
        done.append((phase, part))

    def stopped_while_flagging(self: KeyStore, places: object) -> None:
        monkeypatch.undo()
        monkeypatch.setattr(Parts, "finish", stopping)
        (self.folder / "flags-00000.npy").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(Parts, "finish", stopping)
    flag_once, stops, before = [stopped_while_flagging], [4, 15, 40], read_saved_progress(resumed, network=False)
    while stops:
        if flag_once and len(stops) == 2:
            monkeypatch.setattr(KeyStore, "flag", flag_once.pop())
        with pytest.raises(KeyboardInterrupt):
            run(SETTINGS, inputs, resumed)
        assert read_saved_progress(resumed, network=False).exceeds(before)  # a job that met its wall limit may go on
        before = read_saved_progress(resumed, network=False)
    run(SETTINGS, inputs, resumed)
    assert made(resumed) == expected
    assert len(done) == len(set(done)) == 6 * 9  # phases and parts


def test_ranks_share_all_parts(tmp_path: Path) -> None:
    collected = [tmp_path / str(number) for number in range(7)]
    own = [list(Parts(tmp_path, collected, Ranks(rank, 3, rank)).remaining(0)) for rank in range(3)]
    assert sorted(part for parts in own for part in parts) == list(range(7))
    assert max(map(len, own)) - min(map(len, own)) <= 1


def test_the_end_of_the_wall_time_comes_between_two_parts(
    inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, resumed = alone(inputs, tmp_path / "alone"), tmp_path / "resumed"
    resumed.mkdir()
    # As if there were time for nothing that takes time: a first part is tried, since nothing is known of it.
    monkeypatch.setattr(Deadline, "is_near", lambda self, needed: needed > 0)
    before = read_saved_progress(resumed, network=False)
    for attempt in range(1, 3):
        with pytest.raises(EarlyExit, match="parts that are done") as end:
            run(SETTINGS, inputs, resumed)
        assert end.value.reason is ExitReason.WALL_LIMIT and read_saved_progress(resumed, network=False).exceeds(
            before
        ), attempt
        before = read_saved_progress(resumed, network=False)
    monkeypatch.undo()
    run(SETTINGS, inputs, resumed)
    assert made(resumed) == expected


def test_what_others_leave_among_the_parts_is_no_part(tmp_path: Path) -> None:
    parts = Parts(tmp_path / ".parts", [tmp_path / "a", tmp_path / "b"], Ranks(rank=0, world_size=1, local_rank=0))
    for part in parts.remaining(0):
        folder = parts.begin(0, part)
        write_documents([Document(str(part), "texte", "x", "", "CC0-1.0")], folder, part="train")
        (folder / "train-00000.parquet~").write_bytes(b"half")
        parts.finish(0, part, {"part": part})
    for name in ("phase-copie", "phase-0.tmp"):
        (parts.folder / name).mkdir()
    (parts.of_phase(0) / ".nfs000001").touch()
    (parts.of_phase(0) / "notes.json").write_text("{")
    parts.wait(0)
    assert parts.facts(0) == [{"part": 0}, {"part": 1}]
    assert [str(path.relative_to(parts.folder)) for path in parts.all_shards("train")] == [
        f"phase-0/0000{part}/train-00000.parquet" for part in (0, 1)
    ]
