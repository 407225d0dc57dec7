"""Downloads against a real HTTP server on this machine, which breaks off, refuses and lies as told."""

import hashlib
import json
import multiprocessing
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from alambic.data import downloads
from alambic.data.downloads import from_index, from_url
from alambic.data.local_data import folder_digest, pinned_folder
from alambic.errors import UserError

CONTENT = bytes(range(256)) * 4096  # 1 MiB
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves `content` at every path; `faults` are taken one by one, one per request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.ranges = True
        self.faults: list[tuple[str, object]] = []
        self.asked: list[tuple[str, str | None]] = []  # path and Range of every request
        self.pages: dict[str, tuple[str, bytes]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append((self.path, wanted))
        kind, value = self.server.faults.pop(0) if self.server.faults else ("", None)
        if kind == "status":
            status, headers = value  # type: ignore[misc]
            self.send_response(status)
            for header, text in headers.items():
                self.send_header(header, text)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path in self.server.pages:
            media, body = self.server.pages[self.path]
            self._send(200, body, {"Content-Type": media})
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.server.ranges else 0
        if start >= len(self.server.content):
            self._send(416, b"", {})
            return
        body = self.server.content[start:]
        total = len(self.server.content)
        headers = {"Content-Range": f"bytes {start}-{total - 1}/{total}"} if wanted and self.server.ranges else {}
        self._send(206 if headers else 200, body, headers, sent=int(value) if kind == "break" else None)  # type: ignore[call-overload]

    def _send(self, status: int, body: bytes, headers: dict[str, str], sent: int | None = None) -> None:
        self.send_response(status)
        for header, text in headers.items():
            self.send_header(header, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:sent])

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(downloads, "DOWNLOADS", tmp_path / "downloads")
    monkeypatch.setattr(downloads, "FIRST_WAIT", 0.01)
    return tmp_path / "downloads"


def test_a_file_is_downloaded_once_and_then_needs_no_network(server: Server, kept: Path) -> None:
    assert from_url(f"{server.url}/a.bin", SHA256) == kept / "a.bin"
    assert (kept / "a.bin").read_bytes() == CONTENT
    assert not (kept / "a.bin.part").exists()
    from_url(f"{server.url}/a.bin", SHA256)
    assert len(server.asked) == 1


def test_a_broken_connection_is_taken_up_where_it_stopped(server: Server) -> None:
    server.faults = [("break", 5 * downloads.CHUNK - 1)] * 2
    assert from_url(f"{server.url}/a.bin", SHA256).read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == [
        None,
        f"bytes={4 * downloads.CHUNK}-",
        f"bytes={8 * downloads.CHUNK}-",
    ]


def test_breaks_that_bring_bytes_do_not_count_as_failures(server: Server) -> None:
    server.faults = [("break", 100_000)] * (2 * downloads.ATTEMPTS)
    assert from_url(f"{server.url}/a.bin", SHA256).read_bytes() == CONTENT


def test_what_an_earlier_run_left_is_used(server: Server, kept: Path) -> None:
    kept.mkdir()
    (kept / "a.bin.part").write_bytes(CONTENT[:1000])
    assert from_url(f"{server.url}/a.bin", SHA256).read_bytes() == CONTENT
    assert server.asked == [("/a.bin", "bytes=1000-")]


@pytest.mark.parametrize("left", [b"other" * 100, CONTENT + b"too long"], ids=["changed", "longer"])
def test_a_file_that_changed_since_is_started_again(server: Server, kept: Path, left: bytes) -> None:
    kept.mkdir()
    (kept / "a.bin.part").write_bytes(left)
    assert from_url(f"{server.url}/a.bin", SHA256).read_bytes() == CONTENT
    assert server.asked[-1] == ("/a.bin", None)


def test_a_server_without_ranges_is_started_again(server: Server) -> None:
    server.ranges = False
    server.faults = [("break", 300_000)]
    assert from_url(f"{server.url}/a.bin", SHA256).read_bytes() == CONTENT


def test_the_wait_that_the_server_asks_for_is_respected(server: Server) -> None:
    server.faults = [("status", (429, {"Retry-After": "1"}))]
    started = time.monotonic()
    from_url(f"{server.url}/a.bin", SHA256)
    assert time.monotonic() - started >= 1


