"""The training examples that the model reads most alike: another kind of explanation, of texts by texts.

Vectors are the mean of the last layer's states of a text's tokens; alike is what has a high cosine.
"""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field, NonNegativeInt, PositiveInt

from alambic.stages.explain.case import Case
from alambic.stages.explain.explained import Explained
from alambic.stages.explain.neighbours import Neighbour, vectors_of_texts
from alambic.tasks.sampling import sample

GIVES = "examples"
NEEDS = "gradients"  # the states, as they are within the model


def explain(
    explained: Explained,
    cases: Sequence[Case],
    seed: int,
    *,
    nearest: Annotated[PositiveInt, Field(le=100)] = 5,
    train_limit: NonNegativeInt = 2000,
) -> list[list[Neighbour]]:
    """Give of each case its nearest training examples, among `train_limit` drawn ones (0: all)."""
    train = sample(explained.data.train, limit=train_limit, seed=0)
    known = vectors_of_texts(explained, [example.text for example in train])
    asked = vectors_of_texts(explained, [case.example.text for case in cases])
    found = []
    for of_case in asked @ known.T:
        places = np.argsort(-of_case, kind="stable")[:nearest].tolist()
        found.append([Neighbour(train[place], float(of_case[place])) for place in places])
    return found
