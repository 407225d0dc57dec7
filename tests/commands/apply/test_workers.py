"""Texts are spread over processes, each answered once, and a process that is lost is one error."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from alambic.commands.apply.certificates.coder import Coder
from alambic.commands.apply.certificates.workers import Remembered, Workers
from alambic.errors import UserError


class Noting(Coder):
    """Notes which texts each process was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def code(self, texts: Sequence[str]) -> list[Any]:
        with (self.folder / str(os.getpid())).open("a") as stream:
            stream.writelines(f"{text}\n" for text in texts)
        return [text.upper() for text in texts]


class Killed(Coder):
    """Is killed as the system kills what takes too much memory."""

    def __init__(self) -> None:
        pass

    def code(self, texts: Sequence[str]) -> list[Any]:
        os.kill(os.getpid(), signal.SIGKILL)
        return []


@pytest.mark.parametrize("processes", [1, 3])
def test_each_text_is_asked_for_once_by_whichever_process(tmp_path: Path, processes: int) -> None:
    portions = [["a", "b", "c", "a"], ["b", "d", "e"], ["a", "e", "f"], ["f", "b", "g"]]
    with Workers(lambda: Noting(tmp_path), processes=processes, threads=1) as workers:
        remembered = Remembered(workers, "code")
        asked = [remembered.ask((text, text) for text in portion) for portion in portions]
        given = [remembered.take(each) for each in asked]
    assert given == [{text: text.upper() for text in portion} for portion in portions]
    files = list(tmp_path.iterdir())
    assert sorted("".join(file.read_text() for file in files).split()) == list("abcdefg")
    assert (str(os.getpid()) in {file.name for file in files}) == (processes == 1)


def test_what_is_remembered_is_bounded(tmp_path: Path) -> None:
    with Workers(lambda: Noting(tmp_path), processes=1, threads=1) as workers:
        remembered = Remembered(workers, "code", most=3)
        for text in "abacadae":  # the one that comes again stays
            assert remembered.take(remembered.ask([(text, text)])) == {text: text.upper()}
        assert len(remembered.results) == 3
    (file,) = tmp_path.iterdir()
    assert file.read_text().split() == list("abcde")


def test_a_process_that_was_killed_is_one_error() -> None:
    with Workers(Killed, processes=2, threads=1) as workers:
        remembered = Remembered(workers, "code")
        with pytest.raises(UserError, match=r"was killed .* run again: what was written stays"):
            remembered.take(remembered.ask([("a", "a"), ("b", "b")]))
