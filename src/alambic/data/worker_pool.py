"""Many things worked on by several processes, and what comes of them, in the order of the things."""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from alambic.batched import batched
from alambic.runtime.exit_reason import Ended, Why
from alambic.runtime.parent_death import serve_parent

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 32  # things that go to a process together
BATCHES = 2  # of each process, that wait or are worked on: what is in memory at once

_work: Any = None  # of a process beside


def side_by_side(work: Callable[[T], Iterable[R]], things: Iterable[T], *, processes: int) -> Iterator[R]:
    """Give what `work` makes of each thing, by `processes` beside this one; with fewer than two, by this one.

    Processes are forked, so that `work` need not be sent to them; things and what comes of them are. Raises Ended where
    one was killed, and what `work` raises.
    """
    if processes < 2:
        for thing in things:
            yield from work(thing)
        return
    context = multiprocessing.get_context("fork")
    waiting: deque[Future[list[R]]] = deque()
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(work,)) as pool:
        try:
            for batch in batched(things, AT_ONCE):
                waiting.append(pool.submit(_do, batch))
                if len(waiting) == BATCHES * processes:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        except BrokenProcessPool as error:
            raise Ended(Why.LOST_RANK, f"a process that lays examples out was killed ({error})") from error
        finally:
            pool.shutdown(cancel_futures=True)


def _begin(work: Any) -> None:
    global _work
    serve_parent()
    _work = work


def _do(things: list[Any]) -> list[Any]:
    return [found for thing in things for found in _work(thing)]
