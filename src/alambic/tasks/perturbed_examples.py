"""Perturbed examples of a task: copies to train on, and further test sets."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from alambic.settings.robustness import PERTURBED
from alambic.tasks.examples import Example, TaskData
from alambic.tasks.head import Head, load_head
from alambic.tasks.perturb.lexicon import Lexicon
from alambic.tasks.perturb.perturber import Perturber

Chosen = Mapping[str, Mapping[str, Any]]


def perturbed(data: TaskData, *, augment: Chosen, variants: Mapping[str, Chosen], lexicon: Lexicon) -> TaskData:
    """Give each training text a changed copy, and each test set one more for each variant, `<set>+<variant>`."""
    head = load_head(data.head, data.labels, data.label_texts)
    train = list(data.train)
    if augment:
        train += changed(data.train, Perturber(augment, side="train", lexicon=lexicon), head)
    test = dict(data.test)
    for name, chosen in variants.items():
        perturber = Perturber(chosen, side="test", lexicon=lexicon)
        for dataset, examples in data.test.items():
            test[f"{dataset}{PERTURBED}{name}"] = changed(examples, perturber, head)
    return replace(data, train=train, test=test)


def changed(examples: Sequence[Example], perturber: Perturber, head: Head[Any]) -> list[Example]:
    """Change examples; what their answers become is for the head to say."""
    return [head.perturb(example, perturber(example.text, example.id)) for example in examples]
