"""The stage `clean`: what stays, what goes and why, and what is set apart."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from alambic.data import documents as documents_module
from alambic.data.documents import Document, read_documents, write_documents
from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.settings import Clean
from alambic.stages.clean import shards
from alambic.stages.clean.part_writer import is_held_out
from alambic.stages.clean.run import run

Sources = Callable[..., Inputs]


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """Give the artifacts of sources, each given by its name and its texts."""

    def make(**texts: list[str]) -> Inputs:
        folders = []
        for name, found in texts.items():
            (tmp_path / name).mkdir()
            documents = (Document(f"{i}", text, name, "", f"licence-{name}") for i, text in enumerate(found))
            write_documents(documents, tmp_path / name)
            folders.append(tmp_path / name)
        return Inputs(sources=folders)

    return make


def settings(held_out: float = 0.0, **steps: dict[str, Any]) -> Clean:
    return Clean(sources=["x"], steps=steps, held_out=held_out)


def test_the_funnel_accounts_for_every_document(sources: Sources, tmp_path: Path) -> None:
    inputs = sources(one=["Toux  sèche", "", "TOUX SECHE."], two=["toux sèche", "Fièvre"])
    facts = run(settings(normalise={}, length={}, exact_duplicates={}), inputs, tmp_path)
    assert facts == {
        "funnel": {
            "one": {
                "collected": 3,
                "kept": 1,
                "words": 2,
                "dropped": {"exact_duplicates: duplicate": 1, "length: too short": 1},
                "changed": {"normalise": 1},
            },
            "two": {
                "collected": 2,
                "kept": 1,
                "words": 1,
                "dropped": {"exact_duplicates: duplicate": 1},
                "changed": {},
            },
        },
        "licences": {"licence-one": 1, "licence-two": 1},
        "decontamination": {"off": False, "because": {}},
        "train": {"documents": 2, "words": 3},
        "held_out": {"documents": 0, "words": 0},
    }
    assert [d.text for d in read_documents(tmp_path, part="train")] == ["Toux sèche", "Fièvre"]
    dropped = pq.read_table(tmp_path / "dropped-00000.parquet").to_pylist()
    assert [(row["source"], row["id"], row["reason"]) for row in dropped] == [
        ("one", "1", "length: too short"),
        ("one", "2", "exact_duplicates: duplicate"),
        ("two", "0", "exact_duplicates: duplicate"),
    ]


def test_steps_are_taken_in_the_order_given(sources: Sources, tmp_path: Path) -> None:
    inputs = sources(one=["   a   "])
    assert run(settings(length={"min_characters": 3}), inputs, tmp_path)["train"]["documents"] == 1
    with pytest.raises(UserError, match=r"no document is left.*length: too short"):
        run(settings(normalise={}, length={"min_characters": 3}), inputs, tmp_path)


def test_the_held_out_share_is_that_of_the_text_alone(sources: Sources, tmp_path: Path) -> None:
    texts = [f"Document numéro {i}" for i in range(4000)]
    inputs = sources(one=texts, two=texts[::-1])
    facts = run(settings(held_out=0.1), inputs, tmp_path)
    assert facts["held_out"]["documents"] == pytest.approx(800, abs=100)
    assert facts["train"]["documents"] + facts["held_out"]["documents"] == 8000
    train, apart = ({d.text for d in read_documents(tmp_path, part=part)} for part in ("train", "held_out"))
    assert not train & apart


def test_settings_read_back_by_the_job_are_those_planned() -> None:
    planned = Clean(sources=["x"])
    assert Clean.model_validate_json(planned.model_dump_json()) == planned
    assert planned.steps["near_duplicates"]["threshold"] == 0.8


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (1.0, 100)])
def test_nothing_or_everything_can_be_held_out(share: float, expected: int) -> None:
    assert sum(is_held_out(str(i), share) for i in range(100)) == expected


def test_a_larger_share_holds_the_smaller_one() -> None:
    small, large = ({i for i in range(2000) if is_held_out(str(i), share)} for share in (0.05, 0.2))
    assert small < large


def test_the_same_inputs_give_the_same_bytes(sources: Sources, tmp_path: Path) -> None:
    inputs = sources(one=[f"Un texte numéro {i}, avec assez de mots " * 4 for i in range(50)], two=["Autre", "AUTRE"])
    written = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        run(Clean(sources=["x"], held_out=0.2), inputs, tmp_path / name)
        written.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert written[0] == written[1]
    assert set(written[0]) == {f"{part}-00000.parquet" for part in ("train", "held_out", "dropped", "changed")}


def test_shards_are_bounded_by_rows_and_by_characters(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (documents_module, shards):
        monkeypatch.setattr(module, "ROWS_PER_SHARD", 4)
        monkeypatch.setattr(module, "CHARACTERS_PER_SHARD", 10)
    (tmp_path / "train-00009.parquet").write_bytes(b"of a stopped attempt")
    texts = ["a", "b", "c", "d", "e", "six de plus", "f"]
    run(settings(), sources(one=texts), tmp_path)
    sizes = [pq.read_metadata(path).num_rows for path in sorted(tmp_path.glob("train-*.parquet"))]
    assert sizes == [4, 2, 1]
    assert [d.text for d in read_documents(tmp_path, part="train")] == texts


def test_a_damaged_shard_is_named(sources: Sources, tmp_path: Path) -> None:
    inputs = sources(one=["a" * 50])
    (shard,) = (tmp_path / "one").glob("*.parquet")
    shard.write_bytes(shard.read_bytes()[:-20])
    with pytest.raises(UserError, match=f"{shard} is not whole Parquet"):
        run(settings(), inputs, tmp_path)
