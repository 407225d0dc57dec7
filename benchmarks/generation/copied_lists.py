"""What it costs that a list may hold nothing but words of its source: the table's share of the time of writing.

An encoder-decoder model and a causal one of drawn weights, sources of mixed lengths, ten types. Processor seconds of
one thread, the median of the rounds. Lists end earlier than free texts: the times of the two are of other tokens.

python benchmarks/generation/copied_lists.py [--texts 64] [--rounds 3]
"""

import argparse
import random
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from decoding import END, FIRST, LONGEST, PAD, PIECES, START, VOCABULARY, causal, encoder_decoder

from alambic.models.copied_lists import CopiedLists, CopiedSource
from alambic.models.decoding import Search, write

TYPES = range(PIECES, PIECES + 10)


def main() -> None:
    """Measure both models."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("texts", 64), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    draws = random.Random(0)
    sources = [source(draws, draws.choice((16, 24, 48, 96, 200))) for _ in range(given.texts)]
    print(f"| model | s | of the table | share | tokens |\n{'|---' * 5}|")
    for name, model in (("encoder-decoder", encoder_decoder()), ("causal", causal())):
        measured = [once(model, sources, START if name == "encoder-decoder" else None) for _ in range(given.rounds)]
        whole, table = (median(values) for values in ([row[0] for row in measured], [row[1] for row in measured]))
        print(f"| {name} | {whole:.2f} | {table:.3f} | {table / whole:.1%} | {measured[0][2]} |")


def source(draws: random.Random, size: int) -> CopiedSource:
    """Draw words of one to three tokens or so."""
    begins = [0, *(place for place in range(1, size) if draws.random() < 0.6)]
    ends = [*(place - 1 for place in begins[1:]), size - 1]
    return CopiedSource([draws.randrange(FIRST, PIECES) for _ in range(size)], frozenset(begins), frozenset(ends))


class Timed(CopiedLists):
    """A table that knows how long it was asked."""

    seconds = 0.0

    def _timed(self, asked: Callable[..., Any], *given: Any) -> Any:
        started = time.process_time()
        answer = asked(*given)
        self.seconds += time.process_time() - started
        return answer

    def begin(self, *given: Any) -> Any:
        """Time the first states."""
        return self._timed(super().begin, *given)

    def mask(self, *given: Any) -> Any:
        """Time what may follow."""
        return self._timed(super().mask, *given)

    def step(self, *given: Any) -> Any:
        """Time the next states."""
        return self._timed(super().step, *given)


def once(model: Any, sources: list[CopiedSource], start: int | None) -> tuple[float, float, int]:
    """Write all lists; give the seconds, those of the table, and the tokens."""
    table = Timed(sources, TYPES, vocabulary=VOCABULARY, end=END)
    search = Search(END, PAD, LONGEST, start=start, table=table)
    started = time.process_time()
    written = write(model, [each.ids for each in sources], search)
    return time.process_time() - started, table.seconds, sum(len(each.log_probs) for each in written)


if __name__ == "__main__":
    main()
