"""A fine-tuned teacher predicts a corpus, and a student learns from that besides what the task has."""

import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from toy_tasks import CASES, RECIPE, WORDS, encoder_in
from transformers import AutoTokenizer, BertConfig, BertForTokenClassification

from alambic.data.documents import Document, read_documents, write_documents
from alambic.data.inputs import Inputs
from alambic.data.signal_store import stored_rows
from alambic.errors import UserError
from alambic.settings import Finetune, Teach
from alambic.stages.finetune import run as finetuning
from alambic.stages.finetune.examples import GoldExamples
from alambic.stages.finetune.predicted_texts import PseudoLabelled
from alambic.stages.teach import run as teaching
from alambic.tasks.examples import Example
from alambic.tasks.head import load_head
from alambic.tasks.loading import load_task
from alambic.tasks.words import word_offsets

TEXTS = [
    "risque de bradycardie avec la digoxine",
    "le coeur",
    " ".join(WORDS * 4),  # several windows
    "la dose de warfarine",
    "rein avec hepatite",
]


@pytest.fixture(scope="module", params=CASES)
def taught(request, tmp_path_factory):
    """A task for each head, a teacher fine-tuned on it, a corpus without labels, and what that teacher predicts."""
    folder = tmp_path_factory.mktemp(request.param)
    task, make, _ = CASES[request.param]
    places = {name: folder / name for name in ("encoder", "teacher", "corpus", "signal")}
    for place in places.values():
        place.mkdir()
    inputs = {**make(folder), "model": [encoder_in(places["encoder"])]}
    finetuning.run(Finetune(model="m", task=task, recipe=RECIPE, seed=1), Inputs(inputs), places["teacher"])
    documents = (Document(str(n), text, "t", "", "CC0-1.0") for n, text in enumerate(TEXTS * 8))
    write_documents(documents, places["corpus"], part="train")
    said = Teach(teacher="t", corpus="c", signal="predictions", documents_per_shard=7)
    heard = Inputs(teacher=[places["teacher"]], corpus=[places["corpus"]])
    facts = teaching.run(said, heard, places["signal"])
    assert facts["documents"] == len(TEXTS) * 8 and facts["shards"] > 1
    return request.param, task, inputs, places


def examples_of(taught, folder, *, length=16):
    _, task, inputs, places = taught
    tokenizer, data = AutoTokenizer.from_pretrained(places["encoder"]), load_task(task, Inputs(inputs))
    stored = {"corpus": places["corpus"], "signal": places["signal"], "folder": folder / "examples", "write": True}
    head = load_head(data.head, data.labels)
    return tokenizer, data, PseudoLabelled(head, tokenizer, max_length=length, **stored)


def test_what_is_learnt_is_what_the_teacher_says_to_half_precision(taught, tmp_path):
    name, *_, places = taught
    tokenizer, data, predicted = examples_of(taught, tmp_path)
    head = load_head(name, data.labels)
    model = head.open_model(places["teacher"])
    text = TEXTS[2]
    (logits,) = head.logits(model, tokenizer, [Example("x", text, (), word_offsets(text))], max_length=16)
    expected = logits.sigmoid() if name == "multilabel_classification" else logits.softmax(-1)
    place = next(n for n in range(len(predicted)) if len(predicted[n].window.ids) == 16)
    found = predicted[place].targets
    if name == "token_classification":  # here each token but the special ones is a word
        found = found[1:-1]
    expected = expected[: len(found)] if name == "token_classification" else expected[None]
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-3)
    batch = head.collator(tokenizer)([predicted[place], predicted[place + 1]])
    assert batch["targets"].shape[-1] == len(data.labels) and batch["targets"].dtype == torch.float32
    if name == "token_classification":
        torch.testing.assert_close(batch["targets"][0, 1:-1], torch.from_numpy(found))
        assert not batch["targets"][0, [0, -1]].any()


def test_a_student_taught_by_predictions_learns_the_task_without_its_texts(taught, tmp_path):
    """Its loss less the teacher's entropy is a KL divergence, which nears zero."""
    tokenizer, data, predicted = examples_of(taught, tmp_path)
    head = load_head(taught[0], data.labels)
    model = head.new_model(encoder_in(tmp_path), seed=5)
    classifier, collate = finetuning.ModelWithHead(model, head), head.collator(tokenizer)
    batch = collate([predicted[n] for n in range(len(predicted))])
    known = batch["targets"]
    certain = known.clamp(min=1e-9)
    entropy = -(known * certain.log()).sum(-1)
    if head.name == "multilabel_classification":
        entropy = (entropy - ((1 - known) * (1 - known).clamp(min=1e-9).log()).sum(-1)) / known.shape[-1]
    else:
        counted = (known.sum(-1) > 0).float().reshape(len(known), -1)
        entropy = entropy.reshape(len(known), -1).sum(1) / counted.sum(1).clamp(min=1)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    first = float(classifier(batch)["loss"].detach() - entropy.mean())
    for _ in range(150):
        optimizer.zero_grad()
        loss = classifier(batch)["loss"]
        loss.backward()
        optimizer.step()
    assert 0 < float(loss.detach() - entropy.mean()) < first / 20


