"""A local server that replays the archives of data sets, and the documents that a source makes of them."""

import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from test_downloads import Server

from alambic.data import downloads
from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections
from alambic.settings import Collect
from alambic.stages.collect.run import takes_rejections


class Site(Server):
    """Serves what `put` was given, with ranges; `faults` as in the tests of downloads."""

    def put(self, content: bytes, name: str = "data.zip") -> dict[str, str]:
        """Serve `content`; give the options `url` and `sha256` that bring it."""
        self.content = content
        return {"url": f"{self.url}/{name}", "sha256": hashlib.sha256(content).hexdigest()}


@contextmanager
def serving(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Run a server, with no download at hand and no patience."""
    monkeypatch.setattr(downloads, "DOWNLOADS", folder / "downloads")
    monkeypatch.setattr(downloads, "FIRST_WAIT", 0.01)
    with Site() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Pack files as a zip archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(files: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    """Pack files as a tar archive."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def collected(source: str, rejections: Rejections = STRICT, **options: Any) -> list[Document]:
    """Collect with the options as an experiment gives them; a rejection is an error, unless somebody takes it."""
    settings = Collect.model_validate({"source": source, **options})
    fetch = import_module(f"alambic.stages.collect.sources.{source}").fetch
    found = list(fetch(*([rejections] if takes_rejections(fetch) else []), **settings.options))
    assert len({document.id for document in found}) == len(found), "identifiers must be unique"
    assert all(document.licence and document.source for document in found)
    return found
