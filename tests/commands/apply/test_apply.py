"""`apply`: the answers of `evaluate`, for files as people have them, and nothing lost on the way."""

import csv
import io
import json
import shutil
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_models import made_model

from alambic.commands.apply.answers import Answerer, find_model
from alambic.commands.apply.run import apply
from alambic.commands.apply.texts import Reading
from alambic.data.standoff import read_entities
from alambic.errors import UserError
from alambic.models.onnx_export import export
from alambic.stages.collect.annotation_exports.conll import Sentence, entities, read_sentences
from alambic.tasks.examples import Example
from alambic.tasks.head import saved_head
from alambic.tasks.iob2 import from_tags
from alambic.tasks.predictors import Finetuned
from alambic.tasks.words import word_offsets

TEXTS = [
    "Fièvre et toux depuis trois jours.",
    "Paracétamol : un comprimé, matin et soir 😀.",
    "Insuffisance rénale chronique; " + "douleur et fièvre, " * 60,
    "Fièvre et toux depuis trois jours.",
]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    kinds = ("token_classification", "sequence_classification", "multilabel_classification", "pair_classification")
    return {kind: made_model(tmp_path_factory.mktemp(kind), kind) for kind in kinds}


@pytest.fixture
def tagger(models: dict[str, Path]) -> Path:
    return models["token_classification"]


def answered(model: Path, *files: object, form: str = "jsonl", folder: Path, **how: object) -> Path:
    output = folder / f"answers.{form}"
    apply(str(model), [str(file) for file in files], Reading(**how), output=output, form=form, threads=1)
    return output


def records(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def table(folder: Path, texts: list[str] = TEXTS) -> Path:
    path = folder / "notes.csv"
    with path.open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["patient", "text"])
        rows.writerows((f"p{n}", text) for n, text in enumerate(texts))
    return path


@pytest.mark.parametrize("kind", ["token_classification", "sequence_classification", "multilabel_classification"])
def test_the_answers_are_those_of_evaluate(models: dict[str, Path], kind: str, tmp_path: Path):
    given = records(answered(models[kind], table(tmp_path), folder=tmp_path))
    predictor = Finetuned(models[kind])
    examples = [Example(str(n), text, (), word_offsets(text)) for n, text in enumerate(TEXTS)]
    predictions = predictor.predict(examples)
    for record, example, prediction in zip(given, examples, predictions, strict=True):
        if kind == "token_classification":
            spans = {
                (example.words[a][0], example.words[b - 1][1], label) for a, b, label in from_tags(prediction.answer)
            }
            assert {(e["start"], e["end"], e["label"]) for e in record["entities"]} == spans
            assert all(
                example.text[e["start"] : e["end"]] == e["text"] and 0 <= e["score"] <= 1 for e in record["entities"]
            )
        else:
            expected = {prediction.answer} if isinstance(prediction.answer, str) else set(prediction.answer)
            assert {label["label"] for label in record["labels"]} == expected
    assert [record["metadata"] for record in given] == [{"patient": f"p{n}"} for n in range(4)]


def test_files_of_all_kinds_give_the_same(tagger: Path, tmp_path: Path):
    expected = [record["entities"] for record in records(answered(tagger, table(tmp_path), folder=tmp_path))]
    jsonl = tmp_path / "notes.jsonl"
    jsonl.write_text("".join(json.dumps({"note": text}) + "\n" for text in TEXTS))
    parquet = tmp_path / "notes.parquet"
    pq.write_table(pa.table({"note": TEXTS}), parquet)
    folder = tmp_path / "texts"
    folder.mkdir()
    for number, text in enumerate(TEXTS):
        (folder / f"{number}.txt").write_text(text)
    lines = tmp_path / "lines.txt"
    lines.write_text("\n".join(TEXTS) + "\n")
    for files, how in (([jsonl], {"text_column": "note"}), ([parquet], {"text_column": "note"}), ([folder], {}),
                       ([lines], {"by_line": True})):  # fmt: skip
        given = records(answered(tagger, *files, folder=tmp_path, **how))
        assert [record["entities"] for record in given] == expected, files


def test_standard_input_to_standard_output(
    tagger: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    stdin = io.TextIOWrapper(io.BytesIO("\n".join([TEXTS[0], "", TEXTS[1]]).encode() + b"\n\xff\n"))
    monkeypatch.setattr(sys, "stdin", stdin)
    apply(str(tagger), ["-"], Reading(), output=None, form="jsonl", threads=1)
    given = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(record["id"], record["text"]) for record in given] == [("1", TEXTS[0]), ("3", TEXTS[1])]