def test_the_stage_learns_from_both_kinds_of_text(taught, tmp_path):
    _, task, inputs, places = taught
    settings = Finetune(model="m", task=task, recipe=RECIPE, seed=1, corpus="c", signal="s", repeat=2)
    both = Inputs({**inputs, "corpus": [places["corpus"]], "signal": [places["signal"]]})
    facts = finetuning.run(settings, both, tmp_path)
    tokenizer, data, predicted = examples_of(taught, tmp_path)
    windows = len(GoldExamples(load_head(data.head, data.labels), tokenizer, data, max_length=16))
    assert facts["examples"] == 2 * windows + len(predicted)
    assert 0 < facts["final_loss"] < 1
    assert not (tmp_path / finetuning.WORK).exists() and (tmp_path / "model.safetensors").exists()


def test_predictions_of_other_labels_or_another_text_are_refused(taught, tmp_path):
    places = taught[-1]
    tokenizer, data, _ = examples_of(taught, tmp_path)
    stored = {"corpus": places["corpus"], "signal": places["signal"], "write": True, "max_length": 16}
    head, renamed = (load_head(data.head, labels) for labels in (data.labels, (*data.labels[:-1], "another")))
    with pytest.raises(UserError, match=r"differing in \['.*another.*the same task"):
        PseudoLabelled(renamed, tokenizer, folder=tmp_path / "labels", **stored)
    other = tmp_path / "other"
    other.mkdir()
    read_by_it = read_documents(places["corpus"], part="train")
    documents = [Document(d.id, d.text + " x", d.source, "", d.licence) for d in read_by_it]
    write_documents(iter(documents), other, part="train")
    with pytest.raises(UserError, match="not the one that the teacher read"):
        PseudoLabelled(head, tokenizer, folder=tmp_path / "texts", **{**stored, "corpus": other})


def test_a_shard_of_another_teacher_is_refused(taught, tmp_path):
    *_, places = taught
    tokenizer, data, _ = examples_of(taught, tmp_path)
    mixed = tmp_path / "mixed"
    shutil.copytree(places["signal"], mixed)
    shard = mixed / "signal-00001.parquet"
    table = pq.read_table(shard)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"tokenizer": b"another"}), shard)
    stored = {"corpus": places["corpus"], "signal": mixed, "folder": tmp_path / "mine", "write": True}
    with pytest.raises(UserError, match="another teacher"):
        PseudoLabelled(load_head(data.head, data.labels), tokenizer, max_length=16, **stored)


def test_a_model_that_knows_no_task_predicts_nothing(taught, tmp_path):
    *_, places = taught
    said = Teach(teacher="t", corpus="c", signal="predictions")
    with pytest.raises(UserError, match=r"fine-tuned on a task, found \['BertModel'\]"):
        teaching.run(said, Inputs(teacher=[places["encoder"]], corpus=[places["corpus"]]), tmp_path)


def test_a_word_that_makes_no_token_says_nothing(tmp_path):
    """Such as a soft hyphen, which normalisers drop."""
    folder = encoder_in(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    config = BertConfig.from_pretrained(folder, num_labels=3)
    model = BertForTokenClassification(config).eval()
    words = ((0, 2), (3, 3), (3, 8))  # the second is empty
    head = load_head("token_classification", "abc")
    (logits,) = head.logits(model, tokenizer, [Example("x", "le coeur", (), words)], max_length=16)
    assert logits.isnan().all(1).tolist() == [False, True, False]


def test_stored_rows_hold_two_bytes_a_probability(taught):
    head, task, inputs, places = taught
    data = load_task(task, Inputs(inputs))
    sizes = [len(row["probabilities"]) for row in stored_rows(places["signal"])][: len(TEXTS)]
    rows = [len(word_offsets(text)) if head == "token_classification" else 1 for text in TEXTS]
    assert sizes == [2 * len(data.labels) * count for count in rows]


def test_predictions_stored_under_their_former_name_are_read(taught, tmp_path):
    *_, places = taught
    tokenizer, data, predicted = examples_of(taught, tmp_path)
    former = tmp_path / "former"
    shutil.copytree(places["signal"], former)
    for shard in former.glob("signal-*.parquet"):
        table = pq.read_table(shard)
        names = ["said" if name == "probabilities" else name for name in table.column_names]
        assert "said" in names
        pq.write_table(table.rename_columns(names).replace_schema_metadata(table.schema.metadata), shard)
    stored = {"corpus": places["corpus"], "signal": former, "folder": tmp_path / "mine", "write": True}
    again = PseudoLabelled(load_head(data.head, data.labels), tokenizer, max_length=16, **stored)
    assert len(again) == len(predicted)
    np.testing.assert_array_equal(again[1].targets, predicted[1].targets)
