"""A list of test texts that may not be at hand: their hashes under a salt, and not a word of them."""

import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from alambic.data.checksums import checksum
from alambic.data.documents import write_table
from alambic.errors import UserError
from alambic.settings import Embargo
from alambic.stages.clean.decontamination.reading import read_words
from alambic.stages.clean.decontamination.text_hashes import LONG, PERMUTATIONS, RUN, SHINGLE, TextHasher, TextHashes

MARK = b"alambic.embargo"
# Lists that were made otherwise would find nothing.
MADE_BY = {"run": RUN, "long": LONG, "shingle": SHINGLE, "permutations": PERMUTATIONS, "version": 1}
SCHEMA = pa.schema(
    [
        ("words", pa.int64()),
        ("whole", pa.uint64()),
        ("runs", pa.list_(pa.uint64())),
        ("sketch", pa.list_(pa.uint64())),
    ]
)


def write_embargo(texts: Iterable[str], path: Path, *, name: str, salt: bytes) -> int:
    """Write the hashes of `texts` as one Parquet file; return how many there are, alike ones once."""
    hasher = TextHasher(salt)
    word_lists = (words for text in texts if (words := read_words(text)))
    hashes = {text.whole: text for text in map(hasher.hash_text, word_lists)}
    rows = [vars(hashes[whole]) for whole in sorted(hashes)]  # in no order that the texts had
    about = json.dumps({"name": name, "salt": salt.hex(), **MADE_BY})
    write_table(pa.Table.from_pylist(rows, schema=SCHEMA.with_metadata({MARK: about.encode()})), path)
    return len(rows)


def read_embargo(settings: Embargo) -> tuple[str, TextHasher, list[TextHashes]]:
    """Read a list's name, its hasher and its texts' hashes; UserError where it is not there, or another file."""
    path = Path(settings.path)
    if not path.is_file():
        raise UserError(f"embargo {path} is missing: bring it, or make one by `python -m alambic embargo FOLDER`")
    actual = checksum(path)
    if actual != settings.sha256:
        raise UserError(f"embargo {path} has sha256 {actual}, expected {settings.sha256}: bring that file, or pin this")
    try:
        table = pq.read_table(path)
        about = json.loads(table.schema.metadata[MARK])
    except (pa.ArrowInvalid, KeyError, TypeError) as error:
        raise UserError(f"embargo {path} is none: make one by `python -m alambic embargo FOLDER`") from error
    if {key: about.get(key) for key in MADE_BY} != MADE_BY:
        raise UserError(f"embargo {path} was made with {about}, expected {MADE_BY}: make it anew")
    hashes = [
        TextHashes(row["words"], row["whole"], tuple(row["runs"]), tuple(row["sketch"])) for row in table.to_pylist()
    ]
    return about["name"], TextHasher(bytes.fromhex(about["salt"])), hashes