def test_the_wait_is_bounded(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "LONGEST_WAIT", 0.05)
    server.faults = [("status", (503, {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"})), ("status", (502, {}))]
    from_url(f"{server.url}/a.bin", SHA256)  # in this century
    assert len(server.asked) == 3


def test_a_server_that_never_answers_is_given_up(server: Server) -> None:
    server.faults = [("status", (503, {}))] * 50
    with pytest.raises(UserError, match=r"HTTP 503.*by hand"):
        from_url(f"{server.url}/a.bin", SHA256)
    assert len(server.asked) == downloads.ATTEMPTS


def test_a_missing_file_is_not_tried_again(server: Server) -> None:
    server.faults = [("status", (404, {}))]
    with pytest.raises(UserError, match="404"):
        from_url(f"{server.url}/a.bin", SHA256)
    assert len(server.asked) == 1


def test_wrong_content_names_both_digests_and_leaves_nothing(server: Server, kept: Path) -> None:
    server.content = b"not what was pinned"
    actual = hashlib.sha256(server.content).hexdigest()
    with pytest.raises(UserError) as raised:
        from_url(f"{server.url}/a.bin", SHA256)
    assert actual in str(raised.value) and SHA256 in str(raised.value)
    assert [path.name for path in kept.glob("[!.]*")] == []


def test_a_wrong_file_brought_by_hand_is_refused(server: Server, kept: Path) -> None:
    kept.mkdir()
    (kept / "a.bin").write_bytes(b"truncated")
    with pytest.raises(UserError, match=rf"a\.bin has sha256 {hashlib.sha256(b'truncated').hexdigest()}.*{SHA256}"):
        from_url(f"{server.url}/a.bin", SHA256)
    assert server.asked == []


def test_without_network_one_error_says_what_to_bring_and_where(kept: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        url = f"http://user:secret@127.0.0.1:{closed.getsockname()[1]}/a.bin"
        with pytest.raises(UserError) as raised:
            from_url(url, SHA256)
    message = str(raised.value)
    for part in ("a.bin", SHA256, "/a.bin", str(kept / "a.bin")):
        assert part in message
    assert "secret" not in message


def test_without_network_a_package_brought_by_hand_serves(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    kept.mkdir()
    (kept / "a.whl").write_bytes(CONTENT)
    assert from_index("Some.Package", "a.whl", SHA256) == kept / "a.whl"


@pytest.mark.parametrize(
    ("media", "page"),
    [
        (
            "application/vnd.pypi.simple.v1+json",
            json.dumps({"files": [{"filename": f, "url": f"../../files/{f}"} for f in ("b.whl", "a.whl")]}),
        ),
        ("text/html", '<a href="../../files/xa.whl">x</a> <a href="../../files/a.whl#sha256=1&amp;2">a.whl</a>'),
    ],
    ids=["json", "html"],
)
def test_the_index_leads_to_the_exact_file(
    server: Server, monkeypatch: pytest.MonkeyPatch, media: str, page: str
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple/")
    server.pages["/simple/some-package/"] = (media, page.encode())
    assert from_index("Some.Package", "a.whl", SHA256).read_bytes() == CONTENT
    assert server.asked[-1][0].startswith("/files/a.whl")


def test_a_file_that_the_index_has_not_is_an_error(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
    server.pages["/simple/p/"] = ("application/vnd.pypi.simple.v1+json", b'{"files": []}')
    with pytest.raises(UserError, match=r"not on .*/simple/p/"):
        from_index("p", "a.whl", SHA256)


def _download(url: str, folder: str) -> None:
    downloads.DOWNLOADS = Path(folder)
    from_url(url, SHA256)


def test_two_processes_download_once(server: Server, kept: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_download, args=(f"{server.url}/a.bin", str(kept))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert len(server.asked) == 1
    assert (kept / "a.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("path", ["", "%00a.csv", f"{'a' * 300}.csv", "a%0A.csv"])
def test_a_url_without_file_name_is_refused(path: str) -> None:
    with pytest.raises(UserError, match="no file name"):
        from_url(f"https://example.org/{path}", SHA256)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data" / "train").mkdir(parents=True)
    (tmp_path / "data" / "train" / "a.txt").write_text("un")
    (tmp_path / "data" / "b.txt").write_text("deux")
    return tmp_path / "data"


def test_a_folder_is_known_by_names_and_contents_wherever_it_lies(folder: Path) -> None:
    before = folder_digest(folder)
    (folder / ".hidden").write_text("x")
    (folder / "train" / "a.txt").touch()
    moved = folder.rename(folder.with_name("elsewhere"))
    assert folder_digest(moved) == before
    assert pinned_folder(str(moved), before) == moved


@pytest.mark.parametrize("change", ["content", "name", "addition", "removal"])
def test_any_change_of_a_folder_shows(folder: Path, change: str) -> None:
    before = folder_digest(folder)
    if change == "content":
        (folder / "b.txt").write_text("trois")
    elif change == "name":
        (folder / "b.txt").rename(folder / "c.txt")
    elif change == "addition":
        (folder / "c.txt").write_text("")
    else:
        (folder / "b.txt").unlink()
    after = folder_digest(folder)
    assert after != before
    with pytest.raises(UserError, match=f"{after}.*{before}.*digest: {after}"):
        pinned_folder(str(folder), before)


def test_a_folder_without_files_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(UserError, match="not a folder with files"):
            folder_digest(path)


def test_a_file_larger_than_allowed_is_refused_whatever_is_announced(
    server: Server, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALAMBIC_LARGEST_DOWNLOAD_GB", "0.0005")
    with pytest.raises(UserError, match=r"a\.bin is larger than 0\.0005 GB.*ALAMBIC_LARGEST_DOWNLOAD_GB"):
        from_url(f"{server.url}/a.bin", SHA256)
    assert not list(kept.glob("a.bin*"))
    monkeypatch.setenv("ALAMBIC_LARGEST_DOWNLOAD_GB", "many")
    with pytest.raises(UserError, match="expected a number of gigabytes"):
        from_url(f"{server.url}/a.bin", SHA256)


class Endless(BaseHTTPRequestHandler):
    announced = ""

    def do_GET(self) -> None:
        self.send_response(200)
        if self.announced:
            self.send_header("Content-Length", self.announced)
        self.end_headers()
        try:
            while True:
                self.wfile.write(bytes(1 << 16))
        except OSError:
            pass

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.mark.parametrize("announced", ["", "-1", "many"])
def test_a_server_that_streams_for_ever_is_left(announced: str, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALAMBIC_LARGEST_DOWNLOAD_GB", "0.002")
    monkeypatch.setattr(downloads, "LARGEST_ANSWER", 1 << 20)
    monkeypatch.setattr(Endless, "announced", announced)
    with ThreadingHTTPServer(("127.0.0.1", 0), Endless) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{running.server_port}/a.bin"
        with pytest.raises(UserError):
            from_url(url, SHA256)
        with pytest.raises(UserError, match=r"answers with more than|no answer from"):
            downloads.fetch_answer(url)
        running.shutdown()
    assert not list(kept.glob("a.bin*"))


def test_messages_have_no_secret_of_a_redirection(server: Server) -> None:
    target = f"{server.url}/elsewhere?X-Amz-Signature=s3cr3t&n=1"
    server.faults = [("status", (302, {"Location": target})), ("status", (403, {}))]
    with pytest.raises(UserError, match="403") as raised:
        from_url(f"http://me:w0rd@{server.url.removeprefix('http://')}/a.bin?token=t0k", SHA256)
    assert not any(secret in str(raised.value) for secret in ("s3cr3t", "w0rd", "t0k"))


def test_a_token_goes_to_its_host_alone(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str | None]] = []
    original = Handler.do_GET

    def noted(self: Handler) -> None:
        seen.append((self.path, self.headers.get("Authorization")))
        original(self)

    monkeypatch.setattr(Handler, "do_GET", noted)
    monkeypatch.setenv("ALAMBIC_TOKEN_127_0_0_1", "t0k")
    monkeypatch.setenv("NETRC", "/dev/null")
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    server.faults = [("status", (302, {"Location": f"{elsewhere}/b.bin"}))]
    from_url(f"{server.url}/a.bin", SHA256)
    assert seen == [("/a.bin", "Bearer t0k"), ("/b.bin", None)]


def test_no_link_is_followed_among_the_downloads(server: Server, kept: Path, tmp_path: Path) -> None:
    kept.mkdir()
    (tmp_path / "mine").write_bytes(b"precious")
    (kept / "a.bin.part").symlink_to(tmp_path / "mine")
    with pytest.raises(UserError, match=r"a\.bin\.part is a link"):
        from_url(f"{server.url}/a.bin", SHA256)
    assert (tmp_path / "mine").read_bytes() == b"precious"
    (kept / "b.bin").symlink_to(tmp_path / "mine")
    with pytest.raises(UserError, match=r"b\.bin is a link to .*mine, and not followed"):
        from_url(f"{server.url}/b.bin", SHA256)


def test_a_lock_is_everybody_s(server: Server, kept: Path) -> None:
    from_url(f"{server.url}/a.bin", SHA256)
    assert (kept / ".a.bin.lock").stat().st_mode & 0o777 == 0o666


def test_no_link_leaves_a_folder(folder: Path, tmp_path: Path) -> None:
    before = folder_digest(folder)
    (folder / "inside.txt").symlink_to("b.txt")
    assert folder_digest(folder) != before
    (tmp_path / "secret.txt").write_text("x")
    for target in (tmp_path / "secret.txt", tmp_path, Path("absent"), Path("loop")):
        (folder / "loop").symlink_to(target)
        with pytest.raises(UserError, match=r"loop is a link to .* and not followed"):
            folder_digest(folder)
        (folder / "loop").unlink()
