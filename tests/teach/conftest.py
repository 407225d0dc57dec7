"""What tests of teachers share."""

import pytest
import torch


@pytest.fixture(autouse=True)
def single_precision(monkeypatch):
    """On a GPU a teacher is read in bf16 where there is one: formulas are compared in single precision."""
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *_, **__: False)
