"""Snakemake's logger plug-in of Alambic.

Loaded by Snakemake before it reads `--configfile`: the experiment is then read as Alambic's own commands read it.
Snakemake's reading ends in a traceback where a file is not UTF-8 or nested without end, and runs code that a file may
hold.

With `--logger alambic` it shows a run: one line while it goes on, and a block for what failed. What Snakemake and the
jobs write goes to the log.
"""

import logging
import re
import time
from logging import LogRecord
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from alambic.settings.compat import read_configuration_by

read_configuration_by()

SHOWN = "alambic"  # marks a message of the workflow for the person who started it
LOGS = Path(".snakemake", "log")
# What Snakemake says where a job failed: the block says more.
FOLLOWS = (
    "Exiting because a job execution failed",
    "At least one job did not complete",
    "WorkflowError:\nAt least one job did not complete",
    "RuleException:\nCalledProcessError",
    "Error in rule",
)
# The place in the workflow where an error was raised: before the message, or after it.
WHERE = re.compile(r"^\w+ in file [^\n]*, line \d+:\n|\n  File \"[^\n]*\", line \d+, in [^\n]*")


class LogHandler(LogHandlerBase):
    """The state of a run on a terminal."""

    def __post_init__(self) -> None:
        """Take the terminal over."""
        from alambic.commands.console.board import Board
        from alambic.commands.console.durations import earlier_seconds
        from alambic.commands.console.screen import Screen

        self.board = Board(earlier=earlier_seconds(Path("artifacts")))
        self.log = LOGS / time.strftime("%Y-%m-%dT%H%M%S.console.log")
        self.screen = Screen(self.board.line, log=self.log)
        self.shown: set[str] = set()
        self.closed = False

    def emit(self, record: LogRecord) -> None:
        """Take notice of an event."""
        fields: dict[str, Any] = record.__dict__
        event = fields.get("event")
        if event == LogEvent.RUN_INFO:
            counts = {rule: count for rule, count in fields["stats"].items() if rule not in ("all", "total")}
            self.board.wanted.clear()
            self.board.wanted.update({rule: int(count) for rule, count in counts.items()})
        elif event == LogEvent.JOB_INFO and fields["rule_name"] != "all":
            self._job_starts(fields)
        elif event == LogEvent.JOB_FINISHED:
            job = self.board.finish(fields["job_id"])
            if job is not None:
                self.screen.note(f"{job.name}: done in {job.seconds:.0f} s ({self.board.line().partition(' | ')[0]})")
        elif event == LogEvent.JOB_ERROR:
            job = self.board.fail(fields["jobid"])
            if job is not None:
                self.screen.say(f"{job.name} has failed; what does not need it goes on")
        elif fields.get(SHOWN):
            self._say(record.getMessage())
        elif record.getMessage().startswith("Nothing to be done"):
            self._say("Nothing is to be done: every result is there, in results/")
        elif record.levelno >= logging.WARNING and event in (None, LogEvent.ERROR):
            text = WHERE.sub("", record.getMessage()).strip()
            if not text.startswith(FOLLOWS):
                self._say(text)

    def _job_starts(self, fields: dict[str, Any]) -> None:
        given = fields["wildcards"]
        folder = Path(fields["output"][0]).parent if fields["output"] and "stage" in dict(given) else None
        log = Path(fields["log"][0]) if fields["log"] else None
        job = self.board.start(fields["jobid"], fields["rule_name"], dict(given).get("item", ""), folder, log)
        if self.common_settings.dryrun:
            self.screen.say(f"{job.name} would run")
        else:
            self.screen.note(f"{job.name} starts")

    def _say(self, text: str) -> None:
        """Say something, once."""
        if text and text not in self.shown:
            self.shown.add(text)
            self.screen.say(text)

    def close(self) -> None:
        """Give the terminal back, and tell what failed."""
        if self.closed:
            return
        self.closed = True
        self.screen.close()
        if not self.shown and not self.board.failed and self.board.finished:
            self._say(self.board.line().partition(" | ")[0])
        failures = list(self.board.failures())
        for line in failures:
            self.screen.say(line)
        if failures:
            self.screen.say(f"All that was written: {self.log}")
        super().close()

    @property
    def writes_to_stream(self) -> bool:
        """It writes to the terminal, instead of Snakemake."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """It writes to no file that Snakemake keeps account of."""
        return False

    @property
    def has_filter(self) -> bool:
        """It takes every record."""
        return True

    @property
    def has_formatter(self) -> bool:
        """Snakemake's format serves what it says by itself."""
        return False

    @property
    def needs_rulegraph(self) -> bool:
        """It needs no graph of the rules."""
        return False
