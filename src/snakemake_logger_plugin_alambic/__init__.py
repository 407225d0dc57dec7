"""Loaded by Snakemake before it reads `--configfile`: the experiment is then read as Alambic's own commands read it.

Snakemake's reading ends in a traceback where a file is not UTF-8 or nested without end, and runs code that a file may
hold. A plug-in of this name must offer a log handler; this one writes nothing, and nothing asks for it.
"""

from logging import LogRecord

from snakemake_interface_logger_plugins.base import LogHandlerBase

from alambic.settings.compat import read_configuration_by

read_configuration_by()


class LogHandler(LogHandlerBase):
    """The log handler that Snakemake expects of a plug-in."""

    def __post_init__(self) -> None:
        """Set nothing up."""

    def emit(self, record: LogRecord) -> None:
        """Write nothing."""

    @property
    def writes_to_stream(self) -> bool:
        """It writes to no stream."""
        return False

    @property
    def writes_to_file(self) -> bool:
        """It writes to no file."""
        return False

    @property
    def has_filter(self) -> bool:
        """It has no filter of its own."""
        return False

    @property
    def has_formatter(self) -> bool:
        """It has no format of its own."""
        return False

    @property
    def needs_rulegraph(self) -> bool:
        """It needs no graph of the rules."""
        return False
