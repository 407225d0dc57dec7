"""What licences ask, and what a model owes to the texts and models that it is made from."""

from typing import Literal

from pydantic import Field

from alambic.settings.base import Settings

Kind = Literal["text", "weights", "outputs"]


class Terms(Settings):
    """What a licence allows and asks; what is made from several things has the strictest of each."""

    computed = True

    commercial: bool = Field(description="commercial use is allowed")
    redistribution: bool = Field(True, description="it may be passed on")
    adaptation: bool = Field(True, description="what is made from it may be passed on")
    attribution: bool = Field(True, description="its authors must be named")
    restricted: bool = Field(False, description="a policy says what it may be used for")
    share_alike: list[str] = Field([], description="what is made from it may be passed on under one of these only")
    outputs: Literal["free", "bound", "forbidden"] = Field(
        "free", description="of a model: whether others may learn from its outputs, or only under the same terms"
    )
    note: str = Field("", description="what else a reader should know")


class Ingredient(Settings):
    """One thing under one licence that a model is made from, and the path by which it got in."""

    computed = True
    path: list[str] = Field(description="from the model to the thing, such as distill.student, teach.x, fetch.gemma")
    kind: Kind = Field(description="outputs: the model learnt from that model's outputs")
    licence: str
    cite: str = Field("", description="what must be cited")
    terms: Terms | None = Field(None, description="none: the licence is in no table")

    def __str__(self) -> str:
        """Give the path, and the licence at its end."""
        return f"{' <- '.join(self.path)}: {self.licence}"


class LicenceReport(Settings):
    """All that something is made from, and what the licences of that allow."""

    computed = True
    ingredients: list[Ingredient] = []
    licences: list[str] = Field([], description="those that share-alike terms leave to choose from; empty: any")
    against_open: list[str] = Field([], description="why it may not be released for any use")
    against_research: list[str] = Field([], description="why it may not be released for research either")

    @property
    def verdict(self) -> str:
        """Say in a word for what it may be released."""
        if self.against_research:
            return "not to be released as it is"
        return "for research only" if self.against_open else "nothing known stands against a release for any use"
