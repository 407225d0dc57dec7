"""Whatever encoder is fine-tuned, a layer between its states and the labels hides none of them at first."""

import pytest
import torch
from tiny_models import tiny_model

from alambic.stages.finetune.run import with_head
from alambic.tasks.examples import TaskData

# What lies between is one layer, or none: (of texts, of words).
BETWEEN = {
    "bert": ("bert.pooler.dense", None),
    "xlm-roberta": ("classifier.dense", None),
    "camembert": ("classifier.dense", None),
    "modernbert": ("head.dense", "head.dense"),
}


@pytest.mark.parametrize("kind", ["label", "spans"])
@pytest.mark.parametrize("model_type", BETWEEN)
def test_a_fresh_layer_is_the_identity_and_a_known_one_stays_what_it_is(tmp_path, model_type, kind):
    tiny_model(model_type).save_pretrained(tmp_path / "encoder")
    data = TaskData(kind=kind, labels=("a", "b", "c"), train=[], test={}, fit_dictionary=lambda examples: None)
    model = with_head(tmp_path / "encoder", data, seed=1)
    name = BETWEEN[model_type][kind == "spans"]
    if name is None:
        assert not any(key.endswith("dense.weight") and "layer." not in key for key in model.state_dict())
        return
    layer = model.get_submodule(name)
    assert torch.equal(layer.weight, torch.eye(len(layer.weight)))
    with torch.no_grad():
        layer.weight.normal_()
    model.save_pretrained(tmp_path / "known")
    again = with_head(tmp_path / "known", data, seed=1).get_submodule(name)
    assert torch.equal(again.weight, layer.weight)
