"""A real browser, in which whatever a page logs or asks of a network fails the test."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """Start the browser; skip where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api")
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield opened
        opened.close()


@contextlib.contextmanager
def silent_page(context: Any, file: Path) -> Iterator[Any]:
    """Open a file as a person does; on leaving, the page has logged nothing, and asked for nothing but itself."""
    messages: list[str] = []
    requests: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(file.as_uri())
    yield page
    page.close()
    assert messages == []
    assert {url for url in requests if not url.startswith(("data:", "blob:"))} == {file.as_uri()}
