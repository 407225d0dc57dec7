"""What a value of an experiment must be besides its type, by the name of its setting: the same wherever it stands.

A value that no run can use, or that would mislead, is an error where the experiment is read. Options of plug-ins are
looked at alike, so that `licence` or `until` means one thing in all of them.
"""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from alambic.settings.parsing import shortened

MOST = 10**9  # of any number: more of anything is a slip of the keyboard
LEAST = 1e-12
LONGEST_TEXT = 10_000  # characters
LONGEST_LINE = 500

# Numbers, with what is least and most in them; 0 is for the types to allow.
RANGES: dict[str, tuple[float, float]] = {
    "seed": (0, 2**32 - 1),
    "seeds": (0, 2**32 - 1),
    "learning_rate": (1e-9, 10),
    "weight_decay": (1e-9, 1),
    "max_gradient_norm": (1e-6, 1e6),
    "temperature": (0.01, 100),
    "batch_size": (1, 10**6),
    "epochs": (1, 10**4),
    "repeat": (1, 10**4),
    "sequence_length": (3, 10**6),  # two special tokens, and one of the text
    "max_length": (3, 10**6),
    "new_tokens": (1, 10**6),
    "read_tokens": (1, 10**6),
    "resamples": (1, 10**6),
    "rounds": (1, 1000),
    "pause": (0, 3600),
    "permutations": (16, 4096),
    "rank": (1, 10**5),
    "alpha": (1, 10**5),
    "top": (1, 10**5),
    "sampled": (1, 10**5),
    "documents_per_shard": (1, 10**7),
}

# Texts, with what is expected of them.
PATTERNS: dict[str, tuple[re.Pattern[str], str]] = {
    "licence": (re.compile(r"[A-Za-z0-9(][A-Za-z0-9.+() :/-]{0,199}"), "an SPDX expression, such as CC-BY-4.0"),
    "language": (
        re.compile(r"([a-z]{2,3}(-[A-Za-z0-9]{2,8})*|multilingual)?"),
        "a code of ISO 639, such as fr",
    ),
    "sha256": (re.compile(r"([0-9a-f]{64})?"), "the 64 digits that sha256sum prints"),
    "metadata_sha256": (re.compile(r"([0-9a-f]{64})?"), "the 64 digits that sha256sum prints"),
    "digest": (re.compile(r"[0-9a-f]{64}"), "the 64 digits that `python -m alambic digest FOLDER` prints"),
    "revision": (re.compile(r"[0-9a-f]{40}"), "the 40 digits of a commit: a branch or a tag may move"),
    "dataset": (
        re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?|[/~].*", re.ASCII),
        "OWNER/NAME of the hub, or the whole path of a folder",
    ),
    "model": (re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?", re.ASCII), "OWNER/NAME of the hub"),
}
DAYS = ("until",)
LONG = ("description", "title", "prompt", "query", "note", "cite", "fr", "en")  # texts of several lines, or long ones
BLANK = ("separator",)  # texts that may be blank
NEVER_EMPTY = ("seeds", "models")  # lists; of others an empty one may mean none, or all

# Sizes of a model that a student may change; other numbers of a configuration are what they are.
SIZES = re.compile(r"hidden_size|embedding_size|intermediate_size|head_dim|d_(model|ff|kv)|max_position_embeddings")
NUMBERS = re.compile(r"(num|n)_\w*(layers?|heads)|(encoder|decoder)_(layers|attention_heads)")
SHARES = re.compile(r"\w*(dropout|dropout_prob)")


def problem(name: str, value: Any, default: Any = None) -> str:
    """Say what is wrong with the value of a setting; empty where nothing is. `default`: what stands for it."""
    if value == default and value is not None:
        return ""
    if (value == "" and default) or (value == [] and (default is ... or name in NEVER_EMPTY)):
        return f"{name}: {value!r}: it is empty; expected {_expected(name, value)}, or leave it out"
    return next((f"{name}: {found}" for found in _problems(name, value)), "")


def out_of_order(values: Mapping[str, Any]) -> str:
    """Say which least value is larger than its largest: `min_words` and `max_words`, `shortest_x` and `longest_x`."""
    for low, high in (("min_", "max_"), ("shortest_", "longest_")):
        for name, least in values.items():
            most = values.get(name.replace(low, high, 1)) if name.startswith(low) else None
            if _is_number(least) and _is_number(most) and least > most:
                other = name.replace(low, high, 1)
                return f"{name}: {least}: it is more than {other}: {most}; expected at most that"
    return ""


def shape_problem(shape: Mapping[str, Any]) -> str:
    """Say which value of a student's configuration no model has; empty where all may be."""
    for name, value in shape.items():
        counts = SIZES.fullmatch(name) or NUMBERS.fullmatch(name)
        if counts and (isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 10**6):
            return f"shape.{name}: {value!r}: expected a whole number from 1 to {10**6:,}"
        if SHARES.fullmatch(name) and (isinstance(value, bool) or not 0 <= value < 1):
            return f"shape.{name}: {value!r}: expected a share from 0 to less than 1"
        if _is_number(value) and value < 0:
            return f"shape.{name}: {value!r}: expected a number of at least 0"
    return ""


def _problems(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, bool):
        return
    if _is_number(value):
        yield from _of_number(name, value)
    elif isinstance(value, str):
        yield from _of_text(name, value)
    elif isinstance(value, list | tuple):
        for inner in value:
            if inner == "":
                yield f"{shortened(value)}: one of the texts is empty; leave it out"
            yield from _problems(name, inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and not inner.strip():
                yield f"{key}: {inner!r}: it is blank; expected a text, or leave it out"
            elif isinstance(inner, str):
                yield from (f"{key}: {found}" for found in _of_text(key if key in LONG else name, inner))


def _of_number(name: str, value: float) -> Iterator[str]:
    least, most = RANGES.get(name, (LEAST, MOST))
    if not math.isfinite(value) or value < 0 or value == 0:
        return  # which the type refuses, or allows
    if not least <= value <= most:
        yield f"{value!r}: expected a number from {least:,} to {most:,}" + ", or 0" * (name == "temperature")


def _of_text(name: str, value: str) -> Iterator[str]:
    longest = LONGEST_TEXT if name in LONG else LONGEST_LINE
    if len(value) > longest:
        yield f"{shortened(value)}: it has {len(value):,} characters; expected at most {longest:,}"
    elif value and not value.strip() and name not in BLANK:
        yield f"{value!r}: it is blank; expected {_expected(name, value)}"
    elif "\n" in value and name not in (*LONG, *BLANK):
        yield f"{shortened(value)}: it has several lines; expected one"
    elif name in DAYS and not _is_day(value):
        yield f"{shortened(value)}: expected a day that there is, as YYYY-MM-DD, such as 2026-10-31"
    elif name in PATTERNS and not PATTERNS[name][0].fullmatch(value):
        yield f"{shortened(value)}: expected {PATTERNS[name][1]}"


def _expected(name: str, value: Any) -> str:
    return PATTERNS[name][1] if name in PATTERNS else "one or more of them" if value == [] else "a text"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
