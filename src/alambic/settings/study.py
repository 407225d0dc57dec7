"""A study of people who decide with a model: its protocol, as an experiment states it."""

from collections.abc import Collection, Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, NonNegativeInt, PositiveInt, model_validator

from alambic.errors import nearest
from alambic.plugins import LocalPath
from alambic.settings.base import ItemName, Once, Refers, Settings, Share, StageSettings
from alambic.settings.parsing import shortened
from alambic.settings.study_words import QUESTIONS, Question, Wording
from alambic.settings.task import Task

Kind = Literal["certificate_line", "choose_label", "accept_entity", "read_line", "sorting_game", "image_classes"]
GENERATED: Final = ("sorting_game", "image_classes")  # which need no expertise, and no source
ALONE: Final = "alone"
ADVICE: Final = "advice"
FALSE: Final = "false_explanation"
EXPLANATION: Final = "explanation:"  # and a method


def check_condition(name: str) -> str:
    """Refuse what is no condition."""
    method = name.removeprefix(EXPLANATION) if name.startswith(EXPLANATION) else ""
    if name not in (ALONE, ADVICE, FALSE) and not method.isidentifier():
        raise ValueError(f"{shortened(name)}: expected {ALONE}, {ADVICE}, {EXPLANATION}METHOD or {FALSE}")
    return name


Condition = Annotated[str, AfterValidator(check_condition)]


class OwnTable(Settings):
    """Items of your own: a CSV with the columns id, text or image, right, advice, and what else it has to say."""

    path: Annotated[str, LocalPath()]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="what sha256sum prints of it")


class Generated(Settings):
    """Cases with clues, of which a person sees some, and a model others; both may apply the same rule."""

    clues: Annotated[int, Field(ge=3, le=15)] = Field(7, description="of a case; an image has its square of signs")
    shown: Annotated[float, Field(gt=0, le=1)] = Field(0.6, description="share of the clues that a person sees")
    accuracy: Annotated[float, Field(gt=0.5, lt=1)] = Field(
        0.8, description="of the model, over all generated cases: so many are kept with a right answer"
    )
    pool: Annotated[PositiveInt, Field(le=100_000)] = Field(400, description="cases that are generated, to choose from")


class Answered(Settings):
    """Items are what a system answered to the test texts of a task."""

    system: str = Field(description="a scored model, or a system of evaluate.predictions: its first seed")
    task: str = Field(description="one of `tasks`")


class _Protocol(Settings):
    """What both have."""

    kind: Kind = Field(description="what a person is asked to do")
    table: OwnTable | None = Field(None, description="items of your own")
    generated: Generated | None = Field(None, description="of sorting_game and image_classes: how cases are made")
    conditions: Annotated[list[Condition], Once] = Field(
        min_length=1,
        description="a block each, which all meet: alone, advice, explanation:METHOD, false_explanation",
    )
    items: Annotated[PositiveInt, Field(le=1000)] = Field(description="that each person decides on, over all blocks")
    people: Annotated[PositiveInt, Field(le=999)]
    wrong_advice: Share = Field(0.25, description="share of the items to which the model's answer is wrong")
    confidence: Literal["drawn", "spread", "matched"] = Field(
        "spread",
        description="of the chosen items: drawn: by chance; spread: evenly over what the model has; matched: right "
        "answers as sure as the wrong ones, so that confidence does not tell them apart. Blocks are alike in each case",
    )
    show_confidence: bool = Field(False, description="beside the model's answer")
    practice: Annotated[NonNegativeInt, Field(le=50)] = Field(2, description="items before, with their right answers")
    attention: Annotated[NonNegativeInt, Field(le=20)] = Field(1, description="items that say what to answer")
    alone_first: bool = Field(True, description="a person answers alone, then sees the model's answer and decides")
    delegate: bool = Field(False, description="a button hands the item to the model")
    ask_confidence: bool = Field(True, description="how sure a person is of what he answered alone, 1 to 5")
    seconds: Annotated[NonNegativeInt, Field(le=3600)] = Field(0, description="for an answer; 0: no limit")
    choices: Annotated[int, Field(ge=2, le=20)] = Field(6, description="labels to choose from, with the right one")
    title: Wording = Wording(fr="Décider avec un modèle", en="Deciding with a model")
    instructions: Wording
    consent: Wording = Field(description="what a person agrees to before anything is recorded")
    expertise: dict[ItemName, Wording] = Field({}, description="what people say of themselves, to choose from")
    questionnaire: dict[ItemName, Question] = Field(QUESTIONS, description="asked after each block")
    language: Literal["fr", "en"] = Field("fr", description="that a page shows first")
    seed: NonNegativeInt = Field(0, description="of the choice of items, orders and generated cases")

    @property
    def with_model(self) -> bool:
        """Whether any condition shows the model's answer."""
        return self.conditions != [ALONE]

    @property
    def methods(self) -> list[str]:
        """Name the methods of explanation that are shown."""
        return [each.removeprefix(EXPLANATION) for each in self.conditions if each.startswith(EXPLANATION)]

    @property
    def wrong(self) -> int:
        """Count the items with wrong advice."""
        return round(self.items * self.wrong_advice) if self.with_model else 0

    @model_validator(mode="after")
    def check_counts(self) -> Self:
        """Refuse numbers with which conditions could not be compared: each must meet every item as often."""
        blocks = len(self.conditions)
        for name, unit in (("people", "orders of the conditions (a Latin square)"), ("items", "blocks")):
            value = getattr(self, name)
            if value % blocks:
                raise ValueError(
                    f"{name}: {value}: {blocks} conditions make {blocks} {unit}: expected a multiple of {blocks}, such "
                    f"as {max(blocks, value - value % blocks)} or {value - value % blocks + blocks}"
                )
        exact = self.items * self.wrong_advice
        if self.with_model and (abs(exact - round(exact)) > 1e-6 or round(exact) % blocks):
            below = int(exact) // blocks * blocks
            shares = " or ".join(f"{n / self.items:.4g} ({n})" for n in (below, below + blocks) if n <= self.items)
            raise ValueError(
                f"wrong_advice: {self.wrong_advice:g}: of {self.items} items that is {exact:g}, which {blocks} blocks "
                f"cannot share alike: expected {shares}"
            )
        return self

    @model_validator(mode="after")
    def check_conditions(self) -> Self:
        """Refuse a false explanation of no method, and generated cases where none are made."""
        if FALSE in self.conditions and not self.methods:
            raise ValueError(
                f"conditions: {FALSE} is made from the explanation of a method: add {EXPLANATION}METHOD to compare it"
            )
        if self.generated is not None and self.kind not in GENERATED:
            raise ValueError(f"generated: {self.kind} needs items: expected it with {' or '.join(GENERATED)} alone")
        if self.kind in GENERATED and any(method != "rule" for method in self.methods):
            raise ValueError(f"conditions: the model of {self.kind} is a rule: expected {EXPLANATION}rule")
        if self.kind in GENERATED and self.table is None and self.generated is None:
            object.__setattr__(self, "generated", Generated())
        return self

    @model_validator(mode="after")
    def check_pool(self) -> Self:
        """Refuse generated cases of which too few are right or wrong."""
        if self.generated is not None:
            wrong = round(self.generated.pool * (1 - self.generated.accuracy))
            needed = {"wrong": (wrong, self.wrong), "right": (self.generated.pool - wrong, self.items - self.wrong)}
            for name, (there, asked) in needed.items():
                if there < asked + self.practice:
                    raise ValueError(
                        f"generated.pool: {self.generated.pool} cases have {there} with {name} advice, of which "
                        f"{asked} items and {self.practice} for practice are drawn: expected more cases"
                    )
        return self


