"""The HTTP interface of a room: a code, a page, and answers that are acknowledged when they are on the disk."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from alambic.commands.study.sent import check_sent
from alambic.commands.study.store import Store
from alambic.data.rejected import half_sign
from alambic.forms.page import with_saved
from alambic.studies.protocol import FORMS
from alambic.studies.records import Refused

PAGE = Path(__file__).parent / "page"
COOKIE = "study"
LARGEST = 64_000  # bytes of a request
PAUSE = 0.5  # seconds after a wrong code: whoever guesses waits
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
}
FRAMES = "frame-ancestors 'none'"
ENTRY_POLICY = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; {FRAMES}"
Endpoint = Callable[[Request], Awaitable[Response]]


def application(store: Store) -> Starlette:
    """Make the application: / asks for a code, /study is the page, /record and /withdraw take what it sends."""
    routes = [
        Route("/", _entry()),
        Route("/enter", _enter(store), methods=["POST"]),
        Route("/study", _study(store)),
        Route("/record", _record(store), methods=["POST"]),
        Route("/withdraw", _withdraw(store), methods=["POST"]),
    ]
    app = Starlette(routes=routes)
    app.add_middleware(BaseHTTPMiddleware, dispatch=_guard)
    return app


async def _guard(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call(request)
    response.headers.update(HEADERS)
    return response


def _entry() -> Endpoint:
    async def entry(request: Request) -> Response:
        return _asks()

    return entry


def _asks(*, wrong: bool = False) -> Response:
    page = (PAGE / "entry.html").read_text(encoding="utf-8")
    page = page.replace('role="alert" hidden', 'role="alert"') if wrong else page
    return HTMLResponse(page, 403 if wrong else 200, {"Content-Security-Policy": ENTRY_POLICY})


def _enter(store: Store) -> Endpoint:
    async def enter(request: Request) -> Response:
        given = parse_qs((await _body(request) or b"").decode("utf-8", "replace")).get("code", [""])[0]
        token = await run_in_threadpool(store.enter, "".join(given.split()).replace("-", "").upper())
        if token is None:
            await asyncio.sleep(PAUSE)
            return _asks(wrong=True)
        response = RedirectResponse("/study", 303)
        is_https = request.url.scheme == "https"
        response.set_cookie(COOKIE, token, httponly=True, samesite="strict", path="/", secure=is_https)
        return response

    return enter


def _study(store: Store) -> Endpoint:
    async def study(request: Request) -> Response:
        participant = await _participant(request, store)
        if participant is None or await run_in_threadpool(store.is_finished, participant):
            return RedirectResponse("/", 303)  # the next person at this machine needs a code
        page = (store.protocol.folder / FORMS / f"{participant}.html").read_text(encoding="utf-8")
        saved = await run_in_threadpool(store.saved, participant)
        return HTMLResponse(with_saved(page, saved), headers={"Content-Security-Policy": FRAMES})

    return study


def _record(store: Store) -> Endpoint:
    async def record(request: Request) -> Response:
        participant, content = await _participant(request, store), await _json(request)
        if participant is None:
            return JSONResponse({"detail": "no session: enter the code again"}, 403)
        if content is None or content.keys() != {"key", "value"}:
            return JSONResponse({"detail": "expected JSON with key and value"}, 422)
        saved = await run_in_threadpool(store.saved, participant)
        try:
            check_sent(content["key"], content["value"], participant, store.protocol, saved)
        except Refused as error:
            return JSONResponse({"detail": str(error)}, 422)
        await run_in_threadpool(store.keep, participant, content["key"], content["value"])
        return JSONResponse({"kept": content["key"]})

    return record


def _withdraw(store: Store) -> Endpoint:
    async def withdraw(request: Request) -> Response:
        participant, content = await _participant(request, store), await _json(request)
        if participant is None or content is None or await run_in_threadpool(store.is_finished, participant):
            return JSONResponse({"detail": "no session: ask the person who runs the study"}, 403)
        await run_in_threadpool(store.withdraw, participant)
        return JSONResponse({"erased": True})

    return withdraw


async def _participant(request: Request, store: Store) -> str | None:
    token = request.cookies.get(COOKIE)
    return await run_in_threadpool(store.participant, token) if token else None


async def _body(request: Request) -> bytes | None:
    """Read a body; None where it is larger than any page sends."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            return None
        parts.append(part)
    return b"".join(parts)


async def _json(request: Request) -> dict[str, Any] | None:
    """Read an object, which only a script of this server's own pages may send as JSON."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        return None
    try:
        text = (await _body(request) or b"").decode()
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and not half_sign(json.dumps(content, ensure_ascii=False)) else None
