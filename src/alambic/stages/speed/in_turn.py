"""How long several models take to answer the same texts: processor time, in turn in one process.

Time by the clock on the wall is also that of whatever else runs on the machine. Processor time is this process's own;
what is left of a neighbour's influence (caches, the frequency) changes from minute to minute, so that models that are
compared take turns within a round, and the rounds show how far their figures can be relied on.
"""

import time
from collections.abc import Callable, Mapping, Sequence

from alambic.tasks.examples import Example
from alambic.tasks.predictors import Predictor
from alambic.tasks.window_logits import TEXTS_AT_ONCE

SHORTEST = 0.1  # seconds of a turn: a quick model answers the texts several times
LONGEST = 900.0  # seconds after which no round begins, but for the first few
FEWEST = 3  # rounds, whatever they take


def take_turns(
    models: Mapping[str, Callable[[], Predictor]],
    examples: Sequence[Example],
    *,
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, list[float]]:
    """Give the seconds that each model took for `examples`, by round; every other round goes backwards.

    A model is opened for its turn, so that memory holds one at a time, and first answers a batch that is not timed.
    """
    seconds: dict[str, list[float]] = {name: [] for name in models}
    begun = clock()
    for number in range(rounds):
        if number >= FEWEST and clock() - begun > LONGEST:
            break
        for name in list(models)[:: -1 if number % 2 else 1]:
            seconds[name].append(_turn(models[name](), examples, clock))
    return seconds


def _turn(model: Predictor, examples: Sequence[Example], clock: Callable[[], float]) -> float:
    """Time one answer to all examples, as a mean over as many as fill the shortest turn."""
    model.predict(examples[: TEXTS_AT_ONCE["cpu"]])
    started, answers = clock(), 0
    while not answers or clock() - started < SHORTEST:
        model.predict(examples)
        answers += 1
    return (clock() - started) / answers
