"""Many items worked on by several processes, and what comes of them, in the order of the items."""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from alambic.batched import batched
from alambic.runtime.exit_reason import EarlyExit, ExitReason
from alambic.runtime.parent_death import follow_parent

NOT_IN_FINGERPRINT = "how work is spread over processes; what comes of it is in the order of the items"

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 32  # items that go to a process together
BATCHES = 2  # of each process, that wait or are worked on: what is in memory at once

_function: Any = None  # of a worker process


def parallel_map(function: Callable[[T], Iterable[R]], items: Iterable[T], *, processes: int) -> Iterator[R]:
    """Yield the results of `function(item)` for each item, by `processes` workers; with fewer than two, by this one.

    `lambda n: [n, n]` over 1, 2 -> 1, 1, 2, 2. Workers are forked, so that `function` need not be sent to them; items
    and results are. Raises EarlyExit where a worker was killed, and what `function` raises.
    """
    if processes < 2:
        for item in items:
            yield from function(item)
        return
    context = multiprocessing.get_context("fork")
    waiting: deque[Future[list[R]]] = deque()
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(function,)) as pool:
        try:
            for batch in batched(items, AT_ONCE):
                waiting.append(pool.submit(_apply, batch))
                if len(waiting) == BATCHES * processes:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        except BrokenProcessPool as error:
            raise EarlyExit(ExitReason.LOST_RANK, f"a process that lays examples out was killed ({error})") from error
        finally:
            pool.shutdown(cancel_futures=True)


def _begin(function: Any) -> None:
    global _function
    follow_parent()
    _function = function


def _apply(items: list[Any]) -> list[Any]:
    return [result for item in items for result in _function(item)]
