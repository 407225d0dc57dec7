"""What a teacher says is stored with its place in the text, shard by shard."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from tiny_models import tiny_bert
from transformers import AutoModel, AutoTokenizer

from alambic.data.documents import Document, write_documents
from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.runtime.deadline import Deadline
from alambic.runtime.exit_reason import EarlyExit
from alambic.settings import Teach
from alambic.stages.teach.run import run

LAUNCH = Path(__file__).parents[3] / "scripts" / "launch.sh"
RANK = """
import json, os, sys
from pathlib import Path
from alambic.data.inputs import Inputs
from alambic.settings import Teach
from alambic.stages.teach.run import run
settings, teacher, corpus, output = sys.argv[1:]
inputs = Inputs(teacher=[Path(teacher)], corpus=[Path(corpus)])
facts = run(Teach.model_validate_json(settings), inputs, Path(output))
(Path(output) / f"{os.environ['RANK']}.json").write_text(json.dumps(facts))
"""
TEXTS = ["la toux", "fièvre 39", "une  phrase " * 20, "a", "douleur aiguë"]


@pytest.fixture
def places(tmp_path):
    teacher, corpus, output = tmp_path / "teacher", tmp_path / "corpus", tmp_path / "signal"
    for folder in (teacher, corpus, output):
        folder.mkdir()
    tiny_bert(teacher)
    documents = [Document(str(n), text, "test", "", "CC0-1.0") for n, text in enumerate(TEXTS)]
    write_documents(documents, corpus, part="train")
    return Inputs(teacher=[teacher], corpus=[corpus]), output


def settings(**options):
    return Teach(teacher="t", corpus="c", signal="hidden_states", documents_per_shard=2, **options)


def rows(folder):
    return [row for path in sorted(folder.glob("signal-*.parquet")) for row in pq.read_table(path).to_pylist()]


def test_states_are_the_teacher_s_within_the_rounding(places):
    inputs, output = places
    facts = run(settings(), inputs, output)
    assert facts["documents"] == 5 and facts["shards"] == 3
    found = {row["id"]: row for row in rows(output)}
    tokenizer, model = (kind.from_pretrained(inputs.one("teacher")) for kind in (AutoTokenizer, AutoModel))
    for number in (0, 1, 3, 4):
        encoded = tokenizer(TEXTS[number], return_tensors="pt")
        with torch.inference_mode():
            expected = model(**encoded).last_hidden_state[0, 1:-1].numpy()
        scales = np.frombuffer(found[str(number)]["scales"], np.float16).astype(np.float32)
        states = np.frombuffer(found[str(number)]["states"], np.int8).reshape(len(scales), -1) * scales[:, None]
        assert np.abs(states - expected).max() <= scales.max() * 0.51


def test_a_long_document_is_covered_to_its_end(places):
    inputs, output = places
    run(settings(), inputs, output)
    row = rows(output)[2]
    assert row["ends"] == sorted(row["ends"])
    assert max(row["ends"]) == len(TEXTS[2].rstrip())
    covered = "".join(TEXTS[2][start:end] for start, end in zip(row["starts"], row["ends"], strict=True))
    assert covered == TEXTS[2].replace(" ", "")


def test_the_end_of_the_wall_time_comes_between_two_shards(places, monkeypatch):
    inputs, output = places
    # As if there were time for nothing that takes time: a first shard is tried, since nothing is known of it.
    monkeypatch.setattr(Deadline, "is_near", lambda self, needed: needed > 0)
    with pytest.raises(EarlyExit, match="1 shards"):
        run(settings(), inputs, output)
    assert [path.name for path in output.glob("signal-*.parquet")] == ["signal-00000.parquet"]
    monkeypatch.undo()
    assert run(settings(), inputs, output)["shards"] == 3


def test_a_killed_attempt_keeps_its_whole_shards(places):
    inputs, output = places
    run(settings(), inputs, output)
    whole = {path.name: path.read_bytes() for path in output.glob("signal-*.parquet")}
    (output / "signal-00001.parquet").unlink()
    (output / "signal-00002.parquet").unlink()
    (output / ".signal-00001.parquet.tmp").write_bytes(whole["signal-00001.parquet"][:50])
    kept = (output / "signal-00000.parquet").stat().st_mtime_ns
    run(settings(), inputs, output)
    assert {path.name: path.read_bytes() for path in output.glob("signal-*.parquet")} == whole
    assert (output / "signal-00000.parquet").stat().st_mtime_ns == kept


def test_any_number_of_ranks_stores_the_same_bytes(places, tmp_path):
    inputs, alone = places
    facts = run(settings(), inputs, alone)
    shared = tmp_path / "shared"
    shared.mkdir()
    arguments = [settings().model_dump_json(), inputs.one("teacher"), inputs.one("corpus"), shared]
    subprocess.run([LAUNCH, "--ranks", "4", "--", sys.executable, "-c", RANK, *arguments], check=True, timeout=300)
    ranks = {int(path.stem): json.loads(path.read_text()) for path in shared.glob("*.json")}
    assert ranks == {0: facts, 1: {}, 2: {}, 3: {}}  # of 3 shards the last rank has none
    found, expected = ({p.name: p.read_bytes() for p in folder.glob("signal-*")} for folder in (shared, alone))
    assert found == expected and len(found) == 3


def test_an_empty_corpus_is_an_error(places):
    inputs, output = places
    (inputs.one("corpus") / "train-00000.parquet").unlink()
    with pytest.raises(UserError, match="no training document"):
        run(settings(), inputs, output)


def test_a_layer_that_the_teacher_has_not_is_an_error(places):
    with pytest.raises(UserError, match=r"layer 9: this teacher has \d+ layers: expected a number from"):
        run(settings(layer=9), *places)
