"""A narrower model from the most important units of a wide one: which stay, and their weights."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import PretrainedConfig, PreTrainedModel

from alambic.settings import Width
from alambic.stages.distill.student.axes import GROUPS, HEADS, HIDDEN, UNITS, axes_of, layer_of
from alambic.stages.distill.student.importance import Importance, measure, read_texts


@dataclass(frozen=True)
class UnitSelection:
    """Which rows of weights stay, in the order in which they stood."""

    rows: dict[str, Tensor]  # by what runs along an axis, (layers, rows that stay)
    whole: dict[str, int]  # how many rows there were

    def of(self, unit: str, layer: int, length: int) -> Tensor:
        """Give the rows that stay along an axis, on which the units may lie several times."""
        rows, whole = self.rows[unit][layer], self.whole[unit]
        return torch.cat([rows + start for start in range(0, length, whole)])


def weights_of(
    teacher: PreTrainedModel, folder: Path, to: PretrainedConfig, width: Width | None, corpus: Path | None
) -> dict[str, Tensor]:
    """Give a teacher's weights; with a `width`, of the units that say most on the corpus, as many as `to` has."""
    if width is None:
        return teacher.state_dict()
    assert corpus is not None
    importance = measure(teacher, read_texts(folder, corpus, teacher.config, documents=width.documents))
    return narrow(teacher.state_dict(), select_units(importance, teacher.config, to), teacher.config.model_type)


def greatest(importance: Tensor, count: int) -> Tensor:
    """Give the places of the `count` greatest in each row (..., n), ascending; of equal ones the first."""
    return importance.argsort(dim=-1, descending=True, stable=True)[..., :count].sort(dim=-1).values


def select_units(importance: Importance, teacher: PretrainedConfig, to: PretrainedConfig) -> UnitSelection:
    """Keep the most important groups of heads, in each the most important heads, and the most important others."""
    layers, size = teacher.num_hidden_layers, head_size(teacher)
    groups, groups_left = groups_of(teacher), groups_of(to)
    by_group = importance[HEADS].view(layers, groups, -1)
    group = greatest(by_group.sum(dim=-1), groups_left)  # (layers, groups that stay)
    within = greatest(by_group, to.num_attention_heads // groups_left)  # (layers, groups, heads that stay in each)
    stay = within.gather(1, group[..., None].expand(-1, -1, within.shape[-1])) + group[..., None] * by_group.shape[-1]
    hidden = greatest(importance[HIDDEN], to.hidden_size)
    return UnitSelection(
        rows={
            HEADS: rows_of(stay.flatten(1), size),
            GROUPS: rows_of(group, size),
            UNITS: greatest(importance[UNITS], to.intermediate_size),
            HIDDEN: hidden.expand(layers, -1),
        },
        whole={
            HEADS: teacher.num_attention_heads * size,
            GROUPS: groups * size,
            UNITS: teacher.intermediate_size,
            HIDDEN: teacher.hidden_size,
        },
    )


def narrow(weights: dict[str, Tensor], selection: UnitSelection, model_type: str) -> dict[str, Tensor]:
    """Cut every weight along every axis to the units that stay."""
    narrowed = {}
    for name, value in weights.items():
        for axis, unit in enumerate(axes_of(model_type, name)):
            if unit is not None:
                value = value.index_select(axis, selection.of(unit, layer_of(name), value.shape[axis]))
        narrowed[name] = value
    return narrowed


def rows_of(heads: Tensor, size: int) -> Tensor:
    """Give the rows of heads: (layers, heads) -> (layers, heads x size)."""
    return (heads[..., None] * size + torch.arange(size)).flatten(-2)


def groups_of(config: PretrainedConfig) -> int:
    """Number of groups of heads that share keys and values: as many as heads where none do."""
    return int(config.to_dict().get("num_key_value_heads") or config.num_attention_heads)


def head_size(config: PretrainedConfig) -> int:
    """Number of values of a head."""
    return int(config.to_dict().get("head_dim") or config.hidden_size // config.num_attention_heads)
