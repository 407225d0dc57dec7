"""What judges are asked: criteria and their scales, from a small YAML file."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alambic.errors import UserError, nearest

FORMS = Path(__file__).parent / "forms"
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Wording(_Strict):
    """A text in both languages."""

    fr: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class Criterion(_Strict):
    """A question about each text, answered by a whole number from 1 to `scale`."""

    question: Wording
    scale: Annotated[int, Field(ge=2, le=9)] = 5
    low: Wording = Field(description="what 1 means")
    high: Wording = Field(description="what the highest number means")
    level: Literal["nominal", "ordinal", "interval"] = Field(
        "ordinal", description="how far apart two numbers are, for the agreement between judges"
    )


class Specification(_Strict):
    """A form: its words, and its criteria in their order."""

    title: Wording
    instructions: Wording
    show: Literal["text", "exercise"] = Field("text", description="exercise: a line is laid out as a question")
    criteria: dict[Name, Criterion] = Field(min_length=1)


def read_specification(name: str) -> Specification:
    """Read one of the forms that come with Alambic, or a file; UserError where it is none."""
    path = FORMS / f"{name}.yaml"
    if not path.is_file():
        path = Path(name)
    if not path.is_file():
        known = sorted(each.stem for each in FORMS.glob("*.yaml"))
        raise UserError(f"--form {name}: no file of that name, and no form; {nearest(name, known)}")
    try:
        return Specification.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise UserError(f"{path}: {place}: {first['msg']} (docs/how-to/judge.md shows a form)") from error
