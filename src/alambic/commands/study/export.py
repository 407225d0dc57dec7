"""`study export`: what the server has, as the files that pages export; each participant once."""

import csv
import sys
from io import StringIO
from pathlib import Path

from alambic.commands.study.found import find_study
from alambic.commands.study.sent import rows_of_key
from alambic.commands.study.store import Store
from alambic.errors import UserError, nearest
from alambic.runtime.whole_file import write_atomically
from alambic.studies.protocol import Protocol
from alambic.studies.records import COLUMNS


def export(item: str, database: Path, folder: Path, *, unfinished: bool, again: bool) -> None:
    """Write p001.csv and so on, then note in the database that they were."""
    protocol = find_study(item)
    store = Store(database, protocol, make=False)
    before = store.exported()
    chosen = store.exportable(unfinished=unfinished, again=again)
    folder.mkdir(parents=True, exist_ok=True)
    for participant in chosen:
        write_atomically(folder / f"{participant}.csv", _file(store, participant, protocol))
    store.mark_exported(chosen)
    sys.stdout.write(f"{len(chosen)} files in {folder}\n")
    passed = [f"{name} ({moment})" for name, moment in before.items() if name not in chosen]
    if passed:
        sys.stdout.write(f"exported before, and not again without --again: {', '.join(passed)}\n")
    store.close()


def erase(item: str, database: Path, participant: str) -> None:
    """Erase what the server has of one participant; files that were exported are not touched."""
    protocol = find_study(item)
    if participant not in protocol.participants:
        raise UserError(f"--participant {participant}: {nearest(participant, protocol.participants)}")
    store = Store(database, protocol, make=False)
    store.withdraw(participant)
    store.close()
    sys.stdout.write(f"{participant} is erased from {database}; erase {participant}.csv too where it was exported\n")


def _file(store: Store, participant: str, protocol: Protocol) -> str:
    saved = store.saved(participant)
    keys = [key for key in protocol.expected_keys(participant) if key in saved]
    stream = StringIO()
    writer = csv.DictWriter(stream, COLUMNS)
    writer.writeheader()
    for key in keys:
        writer.writerows(rows_of_key(key, saved[key], participant, protocol))
    return "\ufeff" + stream.getvalue()
