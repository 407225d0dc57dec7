"""Codes are found by what they say: those that no training line has too; of many codes twenty scores are kept."""

import numpy as np
import pytest
import torch
from writers import CODES, LABEL_TEXTS, LABELS, lines, overfit, tiny_encoder

from alambic.tasks.examples import Example, TaskData
from alambic.tasks.head import load_head, saved_head
from alambic.tasks.heads import _retrieval
from alambic.tasks.heads._retrieval import LabelTokens, RetrievalBatch, best_threshold, retrieval_loss
from alambic.tasks.heads.label_retrieval import TOP

LENGTH = 64
UNSEEN = ("I219", "K10", "N480")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def trained(base, tmp_path_factory):
    """A model that learnt lines without some codes, saved and opened again."""
    head = load_head("label_retrieval", LABELS, LABEL_TEXTS)
    tokenizer, model = head.open_preprocessor(base), head.new_model(base, seed=1)
    examples = [example for example in lines(60) if not {*example.gold} & {*UNSEEN}][:30]
    loss = overfit(head, model, tokenizer, examples, steps=160, length=LENGTH, rate=3e-3)
    head.settle(model, tokenizer, TaskData(head.name, LABELS, train=examples, dev={"dev": examples}), max_length=LENGTH)
    folder = tmp_path_factory.mktemp("saved")
    head.save(model, tokenizer, folder, max_length=LENGTH)
    again = saved_head(folder)
    return again, again.open_model(folder), again.open_preprocessor(folder), examples, loss


def test_thirty_lines_are_learnt_one_or_two_codes_each(trained):
    head, model, tokenizer, examples, loss = trained
    assert len(examples) == 30 and loss < 2.0
    predictions = head.predict(model, tokenizer, examples, max_length=LENGTH)
    pairs = [*zip(predictions, examples, strict=True)]
    alone = [p.answer == e.gold for p, e in pairs if len(e.gold) == 1]
    assert sum(alone) >= len(alone) - 2  # of a line with two codes the second may be below the threshold
    assert sum({*e.gold} <= {*p.scored[:4]} for p, e in pairs) >= 27
    for prediction in predictions:
        assert len(prediction.scores) == len(prediction.scored) == TOP and prediction.scores.dtype == np.float32
        assert prediction.scored[: len(prediction.answer)] == prediction.answer
        assert (np.diff(prediction.scores) <= 0).all() and prediction.scores[0] <= 1


def test_a_code_that_no_training_line_has_is_found_by_what_it_says(trained):
    head, model, tokenizer, examples, _ = trained
    assert not {code for example in examples for code in example.gold} & {*UNSEEN}
    asked = [Example(code, CODES[code][0], (code,)) for code in UNSEEN]
    predictions = head.predict(model, tokenizer, asked, max_length=LENGTH)
    assert [prediction.answer[0] for prediction in predictions] == list(UNSEEN)


def test_what_is_saved_answers_alike_and_knows_its_labels(trained, tmp_path):
    head, model, tokenizer, examples, _ = trained
    head.save(model, tokenizer, tmp_path, max_length=LENGTH)
    again = saved_head(tmp_path)
    opened = again.open_model(tmp_path)
    assert again.labels == LABELS and opened.retrieval.vectors.dtype == torch.float16
    assert float(opened.retrieval.threshold) == float(model.retrieval.threshold) != 0.5
    pair = [h.predict(m, tokenizer, examples, max_length=LENGTH) for h, m in ((head, model), (again, opened))]
    for one, other in zip(*pair, strict=True):
        assert one.answer == other.answer and one.scored == other.scored
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-6)


def test_an_empty_text_and_none_have_their_results(trained):
    head, model, tokenizer, *_ = trained
    assert head.predict(model, tokenizer, [], max_length=LENGTH) == []
    (prediction,) = head.predict(model, tokenizer, [Example("x", "", ())], max_length=LENGTH)
    assert len(prediction.answer) >= 1


def test_a_label_of_which_nothing_is_known_says_its_name(base):
    head = load_head("label_retrieval", ("toux", "fièvre"))
    tokens = LabelTokens.of(head.open_preprocessor(base), head.labels, {})
    read = head.open_preprocessor(base)("toux", split_special_tokens=True)["input_ids"]
    assert tokens.wording(0).tolist() == read


def test_of_many_labels_the_right_ones_their_neighbours_and_some_others_are_compared(base):
    head = load_head("label_retrieval", tuple(f"code {n}" for n in range(2000)))
    tokenizer = head.open_preprocessor(base)
    examples = [Example(str(n), f"le cas {n}", (f"code {n * 500}", f"code {n * 500 + 3}")) for n in range(3)]
    windows = head.encode(tokenizer, examples, max_length=LENGTH)
    labelled = [
        head.label(window, head.gold_targets(example)) for window, example in zip(windows, examples, strict=True)
    ]
    collate = head.collator(tokenizer)
    batch, again = collate(labelled), collate(labelled)
    assert all(torch.equal(batch[name], again[name]) for name in batch)
    number, per_text, _ = batch["label_ids"].shape
    assert number == 3 and 6 + 40 < number * per_text <= 6 + _retrieval.NEGATIVES + 3
    assert (batch["targets"] == 1).sum(dim=1).tolist() == [2, 2, 2]
    others = collate(labelled[:2])
    assert not torch.equal(others["label_ids"][0], batch["label_ids"][0])


def test_few_labels_are_all_compared_and_places_without_one_do_not_count(base):
    head = load_head("label_retrieval", ("a", "b", "c"))
    tokenizer = head.open_preprocessor(base)
    examples = [Example(str(n), "le cas", (gold,)) for n, gold in enumerate("ab")]
    windows = head.encode(tokenizer, examples, max_length=LENGTH)
    batch = head.collator(tokenizer)(
        [head.label(window, head.gold_targets(example)) for window, example in zip(windows, examples, strict=True)]
    )
    assert batch["targets"].tolist() == [[1, 0, 0, -1], [0, 1, 0, -1]]
    logits = torch.randn(2, 4)
    louder = logits.clone()
    louder[:, 3] = 50.0
    told, same = retrieval_loss(logits, batch["targets"]), retrieval_loss(louder, batch["targets"])
    torch.testing.assert_close(told, same)


@pytest.mark.parametrize(
    ("scores", "right", "gold", "expected"),
    [
        ([[0.9, 0.8, 0.1], [0.9, 0.3, 0.2]], [[1, 1, 0], [1, 0, 0]], 3, (0.3, 0.8)),  # the one right further label
        ([[0.9, 0.8, 0.1], [0.9, 0.3, 0.2]], [[1, 0, 0], [1, 0, 0]], 2, (0.8, 1.0)),  # no further label is right
        ([[0.9, 0.4], [0.9, 0.3]], [[1, 1], [1, 1]], 4, (0.0, 0.3)),  # all are
    ],
)
def test_the_threshold_has_the_best_f1(scores, right, gold, expected):
    found = best_threshold(np.array(scores), np.array(right, bool), gold)
    assert expected[0] <= found <= expected[1]
    assert best_threshold(np.zeros((0, 3)), np.zeros((0, 3), bool), 0) == 0.5


def test_a_batch_can_go_to_another_process(base):
    import pickle

    head = load_head("label_retrieval", LABELS, LABEL_TEXTS)
    collate = head.collator(head.open_preprocessor(base))
    assert isinstance(pickle.loads(pickle.dumps(collate)), RetrievalBatch)
