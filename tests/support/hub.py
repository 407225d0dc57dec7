"""A small Hugging Face hub on this machine: data sets as git repositories at one commit, served as the hub does."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

NONE: tuple[int, Mapping[str, str]] = (0, {})  # no fault
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """Serves `files` of the data set `name` at COMMIT; `faults` answer, one by one, those for files."""

    daemon_threads = True

    def __init__(self, name: str, files: Mapping[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.name, self.files = name, files
        self.faults: list[tuple[int, Mapping[str, str]]] = []
        self.asked: list[tuple[str, str, str | None]] = []  # method, path and Range of every request

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    """The four kinds of requests by which a data set is read: its state, its folders, its files, parts of files."""

    server: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append((self.command, path, self.headers.get("Range")))
        found = re.fullmatch(
            rf"/(api/)?(?:datasets|models)/{self.server.name}/(revision|tree|resolve)/(\w+)/?(.*)", path
        )
        if found is None or found[3] not in (COMMIT, "main"):
            self.send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        elif found[2] == "revision":
            self.send_json({"id": self.server.name, "sha": COMMIT, "private": False, "gated": False, "tags": [],
                            "siblings": [{"rfilename": name} for name in self.server.files]})  # fmt: skip
        elif found[2] == "tree":
            recursive = parse_qs(urlsplit(self.path).query).get("recursive", ["false"])[0].lower() == "true"
            self.send_json(self.entries(found[4], recursive=recursive))
        elif found[4] not in self.server.files:
            self.send(404, b"{}", {"X-Error-Code": "EntryNotFound"})
        else:
            self.send_file(self.server.files[found[4]])

    def entries(self, folder: str, *, recursive: bool) -> list[dict[str, object]]:
        """List a folder of the repository."""
        found: dict[str, dict[str, object]] = {}
        for name, content in self.server.files.items():
            if not name.startswith(folder and f"{folder}/"):
                continue
            inner = name.removeprefix(f"{folder}/").split("/")
            if len(inner) > 1:
                above = name.rpartition("/")[0]
                found[above] = {"type": "directory", "path": above, "oid": COMMIT, "size": 0}
            if len(inner) == 1 or recursive:
                found[name] = {"type": "file", "path": name, "oid": digest(content), "size": len(content)}
        return list(found.values())

    def send_file(self, content: bytes) -> None:
        headers = {"ETag": f'"{digest(content)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        faulty = self.command == "GET" and bool(self.server.faults)
        status, more = self.server.faults.pop(0) if faulty else NONE
        if status:
            self.send(status, b"", more)
        elif wanted := self.headers.get("Range"):
            start, end = (int(place) for place in wanted.removeprefix("bytes=").split("-"))
            part = content[start : end + 1]
            headers["Content-Range"] = f"bytes {start}-{start + len(part) - 1}/{len(content)}"
            self.send(206, part, headers)
        else:
            self.send(200, content, headers)

    def send_json(self, answer: object) -> None:
        self.send(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


def digest(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()


@contextmanager
def hub_with(name: str, files: Mapping[str, bytes]) -> Iterator[Hub]:
    """Run a hub that has one data set."""
    with Hub(name, files) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()
