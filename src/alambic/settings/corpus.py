"""What bringing documents and models, cleaning a corpus and fitting a tokenizer may set."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, NonNegativeInt, PositiveInt, field_validator, model_validator

from alambic.plugins import LocalPath
from alambic.settings.base import (
    Brought,
    Names,
    Once,
    Plugged,
    Refers,
    Settings,
    Share,
    StageSettings,
    StopsOnly,
    check_options,
)
from alambic.settings.task import ScoredTexts
from alambic.settings.urls import check_no_secret


class Collect(Plugged, StageSettings):
    """Bring the documents of one source."""

    needs_network: ClassVar[bool] = True
    brings: ClassVar[Brought | None] = "text"
    released: ClassVar[bool] = True
    plugin_field: ClassVar[str] = "source"
    plugin_folder: ClassVar[str] = "stages.collect.sources"
    source: str = Field(description="a module of collect/sources")
    max_rejected: Annotated[Share, StopsOnly()] = Field(
        0.0, description="share of the rows or files that a reader may not understand; more of them is an error"
    )

    @model_validator(mode="after")
    def check_addresses(self) -> Self:
        """Refuse addresses with a password or a token."""
        check_no_secret(self.source, self.options)
        return self


class Fetch(Plugged, StageSettings):
    """Bring one pretrained model, at a pinned revision."""

    needs_network: ClassVar[bool] = True
    brings: ClassVar[Brought | None] = "weights"
    plugin_field: ClassVar[str] = "origin"
    plugin_folder: ClassVar[str] = "stages.fetch.origins"
    origin: str = Field(description="a module of fetch/origins")

    @model_validator(mode="after")
    def check_addresses(self) -> Self:
        """Refuse addresses with a password or a token."""
        check_no_secret(self.origin, self.options)
        return self


class Tokenizer(StageSettings):
    """Fit a model's tokenizer to a corpus: learn medical pieces, drop the pieces that French never uses."""

    released: ClassVar[bool] = True
    base: Annotated[str, Refers("fetch")]
    corpus: Annotated[str, Refers("clean")]
    added_pieces: NonNegativeInt = Field(1000, description="how many pieces to learn from the corpus")
    minimum_count: PositiveInt = Field(5, description="a learnt piece must be seen that often in the corpus")
    trim: bool = Field(True, description="drop the base pieces that neither the corpus nor general French uses")
    general_pieces: NonNegativeInt = Field(
        8000, description="how many of the base's most frequent pieces in French letters stay, whatever the corpus says"
    )


class Embargo(Settings):
    """A list of traces of test texts, made by `python -m alambic embargo`."""

    path: Annotated[str, LocalPath()]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Clean(StageSettings):
    """Make one corpus from the documents of several sources."""

    released: ClassVar[bool] = True
    sources: Annotated[list[str], Refers("collect"), Once] = Field(min_length=1)
    steps: Annotated[dict[str, dict[str, Any]], Names("stages.clean.steps", ordered=True)] = Field(
        {"normalise": {}, "length": {}, "language": {}, "exact_duplicates": {}, "near_duplicates": {}},
        validate_default=True,  # or a job, which reads them back, would find other options than were planned
        description="modules of clean/steps with their options, in the order in which they are taken",
    )
    decontaminate: bool = Field(True, description="leave out the test texts of every task, and those of `embargo`")
    embargo: list[Embargo] = Field([], description="lists of traces of test texts that are not at hand")
    excluded: list[ScoredTexts] = Field([], description="the tasks' test texts, as the plan fills them in")
    held_out: Share = Field(0.05, description="share of the documents held out, chosen by their hash")

    @model_validator(mode="after")
    def check_embargo(self) -> Self:
        """Refuse an embargo that would not be looked at."""
        if self.embargo and not self.decontaminate:
            raise ValueError("embargo: nothing is left out with `decontaminate: false`; remove one of the two")
        return self

    @field_validator("steps", mode="after")
    @classmethod
    def check_steps(cls, steps: dict[str, Any]) -> dict[str, Any]:
        """Check each step's options."""
        return {name: check_options("stages.clean.steps", name, options) for name, options in steps.items()}
