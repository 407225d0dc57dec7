"""Perturbed examples of a task: copies to train on, and further test sets."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from alambic.tasks.examples import Example, Kind, TaskData, word_offsets
from alambic.tasks.iob2 import Span, from_tags, to_tags
from alambic.tasks.perturb.edits import Perturbed
from alambic.tasks.perturb.lexicon import Lexicon
from alambic.tasks.perturb.perturber import Perturber

Chosen = Mapping[str, Mapping[str, Any]]


def perturbed(data: TaskData, *, augment: Chosen, variants: Mapping[str, Chosen], lexicon: Lexicon) -> TaskData:
    """Give each training text a changed copy, and each test set one more for each variant, `<set>+<variant>`."""
    train = list(data.train)
    if augment:
        train += changed(data.train, Perturber(augment, side="train", lexicon=lexicon), kind=data.kind)
    test = dict(data.test)
    for name, chosen in variants.items():
        perturber = Perturber(chosen, side="test", lexicon=lexicon)
        test |= {f"{of}+{name}": changed(examples, perturber, kind=data.kind) for of, examples in data.test.items()}
    return replace(data, train=train, test=test)


def changed(examples: Sequence[Example], perturber: Perturber, *, kind: Kind) -> list[Example]:
    """Change examples; their answers stay, and tags follow the words that they stand on."""
    return [_changed(example, perturber(example.text, example.id), kind) for example in examples]


def _changed(example: Example, found: Perturbed, kind: Kind) -> Example:
    if kind != "spans":
        return replace(example, text=found.text)
    places, old, words = found.places, example.words, word_offsets(found.text)
    spans = [Span(places[old[a][0]], places[old[b - 1][1]], label) for a, b, label in from_tags(example.gold)]
    passed_over = [(places[old[word][0]], places[old[word][1]]) for word in example.ignored]
    ignored = {n for n, (start, end) in enumerate(words) if any(start < b and end > a for a, b in passed_over)}
    return replace(example, text=found.text, words=words, gold=to_tags(words, spans), ignored=frozenset(ignored))