class StudyItem(_Protocol):
    """Have people decide alone, with a model's answer, and with its explanation."""

    explain: str | None = Field(None, description="an item of `explain`: items are the texts that it explains")
    system: str = Field("", description="of `explain`: whose explanations, where there are several; empty: the first")
    answered: Answered | None = Field(None, description="items are the test texts of a task, without explanations")

    @model_validator(mode="after")
    def check_source(self) -> Self:
        """Refuse items from nowhere, and from two places."""
        named = [name for name in ("explain", "answered", "table", "generated") if getattr(self, name) is not None]
        if len(named) != 1:
            given = " and ".join(named) or "none"
            raise ValueError(
                f"items are given by {given}: expected one of `explain` (texts and explanations), `answered` (a "
                "system's answers to a task) and `table` (your own); sorting_game and image_classes make their own"
            )
        if self.answered is not None and self.methods:
            raise ValueError(
                f"conditions: {EXPLANATION}{self.methods[0]}: predictions hold no explanations: name an item of "
                "`explain` in the place of `answered`"
            )
        return self

    def resolved(self, tasks: Mapping[str, Task]) -> "Study":
        """Name what items are made from, and put in the task."""
        chosen = self.model_dump(exclude={"explain", "answered"})
        if self.answered is not None:
            chosen.update(predictions=f"{self.answered.system}/{self.answered.task}")
            chosen["task"] = tasks[self.answered.task].answered_by(self.answered.system).as_learnt()
        return Study.model_validate(chosen | {"explained": self.explain})


class Study(_Protocol, StageSettings):
    """Write the protocol of a study, its items, who sees which, and a page for each person."""

    explained: Annotated[str | None, Refers("explain")] = None
    system: str = ""
    predictions: Annotated[str | None, Refers("predict")] = None
    task: Task | None = None


def check_study(
    items: Mapping[str, StudyItem], scored: Mapping[str, Collection[str]], explained: Mapping[str, Collection[str]]
) -> None:
    """ValueError where a system has no answers to a task, or an item of `explain` or a method of it is not there.

    `scored` gives the tasks of each system, `explained` the methods of each item of `explain`.
    """
    for item, section in items.items():
        if (answered := section.answered) is not None:
            known = [name for name, tasks in scored.items() if answered.task in tasks]
            if answered.system not in known:
                raise ValueError(
                    f"study.{item}.answered: '{answered.system}' answers nothing to task '{answered.task}'; "
                    f"{nearest(answered.system, known)}"
                )
        if (source := section.explain) is not None:
            if source not in explained:
                raise ValueError(
                    f"study.{item}.explain: no explain item '{source}'; {nearest(source, list(explained))}"
                )
            for method in section.methods:
                if method not in explained[source]:
                    raise ValueError(
                        f"study.{item}.conditions: explain.{source} has no method '{method}'; "
                        f"{nearest(method, list(explained[source]))}"
                    )
