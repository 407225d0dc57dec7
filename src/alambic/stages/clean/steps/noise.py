"""Write a share of the texts as they are really written: slips, lost accents, capitals, misread letters.

A student that is distilled on them meets noise before its task does. The perturbations are those of `tasks`, drawn for
training, so that no model is tested on a draw that it learnt. Put it last: duplicates are found in clean texts.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from alambic.data.documents import Document
from alambic.tasks.perturb.lexicon import Lexicon
from alambic.tasks.perturb.perturber import Perturber
from alambic.tasks.sampling import draw


def step(
    *,
    share: Annotated[float, Field(gt=0, le=1)] = 0.5,
    typos: Annotated[float, Field(ge=0, le=1)] = 0.03,
    ocr: Annotated[float, Field(ge=0, le=1)] = 0.03,
    diacritics: Annotated[float, Field(ge=0, le=1)] = 0.5,
    upper_case: Annotated[float, Field(ge=0, le=1)] = 0.3,
) -> Callable[[Document], Document | str]:
    """Make the step, which changes `share` of the documents; the other options are the rates of the perturbations."""
    rates = {"typos": typos, "ocr": ocr, "diacritics": diacritics, "upper_case": upper_case}
    perturber = Perturber({name: {"rate": rate} for name, rate in rates.items()}, side="train", lexicon=Lexicon({}, {}))

    def noise(document: Document) -> Document | str:
        key = f"{document.source}/{document.id}"
        if draw("noise", key) >= share:
            return document
        return replace(document, text=perturber(document.text, key).text)

    return noise
