"""What an experiment says of passing on its models: for what use, and which fine-tuned ones are made ready."""

from typing import Any, Literal, Self, get_args

from pydantic import Field, GetJsonSchemaHandler, NonNegativeInt, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from alambic.settings.base import ItemName, Settings

Use = Literal["open", "research", "none"]


class ReleasedModel(Settings):
    """A fine-tuned model that is put into a folder of its own, to be passed on."""

    model: str = Field(description="one of `finetune.models`")
    task: str
    seed: NonNegativeInt | None = Field(None, description="one of `finetune.seeds`; without it the first")
    onnx: bool = Field(True, description="also in the format of ONNX Runtime, in single precision and as int8")
    licence: str = Field("", description="the one that it is released under, where its sources leave a choice")


class ReleaseSection(Settings):
    """For what use the models are passed on, and which are made ready; `open` alone stands for `{terms: open}`."""

    terms: Use = Field("none", description="how students are meant to be passed on; terms that forbid it are errors")
    models: dict[ItemName, ReleasedModel] = Field({}, description="what is made ready, by the name that it is to bear")

    @model_validator(mode="before")
    @classmethod
    def from_word(cls, values: Any) -> Any:
        """Take a word alone as the terms."""
        return {"terms": values} if isinstance(values, str) else values

    @model_validator(mode="after")
    def check_terms(self) -> Self:
        """Ask for what use a model is to be passed on."""
        if self.models and self.terms == "none":
            raise ValueError("models: they can be passed on for a use alone: write `terms: open`, or `terms: research`")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the word as well."""
        section = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [{"enum": list(get_args(Use))}, section]}
