"""What a student may be, of what its teacher is: known as soon as the teacher's configuration is."""

from collections.abc import Mapping
from typing import Any

from alambic import plugins
from alambic.errors import UserError
from alambic.settings import Distill
from alambic.settings.pruned_config import pruned_config

_SIZES = {"hidden_size", "num_attention_heads", "intermediate_size"}


def check_student(student: Distill, teacher: Mapping[str, Any]) -> None:
    """Check what a student takes of its teacher's configuration, as config.json holds it."""
    if student.architecture:
        return
    check_model(student.family, str(teacher.get("model_type")))
    depth = teacher.get("num_hidden_layers")
    if isinstance(depth, int) and depth > 0:
        check_layers(student.layers, depth)
    if student.width and all(isinstance(teacher.get(size), int) and teacher[size] > 0 for size in _SIZES):
        pruned_config(student.family, teacher, student.width)


def check_model(family: str, model_type: str) -> None:
    """UserError where no student of a family comes of that type of model."""
    models = [
        name for kind in ("MODELS", "TEACHERS") for name in plugins.constant("stages.distill.families", family, kind)
    ]
    if model_type not in models:
        raise UserError(
            f"distill: a model of type '{model_type}' makes no student of family '{family}'; "
            f"expected one of: {', '.join(models)}"
        )


def check_layers(layers: list[int], depth: int) -> None:
    """UserError where a teacher of `depth` layers lacks one of them."""
    if layers and max(layers) >= depth:
        raise UserError(f"layers: {layers} asks for layer {max(layers)}; the teacher has 0 to {depth - 1}")
