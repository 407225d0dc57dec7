"""DEFT 2020: how similar two French sentences are, and which of three is nearest to a sentence.

The folder holds the files of the challenge: `t1-train.xml` and `t1-test.xml` (`task: similarity`; the text is the
source, the column `second` the target, `score` the mean of the judges from 0 to 5), or `t2-train.xml` and `t2-test.xml`
(`task: nearest`; the text is the source and its three targets, one a line; `question` is the source, `choices` the
targets, `correct` the number of the nearest). `split`: `train` and `dev` as DrBenchmark drew them from the training
file, which is `train_file` as a whole, and `test`.

Licence and conditions: the user agreement of the challenge (https://deft.lisn.upsaclay.fr/2020/).
To cite: Cardon et al. 2020, Présentation de la campagne d'évaluation DEFT 2020, DEFT 2020, 1-13.
"""

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Annotated, Literal
from xml.etree.ElementTree import Element

from pydantic import Field

from alambic.data.documents import Document
from alambic.data.local_data import pinned_folder
from alambic.data.rejected import STRICT, Rejections, unusable
from alambic.plugins import Place
from alambic.stages.collect.elements import read_elements, shown
from alambic.stages.collect.published_parts import part_of_file
from alambic.stages.collect.single_files import file_in

LICENCE = "LicenseRef-DEFT"
REMEDY = "ask the organisers for the data (https://deft.lisn.upsaclay.fr/2020/), and put its files there"


def fetch(
    rejections: Rejections = STRICT,
    *,
    path: Place,
    digest: str,
    task: Literal["similarity", "nearest"],
    split: Literal["train", "dev", "train_file", "test"],
    licence: Annotated[str, Field(min_length=1)] = "LicenseRef-DEFT",
) -> Iterator[Document]:
    """Yield one document per pair, or per set of three."""
    tag, prefix, cut, read = TASKS[task]
    name = f"{prefix}-{'test' if split == 'test' else 'train'}.xml"
    file = file_in(pinned_folder(path, digest), name, REMEDY)
    elements = list(read_elements(BytesIO(file.read_bytes()), name, tag))
    if task == "similarity":
        elements = [element for element in elements if not element.get("id", "").startswith("-")]  # examples, not data
    for element in part_of_file(elements, split, cut):
        place = f"{name}, {tag} {element.get('id')}"
        try:
            text, metadata = read(element)
            if reason := unusable(text):
                raise ValueError(reason)
        except (ValueError, TypeError, KeyError) as error:
            rejections.add(place, f"no {tag} of DEFT 2020 ({error!s:.200})", shown(element))
            continue
        rejections.at(place)
        yield Document(f"{prefix}/{element.get('id')}", text, "deft2020", "", licence, metadata=metadata)


def _pair(element: Element) -> tuple[str, dict[str, str]]:
    score = float(element.attrib["moy"])
    return _text(element, "source"), {
        "second": _text(element, "cible"),
        "score": str(score),
        "scores": element.get("scores", ""),
    }


def _three(element: Element) -> tuple[str, dict[str, str]]:
    source = _text(element, "source")
    targets = {target.attrib["num"]: "".join(target.itertext()).strip() for target in element.iter("cible")}
    correct = element.attrib["cible"]
    if correct not in targets or not all(targets.values()):
        raise ValueError(f"the nearest is {correct!r}, the targets are {', '.join(targets)}")
    choices = dict(sorted(targets.items()))
    text = "\n".join([source, *(f"({name}) {target}" for name, target in choices.items())])
    return text, {
        "question": source,
        "choices": json.dumps(choices, ensure_ascii=False),
        "correct": correct,
    }


def _text(element: Element, tag: str) -> str:
    text = (element.findtext(tag) or "").strip()
    if not text:
        raise ValueError(f"no {tag}")
    return text


Read = Callable[[Element], tuple[str, dict[str, str]]]
# Of each task: the element of an example, the file, where DrBenchmark cut the training file, and how it is read.
TASKS: dict[str, tuple[str, str, float, Read]] = {
    "similarity": ("paire", "t1", 0.8316, _pair),
    "nearest": ("ensemble", "t2", 0.8059, _three),
}
