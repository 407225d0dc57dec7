"""A small Hugging Face hub on this machine: repositories at one commit, served as the hub does.

Large files lie elsewhere, as git-lfs pointers or in xet storage; a gated repository answers those who have a token.
"""

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

NONE: tuple[int, Mapping[str, str]] = (0, {})  # no fault
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """Serves `files` of the repository `name`, and `others`, at COMMIT; `faults` answer, one by one, those for files.

    `api_faults` answer those for the state of a repository. `large` names the files that lie in another storage: `lfs`,
    behind an address signed for a while, or `xet`.
    """

    daemon_threads = True

    def __init__(self, name: str, files: Mapping[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.name, self.files = name, files
        self.others: dict[str, Mapping[str, bytes]] = {}
        self.gated: dict[str, str] = {}  # by repository, the token that opens it
        self.large: dict[str, str] = {}  # by file, "lfs" or "xet"
        self.api_faults: list[tuple[int, Mapping[str, str]]] = []
        self.tokens: set[str] = set()  # seen in any request, by path
        self.faults: list[tuple[int, Mapping[str, str]]] = []
        self.asked: list[tuple[str, str, str | None]] = []  # method, path and Range of every request

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def storage(self) -> str:
        """Give the address of another host, to which no token of the hub belongs."""
        return f"http://localhost:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    """The four kinds of requests by which a data set is read: its state, its folders, its files, parts of files."""

    server: Hub
    files: Mapping[str, bytes]  # of the repository that is asked for
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append((self.command, path, self.headers.get("Range")))
        if authorization := self.headers.get("Authorization"):
            self.server.tokens.add(f"{path.split('/')[1]} {authorization.removeprefix('Bearer ')}")
        if path.startswith(("/lfs/", "/v1/reconstructions/", "/v2/reconstructions/", "/xorbs/")):
            self.answer_storage(path)
            return
        found = re.fullmatch(
            r"/(api/)?(?:(?:datasets|models)/)?([\w-]+/[\w.-]+)/(revision|tree|resolve|auth-check|xet-read-token)/?(\w*)/?(.*)",
            path,
        )
        repositories = {self.server.name: self.server.files, **self.server.others}
        if found is None or found[2] not in repositories:
            self.send(404 if self.headers.get("Authorization") else 401, b"{}", {"X-Error-Code": "RepoNotFound"})
            return
        self.files = repositories[found[2]]
        gate = self.server.gated.get(found[2], "")
        opened = not gate or self.headers.get("Authorization") == f"Bearer {gate}"
        if found[3] == "revision" and self.server.api_faults:
            status, headers = self.server.api_faults.pop(0)
            self.send(status, b"{}", headers)
        elif found[3] == "auth-check":
            self.send(*(200, b"{}", {}) if opened else (401, b"{}", {"X-Error-Code": "GatedRepo"}))
        elif found[4] not in (COMMIT, "main"):
            self.send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        elif found[3] == "revision":
            self.send_json({"id": found[2], "sha": COMMIT, "private": False, "gated": "manual" if gate else False,
                            "tags": [], "siblings": [{"rfilename": name} for name in self.files]})  # fmt: skip
        elif found[3] == "tree":
            recursive = parse_qs(urlsplit(self.path).query).get("recursive", ["false"])[0].lower() == "true"
            self.send_json(self.entries(found[5], recursive=recursive))
        elif found[3] == "xet-read-token":
            expires = str(int(time.time()) + 3600)
            self.send(200, b"{}", {"X-Xet-Cas-Url": self.server.storage, "X-Xet-Access-Token": "xet-token-of-an-hour",
                                   "X-Xet-Token-Expiration": expires})  # fmt: skip
        elif not opened:
            self.send(401, b"{}", {"X-Error-Code": "GatedRepo"})
        elif found[5] not in self.files:
            self.send(404, b"{}", {"X-Error-Code": "EntryNotFound"})
        elif found[5] in self.server.large:
            self.send_elsewhere(found[2], found[5])
        else:
            self.send_file(self.files[found[5]])

    def send_elsewhere(self, repository: str, name: str) -> None:
        """Say where a large file lies; its headers are for those who know xet, its redirection for all."""
        content = self.files[name]
        headers = {
            "X-Repo-Commit": COMMIT,
            "X-Linked-Size": str(len(content)),
            "X-Linked-Etag": f'"{sha256(content)}"',
            "Location": f"{self.server.storage}/lfs/{sha256(content)}?X-Amz-Signature=signed-secret-of-an-hour",
        }
        if self.server.large[name] == "xet":
            headers["X-Xet-Hash"] = sha256(content)
            headers["X-Xet-Refresh-Route"] = f"{self.server.url}/api/models/{repository}/xet-read-token/{COMMIT}"
        self.send(302, b"", headers)

    def answer_storage(self, path: str) -> None:
        """Give what large files consist of: in LFS the bytes, in xet one chunk in one xorb."""
        everything = [
            *self.server.files.values(),
            *(c for files in self.server.others.values() for c in files.values()),
        ]
        wanted = path.rpartition("/")[2]
        content = next(each for each in everything if sha256(each) == wanted)
        packed = b"\0" + len(content).to_bytes(3, "little") + b"\0" + len(content).to_bytes(3, "little") + content
        if path.startswith("/lfs/"):
            self.send_file(content)
        elif path.startswith("/xorbs/"):
            self.send_file(packed)
        elif path.startswith("/v2/"):
            self.send(404, b"", {})
        else:
            chunks = {"start": 0, "end": 1}
            url = f"{self.server.storage}/xorbs/{wanted}"
            term = {"hash": wanted, "unpacked_length": len(content), "range": chunks}
            fetched = {"range": chunks, "url": url, "url_range": {"start": 0, "end": len(packed) - 1}}
            self.send_json({"offset_into_first_range": 0, "terms": [term], "fetch_info": {wanted: [fetched]}})

    def entries(self, folder: str, *, recursive: bool) -> list[dict[str, object]]:
        """List a folder of the repository."""
        found: dict[str, dict[str, object]] = {}
        for name, content in self.files.items():
            if not name.startswith(folder and f"{folder}/"):
                continue
            inner = name.removeprefix(f"{folder}/").split("/")
            if len(inner) > 1:
                above = name.rpartition("/")[0]
                found[above] = {"type": "directory", "path": above, "oid": COMMIT, "size": 0}
            if len(inner) == 1 or recursive:
                found[name] = {"type": "file", "path": name, "oid": digest(content), "size": len(content)}
                if name in self.server.large:
                    found[name]["lfs"] = {"oid": sha256(content), "size": len(content), "pointerSize": 130}
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


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextmanager
def hub_with(name: str, files: Mapping[str, bytes]) -> Iterator[Hub]:
    """Run a hub that has one data set."""
    with Hub(name, files) as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()
