"""Where the state of a run is shown: a line that is redrawn on a terminal, plain lines elsewhere."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text


class Screen:
    """The terminal or file of a run, which keeps what others write to it out of sight: that goes to a log."""

    def __init__(self, line: Callable[[], str], *, log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self._out: TextIO = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace")
        with log.open("ab") as stream:
            for descriptor in (1, 2):
                os.dup2(stream.fileno(), descriptor)
        self._console = Console(file=self._out, highlight=False, soft_wrap=False)
        self._live = None
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._live = Live(
                get_renderable=lambda: Text(line(), no_wrap=True, overflow="ellipsis"),
                console=self._console,
                refresh_per_second=1,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()

    @property
    def is_redrawn(self) -> bool:
        """Whether it is a terminal, on which a line can be redrawn."""
        return self._live is not None

    def say(self, text: str) -> None:
        """Write lines that stay."""
        if self._live is not None:
            self._console.print(Text(text), soft_wrap=True)
        else:
            self._out.write(f"{text}\n")
            self._out.flush()

    def note(self, text: str) -> None:
        """Write a line of the course of events, where nothing is redrawn."""
        if self._live is None:
            self.say(f"{time.strftime('%H:%M:%S')} {text}")

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._out.flush()
