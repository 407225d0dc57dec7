"""Texts spread over processes, each answered once: what was answered before is remembered, up to a bound."""

import multiprocessing
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from alambic.commands.apply.certificates.coder import Coder
from alambic.errors import UserError
from alambic.runtime.parent_death import follow_parent

REMEMBERED = 100_000  # texts: about 100 MB

_make: Any = None  # of a worker process
_coder: Any = None


class Workers:
    """Some processes that code, or this very one; each opens the systems when it is first asked."""

    def __init__(self, make: Callable[[], Coder], *, processes: int, threads: int) -> None:
        self.make, self.processes, self.threads = make, processes, threads
        self.pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        if self.processes > 1:
            context = multiprocessing.get_context("fork")  # what the parent has read is shared, not copied
            given = (self.make, self.threads or 1)
            self.pool = ProcessPoolExecutor(self.processes, mp_context=context, initializer=_begin, initargs=given)
        else:
            _use(self.make, self.threads)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)
        _use(None, 0)

    def ask(self, method: str, items: Sequence[Any]) -> list[tuple[slice, Future[list[Any]]]]:
        """Have a method of the coder called on the items, shared out over the processes; say which are in each part."""
        if self.pool is None:
            answered: Future[list[Any]] = Future()
            answered.set_result(_call(method, items) if items else [])
            return [(slice(None), answered)]
        parts = [slice(start, None, self.processes) for start in range(min(self.processes, len(items)))]
        return [(part, self.pool.submit(_call, method, items[part])) for part in parts]


def _begin(make: Callable[[], Coder], threads: int) -> None:
    follow_parent()
    _use(make, threads)


def _use(make: Callable[[], Coder] | None, threads: int) -> None:
    global _make, _coder
    _make, _coder = make, None
    if threads:
        import torch

        torch.set_num_threads(threads)


def _call(method: str, items: Sequence[Any]) -> list[Any]:
    global _coder
    if _coder is None:
        _coder = _make()
    result: list[Any] = getattr(_coder, method)(items)
    return result


@dataclass(frozen=True)
class Asked:
    """What was asked for together: what was known of it, and what is being worked out."""

    keys: tuple[str, ...]
    known: Mapping[str, Any]
    parts: Sequence[tuple[Sequence[str], Future[list[Any]]]]


class Remembered:
    """The results of one method of the coder, by the text of an item; each is asked for once.

    What was asked for first must be taken first.
    """

    def __init__(self, workers: Workers, method: str, *, most: int = REMEMBERED) -> None:
        self.workers, self.method, self.most = workers, method, most
        self.results: OrderedDict[str, Any] = OrderedDict()
        self.pending: set[str] = set()

    def ask(self, items: Iterable[tuple[str, Any]]) -> Asked:
        """Begin with what is not known; items are pairs of a text and what the method takes."""
        distinct = dict(items)
        known = {key: self.results[key] for key in distinct if key in self.results}
        new = [key for key in distinct if key not in known and key not in self.pending]
        new.sort(key=lambda key: (len(key), key))  # texts of one length are read together
        self.pending |= set(new)
        parts = self.workers.ask(self.method, [distinct[key] for key in new])
        return Asked(tuple(distinct), known, [(new[part], future) for part, future in parts])

    def take(self, asked: Asked) -> dict[str, Any]:
        """Give the results of what was asked for; UserError where a process was killed."""
        for keys, future in asked.parts:
            try:
                results = future.result()
            except BrokenProcessPool as error:
                raise UserError(
                    f"a process that codes was killed ({error}): memory may be short; give fewer --processes, and "
                    "run again: what was written stays"
                ) from error
            self.results.update(zip(keys, results, strict=True))
            self.pending.difference_update(keys)
        given = {key: asked.known[key] if key in asked.known else self.results[key] for key in asked.keys}
        for key in given:
            if key in self.results:
                self.results.move_to_end(key)
        while len(self.results) > self.most:
            self.results.popitem(last=False)
        return given
