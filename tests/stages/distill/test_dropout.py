"""A distillation drops nothing, by whatever numbers an architecture would."""

import pytest
import torch
from test_packing import CASES, batch_of, model_of, student_of

from alambic.stages.distill.run import switch_dropout_off


@pytest.mark.parametrize(("family", "kind", "changes"), CASES)
def test_nothing_is_dropped(family, kind, changes):
    model = model_of(family, kind, changes).train()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.5
        for name, value in vars(module).items():
            if "drop" in name and isinstance(value, float):
                setattr(module, name, 0.5)
    student, batch = student_of(family, model), batch_of(family)
    losses = [student(batch)["loss"].item() for _ in range(3)]
    assert len(set(losses)) == 3
    switch_dropout_off(student)
    assert student(batch)["loss"].item() == student(batch)["loss"].item()
