"""Leave out the texts on which models will be scored."""

from collections.abc import Callable

from alambic.clean.folding import folded_words, key
from alambic.inputs import Inputs
from alambic.records import Document
from alambic.settings import Clean
from alambic.tasks._loading import load_task


def test_texts(settings: Clean, inputs: Inputs) -> dict[int, int]:
    """Give the key of every test text of the excluded tasks, and the place of its task in `settings.excluded`."""
    found: dict[int, int] = {}
    for place, task in enumerate(settings.excluded):
        prefix = f"excluded.{place}."
        own = Inputs({role.removeprefix(prefix): paths for role, paths in inputs.items() if role.startswith(prefix)})
        for examples in load_task(task, own).test.values():
            found.update((_key(example.text), place) for example in examples)
    return found


def without(texts: dict[int, int]) -> Callable[[Document], Document | str]:
    """Return what drops a document that reads like one of `texts`, case, accents and punctuation apart."""

    def keep(document: Document) -> Document | str:
        place = texts.get(_key(document.text))
        return document if place is None else f"test text of task {place + 1}"

    return keep


def _key(text: str) -> int:
    return key(" ".join(folded_words(text)))
