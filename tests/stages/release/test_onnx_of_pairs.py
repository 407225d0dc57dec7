"""Models of two texts are exported with the kinds of their tokens, where they know any: they answer alike in ONNX."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from alambic.stages.release.onnx_export import export
from tokenizers import Tokenizer, processors
from toy_tasks import encoder_in

from alambic.models.onnx_model import SINGLE, OnnxModel
from alambic.stages.release.use import write_use
from alambic.tasks.examples import Example
from alambic.tasks.head import READS, load_head

CHOICES = (("a", "aspirine"), ("b", "digoxine avec le rein"), ("c", "warfarine"))
EXAMPLES = [
    Example("1", "le coeur", (), second="la dose de digoxine", choices=CHOICES),
    Example("2", "la dose de digoxine", (), second="le coeur", choices=CHOICES[:2]),
]
HEADS = {"pair_classification": ("a", "b"), "sentence_similarity": ("similarity",), "multiple_choice": ("right",)}


@pytest.mark.parametrize("kinds", [True, False])
@pytest.mark.parametrize("name", HEADS)
def test_it_answers_as_torch_does(tmp_path: Path, name: str, kinds: bool) -> None:
    base = encoder_in(tmp_path / "base", layers=1)
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    tokenizer.save(str(base / "tokenizer.json"))
    config = json.loads((base / "tokenizer_config.json").read_text())
    config["model_input_names"] = ["input_ids", "attention_mask", *["token_type_ids"] * kinds]
    (base / "tokenizer_config.json").write_text(json.dumps(config))
    head = load_head(name, HEADS[name])
    model, preprocessor = head.new_model(base, seed=1).eval(), head.open_preprocessor(base)
    with torch.no_grad():
        for parameter in model.parameters():  # drawn small, they would tell nothing apart
            if parameter.dim() == 2:
                parameter.mul_(12)
    reads_kinds = head.reads_kinds(model, preprocessor)
    assert reads_kinds == kinds
    export(model, tmp_path, kinds=reads_kinds)
    exported = OnnxModel(tmp_path / SINGLE)
    found, expected = (head.predict(each, preprocessor, EXAMPLES, max_length=16) for each in (exported, model))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-5)
    head.save(model, preprocessor, tmp_path / "saved", max_length=16)
    reads = json.loads((tmp_path / "saved" / "config.json").read_text())[READS]
    write_use(tmp_path, reads, {}, onnx=True)
    assert "'text_pair': " in (tmp_path / "example.py").read_text()
    assert ".encode('Douleur" in (tmp_path / "example_onnx.py").read_text()
