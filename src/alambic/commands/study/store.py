"""The answers of a room of people, in a SQLite file: what was acknowledged is on the disk."""

import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alambic.errors import UserError
from alambic.studies.protocol import Protocol

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # of codes: none is taken for another
CODE_LENGTH = 8
TABLES = """
CREATE TABLE study (digest TEXT NOT NULL);
CREATE TABLE participants
  (participant TEXT PRIMARY KEY, code TEXT UNIQUE NOT NULL, exported_at TEXT, withdrawn_at TEXT);
CREATE TABLE sessions (token TEXT PRIMARY KEY, participant TEXT NOT NULL);
CREATE TABLE records
  (participant TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (participant, key));
"""


class Store:
    """One database, which several threads may use."""

    def __init__(self, path: Path, protocol: Protocol, *, make: bool) -> None:
        if not make and not path.is_file():
            raise UserError(f"--database {path} does not exist: give the file that `study serve` wrote")
        self.path, self.protocol = path, protocol
        self._lock = threading.Lock()
        try:
            self._open(make=make)
        except sqlite3.Error as error:
            raise UserError(f"--database {path}: {error}: expected a file that `study serve` wrote") from error

    def _open(self, *, make: bool) -> None:
        if make and not self.path.exists():
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # others may not read it
        self._connection = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "busy_timeout = 10000"):
            self._connection.execute(f"PRAGMA {pragma}")
        with self._transaction() as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'study'").fetchone():
                self._make_tables(connection)
        (digest,) = self._connection.execute("SELECT digest FROM study").fetchone()
        if digest != self.protocol.digest:
            raise UserError(
                f"--database {self.path} is of protocol {digest}, this study of {self.protocol.digest}: give another"
            )

    def _make_tables(self, connection: sqlite3.Connection) -> None:
        for statement in TABLES.split(";"):
            connection.execute(statement)
        connection.execute("INSERT INTO study VALUES (?)", (self.protocol.digest,))
        codes: set[str] = set()
        while len(codes) < len(self.protocol.participants):
            codes.add("".join(secrets.choice(SIGNS) for _ in range(CODE_LENGTH)))
        rows = zip(self.protocol.participants, codes, strict=True)
        connection.executemany("INSERT INTO participants (participant, code) VALUES (?, ?)", rows)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit at the end of the block, with all that it wrote on the disk, or nothing."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def codes(self) -> dict[str, str]:
        """Give the code of each participant."""
        with self._lock:
            return dict(self._connection.execute("SELECT participant, code FROM participants ORDER BY participant"))

    def enter(self, code: str) -> str | None:
        """Give a token for whoever has this code; None where nobody has it, or what he answers is closed."""
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT participant FROM participants WHERE code = ? AND exported_at IS NULL AND withdrawn_at IS NULL",
                (code,),
            ).fetchone()
            if row is None or self._is_finished(connection, row[0]):
                return None
            token = secrets.token_urlsafe(32)
            connection.execute("INSERT INTO sessions VALUES (?, ?)", (token, row[0]))
            return token

    def participant(self, token: str) -> str | None:
        """Say whose token it is."""
        with self._lock:
            row = self._connection.execute("SELECT participant FROM sessions WHERE token = ?", (token,)).fetchone()
        return row[0] if row else None

    def saved(self, participant: str) -> dict[str, Any]:
        """Give what a participant has answered, by key."""
        with self._lock:
            return _saved(self._connection, participant)

    def keep(self, participant: str, key: str, value: Mapping[str, Any]) -> None:
        """Keep an answer, on the disk when this returns; of two to the same question the first stands."""
        with self._transaction() as connection:
            written = json.dumps(value, ensure_ascii=False)
            connection.execute("INSERT OR IGNORE INTO records VALUES (?, ?, ?)", (participant, key, written))

    def is_finished(self, participant: str) -> bool:
        """Tell whether a participant has answered all."""
        with self._lock:
            return self._is_finished(self._connection, participant)

    def withdraw(self, participant: str) -> None:
        """Erase all that a participant answered, and close his code."""
        with self._transaction() as connection:
            for table in ("records", "sessions"):
                connection.execute(f"DELETE FROM {table} WHERE participant = ?", (participant,))
            connection.execute("UPDATE participants SET withdrawn_at = ? WHERE participant = ?", (_now(), participant))
        with self._lock:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # of which the log has still a copy

    def exportable(self, *, unfinished: bool, again: bool) -> list[str]:
        """Name those who have finished, or also those who began, and were not exported yet."""
        with self._transaction() as connection:
            of_all = "SELECT participant, exported_at FROM participants ORDER BY participant"
            rows = connection.execute(of_all).fetchall()
            return [
                participant
                for participant, exported in rows
                if (again or exported is None)
                and (self._is_finished(connection, participant) or (unfinished and _saved(connection, participant)))
            ]

    def exported(self) -> dict[str, str]:
        """Say when each was exported."""
        with self._lock:
            rows = "SELECT participant, exported_at FROM participants WHERE exported_at IS NOT NULL"
            return dict(self._connection.execute(rows))

    def mark_exported(self, participants: list[str]) -> None:
        """Note that their files were written; from now on their codes are closed."""
        with self._transaction() as connection:
            for participant in participants:
                connection.execute(
                    "UPDATE participants SET exported_at = coalesce(exported_at, ?) WHERE participant = ?",
                    (_now(), participant),
                )
                connection.execute("DELETE FROM sessions WHERE participant = ?", (participant,))

    def _is_finished(self, connection: sqlite3.Connection, participant: str) -> bool:
        saved = _saved(connection, participant)
        return all(key in saved for key in self.protocol.expected_keys(participant))

    def close(self) -> None:
        """End the connection."""
        with self._lock:
            self._connection.close()


def _saved(connection: sqlite3.Connection, participant: str) -> dict[str, Any]:
    rows = connection.execute("SELECT key, value FROM records WHERE participant = ?", (participant,))
    return {key: json.loads(value) for key, value in rows}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
