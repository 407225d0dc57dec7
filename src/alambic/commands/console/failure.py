"""Why a job failed, told once: from the journal of its attempts, else from the end of its log."""

import re
from pathlib import Path

from alambic.jobs.attempts import read_attempts
from alambic.runtime.exit_reason import ExitReason

LOG_LINE = re.compile(r"^\d\d:\d\d:\d\d alambic[\w.]*: (.*)$")
LONGEST = 20  # lines of a message

REMEDIES = {
    ExitReason.OUT_OF_MEMORY.value: "give the job more memory, or a smaller batch_size or sequence length",
    ExitReason.HANG.value: "look at the machine; the same command goes on at the last checkpoint",
    ExitReason.LOST_RANK.value: "a process was killed, by memory or by somebody; the same command goes on",
    ExitReason.NODE_FAILURE.value: "the same command goes on, on another node",
    ExitReason.ASKED_TO_STOP.value: "the same command goes on",
    ExitReason.WALL_LIMIT.value: "the same command goes on",
}


def why_it_failed(folder: Path | None, log: Path | None) -> list[str]:
    """Give the lines of the message that ended a job, and the remedy where the message is not its own."""
    attempts = read_attempts(folder) if folder is not None else []
    why, detail = (attempts[-1].why, attempts[-1].detail) if attempts else (None, "")
    message = _message(log, detail) or ([detail] if detail else _last_lines(log))
    remedy = REMEDIES.get(why or "")
    return [*message, *([f"remedy: {remedy}"] if remedy else [])]


def _message(log: Path | None, beginning: str) -> list[str]:
    """Find in the log the whole of the message of which `beginning` is the first line."""
    lines = _lines(log)
    places = [number for number, line in enumerate(lines) if beginning and beginning in line]
    if not places:
        return []
    first = lines[places[0]]
    match = LOG_LINE.match(first)
    message = [match[1] if match else first]
    for line in lines[places[0] + 1 :]:
        if LOG_LINE.match(line) or re.match(r"^\d\d:\d\d:\d\d |^Traceback ", line):
            break
        message.append(line)
    return message[:LONGEST]


def _last_lines(log: Path | None) -> list[str]:
    """Give the last message of a log, with the lines that belong to it."""
    lines = [line for line in _lines(log) if line.strip()]
    begin = max((number for number, line in enumerate(lines) if LOG_LINE.match(line)), default=len(lines) - 3)
    return [LOG_LINE.sub(r"\1", line) for line in lines[max(begin, 0) :]][-LONGEST:] or ["it said nothing"]


def _lines(log: Path | None) -> list[str]:
    try:
        return log.read_text(encoding="utf-8", errors="replace").splitlines() if log is not None else []
    except OSError:
        return []
