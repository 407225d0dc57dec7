"""Whatever encoder is fine-tuned, a layer between its states and the labels hides none of them at first."""

import pytest
import torch
from tiny_models import tiny_model

from alambic.tasks.head import load_head

# What lies between is one layer, or none: (of texts, of words).
BETWEEN = {
    "bert": ("bert.pooler.dense", None),
    "xlm-roberta": ("classifier.dense", None),
    "camembert": ("classifier.dense", None),
    "modernbert": ("head.dense", "head.dense"),
}


@pytest.mark.parametrize("name", ["sequence_classification", "token_classification"])
@pytest.mark.parametrize("model_type", BETWEEN)
def test_a_fresh_layer_is_the_identity_and_a_known_one_stays_what_it_is(tmp_path, model_type, name):
    tiny_model(model_type).save_pretrained(tmp_path / "encoder")
    head = load_head(name, ("a", "b", "c"))
    model = head.new_model(tmp_path / "encoder", seed=1)
    between = BETWEEN[model_type][name == "token_classification"]
    if between is None:
        assert not any(key.endswith("dense.weight") and "layer." not in key for key in model.state_dict())
        return
    layer = model.get_submodule(between)
    assert torch.equal(layer.weight, torch.eye(len(layer.weight)))
    with torch.no_grad():
        layer.weight.normal_()
    model.save_pretrained(tmp_path / "known")
    again = head.new_model(tmp_path / "known", seed=1).get_submodule(between)
    assert torch.equal(again.weight, layer.weight)
