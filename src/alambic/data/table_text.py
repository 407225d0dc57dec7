"""Text of tables that came through a spreadsheet: its byte order mark, and its separator."""

import codecs
import csv
import io
import sys
from collections.abc import Iterator, Sequence

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # one of them begins a file in UTF-16


def numbered_rows(text: str, separators: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a table, separated as its header is, each with the line on which it ends, from 1.

    A cell may be of any length.
    """
    separator = max(separators, key=text.partition("\n")[0].count)
    csv.field_size_limit(sys.maxsize)  # the default, 128 kB, is an error of its own kind
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    for cells in reader:
        yield reader.line_num, cells
