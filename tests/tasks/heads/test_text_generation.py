"""What is odd in a text, or in what is to be written for it, has a defined answer and is remarked."""

import pytest
from writers import tiny_writer

from alambic.tasks.examples import Example
from alambic.tasks.head import load_head

READS, WRITES = 40, 12  # tokens, which are letters
ODD = {
    "empty_texts": Example("0", " \n", "coeur"),
    "texts_longer_than_read": Example("1", "insuffisance du coeur " * 9, "coeur"),
    "targets_longer_than_written": Example("2", "coeur", "insuffisance du coeur"),
    "targets_that_the_tokenizer_cannot_write": Example("3", "coeur", "☃ Ω"),
}


@pytest.fixture(scope="module", params=["causal", "encoder_decoder"])
def writer(request, tmp_path_factory):
    """A model that knows nothing, over letters, of which it has not all."""
    base = tiny_writer(tmp_path_factory.mktemp(request.param), request.param, letters=True)
    head = load_head("text_generation", ())
    tokenizer, model = head.open_preprocessor(base), head.new_model(base, seed=3).eval()
    head.longest = WRITES
    return head, model, tokenizer


def test_what_is_odd_is_remarked_and_answered_all_the_same(writer):
    head, model, tokenizer = writer
    plain = Example("4", "coeur", "rein")
    predictions = head.predict(model, tokenizer, [*ODD.values(), plain], max_length=READS)
    assert [each.remarks for each in predictions] == [*((name,) for name in ODD), ()]
    assert all(isinstance(each.answer, str) and each.scores.shape == (1,) for each in predictions)


def test_an_output_that_never_ends_is_cut_and_told(writer):
    """The end is made the least likely of all."""
    head, model, tokenizer = writer
    end = tokenizer.eos_token_id
    forward = model.get_output_embeddings().register_forward_hook(
        lambda _, __, logits: logits.index_fill(-1, logits.new_tensor([end]).long(), -1e9)
    )
    try:
        (prediction,) = head.predict(model, tokenizer, [Example("1", "coeur", "")], max_length=READS)
    finally:
        forward.remove()
    assert not prediction.ended
    assert 0 < len(prediction.answer) <= WRITES * max(map(len, tokenizer.get_vocab()))


def test_a_text_whose_answer_is_not_known_has_no_target_to_remark(writer):
    head, model, tokenizer = writer
    (prediction,) = head.predict(model, tokenizer, [head.question("1", "coeur")], max_length=READS)
    assert prediction.remarks == ()