def test_a_bad_row_costs_itself_alone(tagger: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    path = tmp_path / "notes.jsonl"
    path.write_text('{"text": "Toux"}\n{"text": null}\n{"texte": "x"}\nno json\n{"text": "Fièvre"}\n')
    given = records(answered(tagger, path, folder=tmp_path))
    assert [record["text"] for record in given] == ["Toux", "Fièvre"]
    rejected = records(tmp_path / "answers.jsonl.rejected.jsonl")
    assert len(rejected) == 3 and all(row["place"].startswith(str(path)) and row["reason"] for row in rejected)
    assert "3 of 5 texts were not understood" in caplog.text


def test_a_run_that_was_stopped_goes_on_behind_the_last_whole_line(
    tagger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    texts = [f"Fièvre numéro {number}." for number in range(60)]
    notes = table(tmp_path, texts)
    whole = answered(tagger, notes, folder=tmp_path).read_text()
    (tmp_path / "answers.jsonl").unlink()
    monkeypatch.setattr("alambic.commands.apply.answers.TEXTS_AT_ONCE", 10)
    asked: list[int] = []
    answer = Answerer.answer

    def stopped(self: Answerer, some: list[str], seconds: list[str]) -> list[dict]:
        if sum(asked) >= 30:
            raise KeyboardInterrupt
        asked.append(len(some))
        return answer(self, some, seconds)

    with monkeypatch.context() as patched:
        patched.setattr(Answerer, "answer", stopped)
        with pytest.raises(KeyboardInterrupt):
            answered(tagger, notes, folder=tmp_path)
    part = tmp_path / "answers.jsonl.part"
    with part.open("a") as stream:
        stream.write('{"id": "cut')
    again: list[int] = []
    monkeypatch.setattr(
        Answerer, "answer", lambda self, some, seconds: again.append(len(some)) or answer(self, some, seconds)
    )
    assert answered(tagger, notes, folder=tmp_path).read_text() == whole
    assert sum(again) == 30 and not part.exists() and not list(tmp_path.glob(".*.run"))


def test_answers_of_another_run_are_not_mixed(tagger: Path, tmp_path: Path):
    notes = table(tmp_path)
    (tmp_path / "answers.jsonl.part").write_text("{}\n")
    with pytest.raises(UserError, match="answers of another run"):
        answered(tagger, notes, folder=tmp_path)


def test_pairs_of_texts_are_rows_of_a_table(
    models: dict[str, Path], tagger: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    model, path = models["pair_classification"], tmp_path / "pairs.csv"
    path.write_text('text,other\n"Fièvre et toux.",Toux.\n"Fièvre et toux.",Paracétamol.\n"Fièvre et toux.",\n')
    given = records(answered(model, path, folder=tmp_path, second_column="other"))
    head = saved_head(model)
    examples = [Example("0", "Fièvre et toux.", "a", second=second) for second in ("Toux.", "Paracétamol.")]
    expected = head.predict(head.open_model(model), head.open_preprocessor(model), examples, max_length=64)
    for record, prediction in zip(given, expected, strict=True):
        assert record["labels"][0]["label"] == prediction.answer
        assert record["labels"][0]["score"] == pytest.approx(float(prediction.scores.max()), abs=1e-3)
    assert "pairs.csv:4: column 'other': empty text" in caplog.text
    with pytest.raises(UserError, match="--second-column"):
        answered(model, path, folder=tmp_path)
    with pytest.raises(UserError, match="reads one text"):
        answered(tagger, path, folder=tmp_path, second_column="other")
    (tmp_path / "a.txt").write_text("Fièvre.")
    with pytest.raises(UserError, match="rows of a table"):
        answered(model, tmp_path / "a.txt", folder=tmp_path, second_column="other")


def test_a_run_that_failed_before_its_first_answer_is_in_nobodys_way(tagger: Path, tmp_path: Path):
    (tmp_path / "notes.csv").write_bytes("text\nFièvre et œdème.\n".encode("cp1252"))
    with pytest.raises(UserError, match="--encoding"):
        answered(tagger, tmp_path / "notes.csv", folder=tmp_path)
    (record,) = records(answered(tagger, tmp_path / "notes.csv", folder=tmp_path, encoding="cp1252"))
    assert record["text"] == "Fièvre et œdème."


def test_a_text_that_comes_again_is_answered_once(tagger: Path):
    answerer, asked = Answerer(tagger), []
    answer = answerer.answer
    answerer.answer = lambda texts, seconds: asked.extend(texts) or answer(texts)  # type: ignore[method-assign]
    from alambic.data.documents import Document

    documents = [Document(str(n), text, "", "", "") for n, text in enumerate(TEXTS * 3)]
    given = list(answerer.answer_all(documents))
    assert sorted(asked) == sorted(set(TEXTS))
    assert [document.id for document, _ in given] == [str(n) for n in range(12)]
    assert given[0][1] == given[3][1]


def test_brat_and_conll_hold_the_same_entities(tagger: Path, tmp_path: Path):
    notes = table(tmp_path)
    expected = [
        [(e["start"], e["end"], e["label"]) for e in record["entities"]]
        for record in records(answered(tagger, notes, folder=tmp_path))
    ]
    brat = answered(tagger, notes, form="brat", folder=tmp_path)
    for text, marks, spans in zip(sorted(brat.glob("*.txt")), sorted(brat.glob("*.ann")), expected, strict=True):
        found = read_entities(marks.read_text(), text.read_text())
        assert [(*entity.fragments[0], entity.label) for entity in found] == spans
    lines = answered(tagger, notes, form="conll", folder=tmp_path).read_text().split("\n")
    sentences = [s for s in read_sentences(lines, delimiter="\t") if isinstance(s, Sentence)]
    for sentence, text, spans in zip(sentences, TEXTS, expected, strict=True):
        words = word_offsets(text)
        assert [(words[a][0], words[b][1], label) for a, b, label in entities(sentence.tags)] == spans


def test_csv_has_a_row_for_each_answer(models: dict[str, Path], tmp_path: Path):
    path = answered(models["multilabel_classification"], table(tmp_path), form="csv", folder=tmp_path)
    rows = list(csv.DictReader(path.open()))
    assert {row["id"] for row in rows} == {f"{tmp_path / 'notes.csv'}#{n}" for n in range(4)}
    assert all(row["label"] in "abc" and 0 <= float(row["score"]) <= 1 for row in rows)


@pytest.mark.parametrize(
    ("model", "files", "form", "error"),
    [
        ("nowhere", ["notes.csv"], "jsonl", "is no model"),
        ("tagger", ["missing.csv"], "jsonl", "does not exist"),
        ("tagger", ["scan.pdf"], "jsonl", "expected one of .jsonl"),
        ("tagger", ["empty.csv"], "jsonl", "no text was understood"),
        ("labels", ["notes.csv"], "brat", "is for entities"),
    ],
)
def test_what_cannot_be_is_one_error(models, tmp_path: Path, model: str, files: list[str], form: str, error: str):
    table(tmp_path)
    (tmp_path / "scan.pdf").write_bytes(b"%PDF")
    (tmp_path / "empty.csv").write_text("text\n")
    folder = {"tagger": models["token_classification"], "labels": models["sequence_classification"]}.get(
        model, tmp_path / model
    )
    with pytest.raises(UserError, match=error):
        answered(folder, *(tmp_path / file for file in files), form=form, folder=tmp_path)


def test_an_item_names_its_one_version(tagger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for version in ("0" * 16, "1" * 16):
        folder = tmp_path / "artifacts" / "finetune" / "student" / "entities" / "seed1" / version
        folder.mkdir(parents=True)
        (folder / "config.json").write_text("{}")
        (folder / "manifest.json").write_text("{}")
        if version.startswith("0"):
            assert find_model("finetune/student/entities/seed1").name == version
    with pytest.raises(UserError, match="was made in 2 versions"):
        find_model("finetune/student/entities/seed1")


def exported(model: Path, folder: Path) -> Path:
    head, copy = saved_head(model), folder / "artifacts" / "release" / "ready" / ("0" * 16) / "model"
    shutil.copytree(model, copy)
    export(head.open_model(copy), copy)
    (copy.parent / "manifest.json").write_text("{}")
    return copy


def test_an_exported_model_answers_alike(tagger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    exported(tagger, tmp_path)
    monkeypatch.chdir(tmp_path)
    notes, given = table(tmp_path), {}
    for engine in ("torch", "auto", "onnx", "int8"):
        output = tmp_path / f"{engine}.jsonl"
        apply("release/ready", [str(notes)], Reading(), output=output, form="jsonl", threads=1, engine=engine)
        given[engine] = records(output)
    entities = {
        engine: [[(e["start"], e["end"], e["label"]) for e in record["entities"]] for record in answers]
        for engine, answers in given.items()
    }
    assert entities["torch"] == entities["onnx"] and any(entities["torch"])
    assert given["auto"] == given["onnx"], "on a CPU it is taken by itself"
    for one, other in zip(given["torch"], given["onnx"], strict=True):
        assert [e["score"] for e in one["entities"]] == pytest.approx([e["score"] for e in other["entities"]], abs=2e-4)
    assert given["int8"] != given["onnx"], "int8 is another model"


@pytest.mark.parametrize(("engine", "error"), [("onnx", "has no onnx/model.onnx"), ("int8", "model_int8.onnx")])
def test_what_was_not_exported_is_one_error(tagger: Path, engine: str, error: str):
    with pytest.raises(UserError, match=error):
        Answerer(tagger, engine=engine)


def test_a_damaged_export_is_one_error(tagger: Path, tmp_path: Path):
    copy = tmp_path / "copy"
    shutil.copytree(tagger, copy)
    (copy / "onnx").mkdir()
    (copy / "onnx" / "model.onnx").write_bytes(b"half")
    with pytest.raises(UserError, match="ONNX Runtime does not open it"):
        Answerer(copy)
