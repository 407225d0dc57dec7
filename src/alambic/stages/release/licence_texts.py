"""The licences that go with a model: their texts where they are known, where to read them, and the files of others."""

import re
import shutil
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from identify.vendor.licenses import LICENSES

from alambic.settings import LicenceReport

FOLDER = "LICENSES"  # as the REUSE specification has it
OF_OTHERS = re.compile(r"(LICEN[CS]E|NOTICE|COPYING|USE_POLICY)[\w.-]*", re.IGNORECASE)


@cache
def texts() -> Mapping[str, str]:
    """Give the texts of common licences by their SPDX identifiers, without `-only` and `-or-later`."""
    return dict(LICENSES)


def text_of(licence: str) -> str | None:
    """Give the text of a licence; None where it is not at hand."""
    return texts().get(re.sub(r"-(only|or-later)$", "", licence))


def write_texts(folder: Path, licences: Iterable[str], weights: Mapping[str, Path]) -> list[str]:
    """Write the texts of licences, and the licence files of models by their names; give the files' names."""
    target = folder / FOLDER
    target.mkdir()
    for licence in licences:
        if (text := text_of(licence)) is not None:
            (target / f"{licence}.txt").write_text(text, encoding="utf-8")
    for name, model in weights.items():
        for path in sorted(model.iterdir()):
            if path.is_file() and OF_OTHERS.fullmatch(path.name):
                shutil.copyfile(path, target / f"{name}-{path.name}")
    names = sorted(path.name for path in target.iterdir())
    if not names:
        target.rmdir()
    return names


def named(report: LicenceReport, chosen: str) -> list[str]:
    """List the licences of a model and of all that it is made from, each once."""
    return sorted({*(ingredient.licence for ingredient in report.ingredients if ingredient.licence), chosen} - {""})


def where(licence: str, files: Iterable[str]) -> str:
    """Say where a licence can be read."""
    if f"{licence}.txt" in files:
        return f"[{licence}]({FOLDER}/{licence}.txt)"
    if licence.startswith("LicenseRef-"):
        return f"{licence}: terms of its own, which its provider publishes"
    return f"[{licence}](https://spdx.org/licenses/{licence}.html)"
