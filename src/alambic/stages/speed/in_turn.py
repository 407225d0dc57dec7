"""What several models take to answer the same texts: processor time and memory, in turn in one process.

Time by the clock on the wall is also that of whatever else runs on the machine. Processor time is this process's own;
what is left of a neighbour's influence (caches, the frequency) changes from minute to minute, so that models that are
compared take turns within a round, and the rounds show how far their figures can be relied on.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from alambic.stages.speed.memory import PeakMemory
from alambic.tasks.examples import Example
from alambic.tasks.predictors import Predictor
from alambic.tasks.window_logits import TEXTS_AT_ONCE

SHORTEST = 0.1  # seconds of a turn: a quick model answers the texts several times
LONGEST = 900.0  # seconds after which no round begins, but for the first few
FEWEST = 3  # rounds, whatever they take
ALONE = 100  # texts that are also answered one at a time


@dataclass(frozen=True)
class Turn:
    """One turn of one model."""

    seconds: float  # for all texts, in batches
    alone: tuple[float, ...]  # seconds for each of the first texts, answered by itself
    memory: int | None  # bytes that the model added at most to what was resident; None where the system does not say


def take_turns(
    models: Mapping[str, Callable[[], Predictor]],
    examples: Sequence[Example],
    *,
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, list[Turn]]:
    """Give the turns of each model at `examples`, by round; every other round goes backwards.

    A model is opened for its turn, so that memory holds one at a time, and first answers a batch that is not timed.
    """
    turns: dict[str, list[Turn]] = {name: [] for name in models}
    begun = clock()
    for number in range(rounds):
        if number >= FEWEST and clock() - begun > LONGEST:
            break
        for name in list(models)[:: -1 if number % 2 else 1]:
            turns[name].append(_turn(models[name], examples, clock))
    return turns


def _turn(opened: Callable[[], Predictor], examples: Sequence[Example], clock: Callable[[], float]) -> Turn:
    """Time answers to all examples, as a mean over as many as fill the shortest turn, and to single ones."""
    memory = PeakMemory()
    model = opened()
    model.predict(examples[: TEXTS_AT_ONCE["cpu"]])
    started, answers = clock(), 0
    while not answers or clock() - started < SHORTEST:
        model.predict(examples)
        answers += 1
    seconds = (clock() - started) / answers
    alone = tuple(_seconds(model, example, clock) for example in examples[:ALONE])
    return Turn(seconds, alone, memory.read())


def _seconds(model: Predictor, example: Example, clock: Callable[[], float]) -> float:
    started = clock()
    model.predict([example])
    return clock() - started
