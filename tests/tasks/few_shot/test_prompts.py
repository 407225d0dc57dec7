"""What a prompt has: an instruction, examples that are drawn and balanced, and nothing for which there is no room."""

from collections import Counter

import pytest
from tiny_models import tiny_llama

from alambic.errors import UserError
from alambic.models.opening import open_tokenizer
from alambic.tasks.examples import Example
from alambic.tasks.few_shot._prompt import draw_shots, ids_of, in_one_line, line_end, make_prompt

SIZES = {"a": 40, "b": 4, "c": 1}
EXAMPLES = [Example(f"{label}{n}", f"texte {n}", label) for label, size in SIZES.items() for n in range(size)]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return open_tokenizer(tiny_llama(tmp_path_factory.mktemp("llama"), reads=512))


@pytest.mark.parametrize(("shots", "sizes"), [(0, []), (2, [1, 1]), (3, [1, 1, 1]), (6, [1, 2, 3]), (99, [1, 4, 40])])
def test_labels_take_their_turn(shots, sizes):
    for seed in range(5):
        drawn = Counter(example.gold for example in draw_shots(EXAMPLES, lambda e: e.gold, shots=shots, seed=seed))
        assert sorted(drawn.values()) == sizes


def test_what_has_no_label_comes_last_in_its_turn():
    several = [Example(f"{n}", "", ("a",) * (n % 3 == 0)) for n in range(30)]
    for seed in range(5):
        drawn = draw_shots(several, lambda e: e.gold, shots=3, seed=seed)
        assert [example.gold for example in drawn] == [("a",), (), ("a",)]


def test_the_draw_depends_on_the_seed_alone():
    def drawn(examples, seed):
        return [example.id for example in draw_shots(examples, lambda _: None, shots=3, seed=seed)]

    assert drawn(EXAMPLES, 0) == drawn(EXAMPLES[::-1], 0) and drawn(EXAMPLES, 0) != drawn(EXAMPLES, 1)


def test_an_example_without_room_is_left_out_whole_and_named(tokenizer):
    sizes = {"short": 5, "long": 40, "last": 6}
    shots = [(Example(name, "", ""), [7] * size) for name, size in sizes.items()]
    alone = make_prompt(tokenizer, "Classe.", [], room=100)
    prompt = make_prompt(tokenizer, "Classe.", shots, room=len(alone.ids) + 20)
    assert prompt.examples == ["short", "last"] and prompt.left_out == ["long"]
    assert len(prompt.ids) == len(alone.ids) + 5 + 1 + 6 + 1 and prompt.ids[-1] == line_end(tokenizer)
    assert alone.text == "Classe.\n"
    with pytest.raises(UserError, match=r"the instruction has \d+ tokens, and 3 are left"):
        make_prompt(tokenizer, "Classe.", shots, room=3)


def test_a_text_is_one_line_whose_characters_stay_in_place(tokenizer):
    text = "une toux\r\net\u2028une\tfièvre"
    assert in_one_line(text) == "une toux  et une fièvre" and len(in_one_line(text)) == len(text)
    assert tokenizer.decode([line_end(tokenizer)]) == "\n" and ids_of(tokenizer, "a\nb").count(line_end(tokenizer)) == 1
