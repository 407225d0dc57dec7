"""A prompt: an instruction in French, and examples of the training part with their right answers, a line each.

Texte :
Le paracétamol ...
Catégorie : II

A line of a text is one line here: its breaks become blanks, so that every character stays where it is.
"""

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from alambic.errors import UserError
from alambic.models.text_tokens import tokenize
from alambic.tasks.examples import Example
from alambic.tasks.heads._generation import ENDS
from alambic.tasks.sampling import sample

BREAKS = dict.fromkeys(map(ord, "\n\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029"), " ")


@dataclass(frozen=True)
class Prompt:
    """What a model reads before every text."""

    ids: list[int]
    text: str
    examples: list[str]  # the ids of those that it has
    left_out: list[str]  # and of those for which there was no room


def in_one_line(text: str) -> str:
    """Make blanks of breaks of lines and tabs, one of each."""
    return text.translate(BREAKS)


def ids_of(tokenizer: Any, text: str) -> list[int]:
    """Give the tokens of a text, without special ones."""
    ids: list[int] = tokenize(tokenizer, [text])[0].ids.tolist()
    return ids


def line_end(tokenizer: Any) -> int:
    """Give the token that ends a line; of a tokenizer that has none, the one that ends texts."""
    ids = ids_of(tokenizer, "\n")
    if ids and ids[-1] != tokenizer.unk_token_id and "\n" in tokenizer.decode(ids[-1:]):
        return ids[-1]
    if tokenizer.eos_token_id is None:
        raise UserError(f"the tokenizer has no token for the end of a line, nor an eos_token ({ENDS}): give it one")
    return int(tokenizer.eos_token_id)


def draw_shots(
    examples: Sequence[Example], kind: Callable[[Example], Hashable], *, shots: int, seed: int
) -> list[Example]:
    """Draw examples by the hash of their ids, of each kind in turn while there are any; an empty kind comes last."""
    kinds: dict[Hashable, deque[Example]] = {}
    for example in sample(examples, limit=0, seed=seed):
        kinds.setdefault(kind(example), deque()).append(example)
    drawn: list[Example] = []
    while kinds and len(drawn) < shots:
        for name in sorted(kinds, key=lambda name: name in ((), frozenset())):
            drawn.append(kinds[name].popleft())
            if not kinds[name]:
                del kinds[name]
    return drawn[:shots]


def make_prompt(
    tokenizer: Any, instruction: str, shots: Sequence[tuple[Example, Sequence[int]]], *, room: int
) -> Prompt:
    """Put examples, each with the tokens of its question and answer, behind an instruction; in `room` tokens.

    An example for which there is no room is left out whole. UserError where there is none for the instruction.
    """
    begins = [tokenizer.bos_token_id] if tokenizer("").input_ids[:1] == [tokenizer.bos_token_id] else []
    end = line_end(tokenizer)
    ids = [*begins, *ids_of(tokenizer, instruction), end]
    if len(ids) > room:
        raise UserError(
            f"few_shot: the instruction has {len(ids)} tokens, and {room} are left for the prompt, half of what the "
            "model reads: take a model that reads more"
        )
    shown, left_out = [], []
    for example, own in shots:
        if len(ids) + len(own) + 1 > room:
            left_out.append(example.id)
            continue
        ids += [*own, end]
        shown.append(example.id)
    return Prompt(ids, tokenizer.decode(ids, clean_up_tokenization_spaces=False), shown, left_out)
