"""What a study says to people, in both languages."""

from typing import Annotated, Literal

from pydantic import Field

from alambic.settings.base import Settings

Text = Annotated[str, Field(min_length=1)]


class Wording(Settings):
    """A text in both languages."""

    fr: Text
    en: Text


class Question(Settings):
    """A question after a block, answered from 1 to 7, or in words."""

    text: Wording
    low: Wording = Field(Wording(fr="pas du tout", en="not at all"), description="what 1 means")
    high: Wording = Field(Wording(fr="tout à fait", en="completely"), description="what 7 means")
    answer: Literal["scale", "text"] = "scale"
    measures: Literal["trust", "load", "understanding", "other"] = "other"
    always: bool = Field(False, description="also after a block without the model's answers")


QUESTIONS = {
    "trust": Question(
        text=Wording(
            fr="Je pouvais me fier aux réponses du modèle.",
            en="I could rely on the model's answers.",
        ),
        measures="trust",
    ),
    "understanding": Question(
        text=Wording(
            fr="Je comprenais pourquoi le modèle répondait ainsi.",
            en="I understood why the model answered as it did.",
        ),
        measures="understanding",
    ),
    "load": Question(
        text=Wording(fr="Cette partie m’a demandé un effort mental.", en="This part took mental effort."),
        measures="load",
        always=True,
    ),
}
