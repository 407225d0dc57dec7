"""A narrower student keeps the units that say most, and what it keeps computes what it did."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import model_of, tiny_bert, tiny_model
from torch.nn.functional import gelu
from transformers import AutoTokenizer, LlamaConfig

from alambic.data.documents import Document, write_documents
from alambic.errors import UserError
from alambic.plugins import constant
from alambic.settings import Width
from alambic.settings.pruned_config import pruned_config
from alambic.stages.distill.student.axes import GROUPS, HEADS, HIDDEN, TABLES, UNITS, axes_of
from alambic.stages.distill.student.importance import measure, read_texts
from alambic.stages.distill.student.narrow import greatest, groups_of, head_size, narrow, select_units

TEXTS = [torch.tensor([[5, 9, 11, 7]]), torch.tensor([[8, 6, 30]]), torch.tensor([[20, 21, 22, 23, 24, 25]])]
FAMILY = {
    one: family for family in ("encoder", "causal") for one in constant("stages.distill.families", family, "NARROWED")
}
DOWN = {"modernbert": "mlp.Wo", **dict.fromkeys(("llama", "qwen2", "qwen3", "mistral"), "mlp.down_proj")}


def read(model):
    with torch.inference_mode():
        return model.base_model(input_ids=TEXTS[0]).last_hidden_state


def resized(model, **sizes):
    """An empty model of the same type."""
    config = type(model.config).from_dict({**model.config.to_dict(), **sizes})
    return model_of(config)


def narrowed(model, importance, **width):
    """The narrower model, its weights loaded without a gap."""
    config = model.config.to_dict()
    student = resized(model, **pruned_config(FAMILY[config["model_type"]], config, Width(**width)))
    student.load_state_dict(
        narrow(model.state_dict(), select_units(importance, model.config, student.config), config["model_type"])
    )
    return student


def wholes(config):
    size = head_size(config)
    return {
        HEADS: config.num_attention_heads * size,
        GROUPS: groups_of(config) * size,
        UNITS: config.intermediate_size,
        HIDDEN: config.hidden_size,
    }


def doubled(model):
    """A model of twice the width that computes the same, twice; each new unit stands behind an old one.

    New heads and new units say exactly zero; new hidden dimensions say what the old one before them says, and nobody
    listens.
    """
    config, size = model.config, head_size(model.config)
    sizes = {name: 2 * getattr(config, name) for name in ("hidden_size", "num_attention_heads", "intermediate_size")}
    if "head_dim" in config.to_dict():
        sizes |= {"num_key_value_heads": 2 * groups_of(config), "head_dim": size}
    wide = resized(model, **sizes)
    in_group = config.num_attention_heads // groups_of(config) * size
    period = {HEADS: in_group, GROUPS: size, UNITS: 1, HIDDEN: 1}

    def places(unit, length):
        old = torch.arange(length)
        return old if unit is None else old // period[unit] * 2 * period[unit] + old % period[unit]

    found, narrow_weights = {}, model.state_dict()
    for name, weight in wide.state_dict().items():
        axes, old = axes_of(config.model_type, name), narrow_weights[name]
        speaks = axes[-1] in (HEADS, UNITS) and len(axes) == 2  # whatever a silent unit's weight is
        new = torch.randn(weight.shape) if speaks else torch.zeros(weight.shape)
        at = [places(unit, length) for unit, length in zip(axes, old.shape, strict=True)]
        new[torch.meshgrid(*at, indexing="ij")] = old
        made = 0 if axes[0] == HIDDEN else 1 if axes == (None, HIDDEN) else None
        if made is not None:
            twin = new.index_select(made, at[made])
            new.index_copy_(made, at[made] + 1, twin)
        found[name] = new
    wide.load_state_dict(found)
    return wide


def test_every_family_has_its_table():
    assert set(FAMILY) == set(TABLES)


@pytest.mark.parametrize("model_type", FAMILY)
def test_all_units_make_the_teacher_again(model_type):
    model = tiny_model(model_type)
    student = narrowed(model, measure(model, TEXTS), hidden_size=16)
    assert torch.equal(read(student), read(model))


@pytest.mark.parametrize("model_type", FAMILY)
def test_nobody_misses_silent_heads_silent_units_and_twins(model_type):
    model = tiny_model(model_type)
    wide = doubled(model)
    assert torch.allclose(read(wide)[..., ::2], read(model), atol=1e-4)
    importance = measure(wide, TEXTS)
    importance[HIDDEN][1::2] = 0.0  # of twins, those to which nobody listens
    width = {name: getattr(model.config, name) for name in ("hidden_size", "num_attention_heads", "intermediate_size")}
    if groups_of(model.config) < model.config.num_attention_heads:
        width["num_key_value_heads"] = groups_of(model.config)
    student = narrowed(wide, importance, **width)
    assert all(torch.equal(ours, model.state_dict()[name]) for name, ours in student.state_dict().items())


def without(module, places):
    """Let a module read nothing from some places."""

    def silence(module, read):
        return (read[0].index_fill(-1, torch.tensor(places), 0.0), *read[1:])

    return module.register_forward_pre_hook(silence)


@pytest.mark.parametrize("model_type", FAMILY)
def test_fewer_units_compute_what_the_teacher_does_without_the_others(model_type):
    model = tiny_model(model_type)
    importance = measure(model, TEXTS)
    student = narrowed(model, importance, intermediate_size=10)
    for layer in range(3):
        down = f"{layer}.{DOWN.get(model_type, 'output.dense')}"
        (module,) = [one for name, one in model.named_modules() if name.endswith(down) and "attention" not in name]
        without(module, importance[UNITS][layer].argsort()[:14].tolist())
    assert torch.allclose(read(student), read(model), atol=1e-5)


@pytest.mark.parametrize("model_type", [one for one in FAMILY if FAMILY[one] == "causal"])
def test_fewer_heads_compute_what_the_teacher_does_without_the_others(model_type):
    """Two groups of two heads: the better one of each stays; a wider head than the hidden size divided by them."""
    model = tiny_model(model_type)
    importance = measure(model, TEXTS)
    student = narrowed(model, importance, num_attention_heads=2)
    assert student.config.num_key_value_heads == 2 and student.model.layers[0].self_attn.q_proj.weight.shape[0] == 12
    for layer in range(3):
        worse = [2 * group + int(importance[HEADS][layer][2 * group :][:2].argmin()) for group in (0, 1)]
        without(model.model.layers[layer].self_attn.o_proj, [6 * head + n for head in worse for n in range(6)])
    assert torch.allclose(read(student), read(model), atol=1e-5)


GROUPED = [  # importance of six heads in three groups, heads and groups to keep, rows of heads and of groups of size 2
    ([9, 1, 5, 6, 2, 3], 3, 3, [0, 3, 5], [0, 1, 2]),
    ([9, 1, 5, 6, 2, 3], 4, 2, [0, 1, 2, 3], [0, 1]),
    ([9, 1, 5, 6, 2, 3], 1, 1, [3], [1]),  # the group that says most, not the head
    ([1, 1, 1, 1, 1, 1], 2, 2, [0, 2], [0, 1]),
]


@pytest.mark.parametrize(("sizes", "heads", "groups", "expected", "expected_groups"), GROUPED)
def test_groups_stay_whole_in_number(sizes, heads, groups, expected, expected_groups):
    shape = {"hidden_size": 12, "head_dim": 2, "num_hidden_layers": 1, "intermediate_size": 3}
    model = tiny_model("llama", num_attention_heads=6, num_key_value_heads=3, **shape)
    to = resized(model, num_attention_heads=heads, num_key_value_heads=groups).config
    importance = {HEADS: torch.tensor([sizes]), UNITS: torch.ones(1, 3), HIDDEN: torch.ones(12)}
    rows = select_units(importance, model.config, to).rows
    assert rows[HEADS].tolist() == [[2 * head + n for head in expected for n in (0, 1)]]
    assert rows[GROUPS].tolist() == [[2 * group + n for group in expected_groups for n in (0, 1)]]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.data())
def test_the_greatest_stay_in_their_order(sizes, data):
    count = data.draw(st.integers(1, len(sizes)))
    expected = sorted(sorted(range(len(sizes)), key=lambda place: (-sizes[place], place))[:count])
    assert greatest(torch.tensor(sizes), count).tolist() == expected


def test_importance_is_that_of_the_definition():
    """A BERT of one layer, computed step by step."""
    model = tiny_model("bert", num_hidden_layers=1)
    layer, size = model.encoder.layer[0], 4
    squares = {HEADS: torch.zeros(4), UNITS: torch.zeros(24), HIDDEN: torch.zeros(3, 16)}
    with torch.inference_mode():
        for ids in TEXTS:
            begun = model.embeddings(input_ids=ids)
            q, k, v = (
                getattr(layer.attention.self, name)(begun)[0].view(-1, 4, size).transpose(0, 1)
                for name in ("query", "key", "value")
            )
            heads = torch.softmax(q @ k.transpose(1, 2) / size**0.5, dim=-1) @ v  # (heads, tokens, size)
            between = layer.attention.output(heads.transpose(0, 1).reshape(1, -1, 16), begun)
            units = gelu(layer.intermediate.dense(between))
            squares[HEADS] += heads.norm(dim=-1).mean(dim=1) ** 2
            squares[UNITS] += units[0].abs().mean(dim=0) ** 2
            for place, made in enumerate((begun, between, layer.output(units, between))):
                squares[HIDDEN][place] += made[0].abs().mean(dim=0) ** 2
    found = measure(model, TEXTS)
    for unit in (HEADS, UNITS):
        torch.testing.assert_close(found[unit][0].float(), squares[unit].sqrt())
    torch.testing.assert_close(found[HIDDEN].float(), squares[HIDDEN].sqrt().sum(dim=0))


@pytest.mark.parametrize(
    ("documents", "expected"), [(1, [0]), (4, [0, 2, 5, 7]), (9, [0, 1, 2, 3, 4, 5, 6, 7, 8]), (99, list(range(10)))]
)
def test_the_documents_read_lie_evenly_over_the_corpus_and_are_cut(tmp_path, documents, expected):
    tiny_bert(tmp_path)
    texts = [letter * 9 for letter in "abcdefghij"]
    found = [Document(text, text, "test", "", "CC0-1.0") for text in texts]
    write_documents(found, tmp_path, part="train")
    ids = list(read_texts(tmp_path, tmp_path, LlamaConfig(max_position_embeddings=8), documents=documents))
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert [tokenizer.decode(one[0, 1]) for one in ids] == [texts[place][0] for place in expected]
    assert all(one.shape == (1, 8) for one in ids)


BERT = {"model_type": "bert", "hidden_size": 384, "num_attention_heads": 12, "intermediate_size": 1536}
LLAMA = {**BERT, "model_type": "llama", "num_key_value_heads": 4}


@pytest.mark.parametrize(
    ("config", "width", "expected"),
    [
        (BERT, {"hidden_size": 192}, {"hidden_size": 192, "num_attention_heads": 6, "intermediate_size": 1536}),
        (BERT, {"hidden_size": 512}, r"width.hidden_size: 512 is more than the teacher has; expected at most 384"),
        (BERT, {"intermediate_size": 1537}, r"expected at most 1536"),
        (BERT, {"num_attention_heads": 6}, r"32 values each.*such as 192 with 6"),
        (BERT, {"hidden_size": 200}, r"32 values each.*such as 192 with 6"),
        (BERT, {"hidden_size": 16}, r"32 values each.*such as 32 with 1"),
        (BERT, {"num_key_value_heads": 6}, r"32 values each"),
        (LLAMA, {"num_attention_heads": 8}, {"num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 32}),
        (LLAMA, {"num_key_value_heads": 8}, r"num_key_value_heads: 8 .* at most 4"),
        (LLAMA, {"num_key_value_heads": 2}, r"12 heads over 2 groups .* the teacher has 12 over 4: expected at most 3"),
        (LLAMA, {"num_attention_heads": 6}, r"6 heads over 4 groups"),
        ({**LLAMA, "num_key_value_heads": 12}, {"num_attention_heads": 6}, {"num_key_value_heads": 6}),
        ({**LLAMA, "model_type": "gemma3_text"}, {"hidden_size": 192}, r"'gemma3_text' is not made narrower.*mistral"),
    ],
)
def test_a_width_fits_the_teacher_or_is_refused(config, width, expected):
    family = "encoder" if config["model_type"] == "bert" else "causal"
    if isinstance(expected, dict):
        assert expected.items() <= pruned_config(family, config, Width(**width)).items()
    else:
        with pytest.raises(UserError, match=expected):
            pruned_config(family, config, Width(**width))
