"""Every family of encoders gives the same by ONNX Runtime, for batches of every shape."""

from pathlib import Path

import pytest
import torch
from tiny_models import tiny_masked

from alambic.models.onnx_export import export
from alambic.models.onnx_model import SINGLE, OnnxModel
from alambic.tasks.head import load_head


@pytest.mark.parametrize("kind", ["xlm-roberta", "modernbert"])
def test_logits_are_those_of_torch(kind: str, tmp_path: Path):
    model = load_head("token_classification", ["O", "B-X", "I-X"]).new_model(tiny_masked(tmp_path, kind), seed=1).eval()
    export(model, tmp_path)
    exported = OnnxModel(tmp_path / SINGLE)
    for rows, length in ((1, 1), (1, 5), (3, 64), (17, 23)):
        ids = torch.randint(5, 40, (rows, length), generator=torch.Generator().manual_seed(length))
        mask = torch.ones_like(ids)
        mask[-1, length // 2 + 1 :] = 0
        ids[mask == 0] = model.config.pad_token_id
        with torch.inference_mode():
            expected = model(input_ids=ids, attention_mask=mask).logits
        given = exported(input_ids=ids, attention_mask=mask).logits
        assert torch.allclose(given[mask == 1], expected[mask == 1], atol=1e-4), (rows, length)
