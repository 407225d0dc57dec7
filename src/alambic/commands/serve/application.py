"""The HTTP interface of one model."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from fastapi import FastAPI, HTTPException
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from alambic.data.rejected import half_sign

PAGE = Path(__file__).parent / "page"
TEXTS_AT_ONCE = 16  # between two looks at the clock
# A page of this server may load what is on this server, and nothing else.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

Answer = dict[str, Any]


class Answers(Protocol):
    """What answers texts."""

    @property
    def reads_pairs(self) -> bool:
        """Tell whether an answer is about two texts."""
        ...

    def answer(self, texts: list[str], seconds: list[str]) -> list[Answer]:
        """Answer each text, or each pair."""
        ...


@dataclass(frozen=True)
class Limits:
    """What one request may ask for."""

    texts: int = 64
    characters: int = 100_000  # of all its texts together
    seconds: float = 60.0

    @property
    def bytes(self) -> int:
        """Give the largest body: six bytes a character, as JSON may escape it."""
        return 6 * self.characters + 10_000


class Question(BaseModel):
    """Texts to answer; a model of pairs takes as many `seconds`, the other text of each."""

    texts: list[str] = Field(min_length=1, examples=[["Fièvre et toux depuis trois jours, paracétamol."]])
    seconds: list[str] = Field([], examples=[[]])


class Answered(BaseModel):
    """An answer for each text, in their order."""

    answers: list[Answer]


def application(model: Answers, *, name: str, limits: Limits) -> FastAPI:
    """Make the application: POST /answer, its description at /openapi.json and /docs, and a page to try it at /.

    One request is computed at a time; the others wait for `limits.seconds` at most.
    """
    app = FastAPI(title=f"Alambic: {name}", version="1", docs_url=None, redoc_url=None)
    free = asyncio.Lock()

    @app.middleware("http")
    async def guard(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        if (reason := await _too_large(request, limits.bytes)) is not None:
            response: Response = JSONResponse({"detail": reason}, status_code=413)
        elif request.method == "POST" and not _is_json(await request.body()):
            response = JSONResponse({"detail": "the request is no JSON in UTF-8"}, status_code=422)
        else:
            response = await call(request)
        response.headers.update(HEADERS)
        return response

    @app.exception_handler(RequestValidationError)
    async def refuse(request: Request, error: RequestValidationError) -> Response:
        """Say what is wrong with a question, without repeating what it holds."""
        places = [".".join(str(step) for step in detail["loc"]) + f": {detail['msg']}" for detail in error.errors()]
        return JSONResponse({"detail": "; ".join(places)}, status_code=422)

    @app.post("/answer", summary="Answer texts")
    async def answer(question: Question) -> Answered:
        _check(question, limits, pairs=model.reads_pairs)
        until = time.monotonic() + limits.seconds
        try:
            await asyncio.wait_for(free.acquire(), limits.seconds)
        except TimeoutError as error:
            raise HTTPException(503, "others are being answered: try again later", {"Retry-After": "5"}) from error
        try:
            return Answered(answers=await _in_time(model, question, until))
        finally:
            free.release()

    @app.get("/health", summary="Tell whether the model answers")
    async def health() -> dict[str, Any]:
        return {"model": name, "status": "ready", "pairs": model.reads_pairs}

    for path, file in (("/", "index.html"), ("/docs", "docs.html")):
        app.add_api_route(path, _page(file), include_in_schema=False)
    app.mount("/page", StaticFiles(directory=PAGE))
    return app


def _page(file: str) -> Callable[[], Awaitable[FileResponse]]:
    async def page() -> FileResponse:
        return FileResponse(PAGE / file)

    return page


async def _too_large(request: Request, most: int) -> str | None:
    """Read the body of a request, no further than it may go; say what is wrong with its size, or None."""
    reason = f"a request may have {most:,} bytes"
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > most:
        return reason
    size, parts = 0, []
    async for part in request.stream():
        size += len(part)
        if size > most:
            return reason
        parts.append(part)
    request._body = b"".join(parts)  # where Starlette keeps a body that was read
    return None


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):  # ValueError: no UTF-8 as well
        return False
    return True


def _check(question: Question, limits: Limits, *, pairs: bool) -> None:
    texts, seconds = question.texts, question.seconds
    if pairs and len(seconds) != len(texts):
        raise HTTPException(422, f"this model reads pairs: {len(seconds)} seconds for {len(texts)} texts")
    if seconds and not pairs:
        raise HTTPException(422, "seconds: this model reads one text, and no pair")
    if len(texts) > limits.texts:
        raise HTTPException(413, f"{len(texts)} texts, at most {limits.texts} in a request")
    if (characters := sum(map(len, [*texts, *seconds]))) > limits.characters:
        raise HTTPException(413, f"{characters:,} characters, at most {limits.characters:,} in a request")
    for field, given in (("texts", texts), ("seconds", seconds)):
        for number, text in enumerate(given):
            if not text.strip():
                raise HTTPException(422, f"{field}.{number} is empty")
            if reason := half_sign(text):
                raise HTTPException(422, f"{field}.{number}: {reason}")


async def _in_time(model: Answers, question: Question, until: float) -> list[Answer]:
    answers: list[Answer] = []
    for start in range(0, len(question.texts), TEXTS_AT_ONCE):
        if time.monotonic() > until:
            answered = f"{len(answers)} of {len(question.texts)}"
            raise HTTPException(503, f"the time for a request is over after {answered} texts")
        some = slice(start, start + TEXTS_AT_ONCE)
        answers += await run_in_threadpool(model.answer, question.texts[some], question.seconds[some])
    return answers
