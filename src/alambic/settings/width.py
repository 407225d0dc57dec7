"""How wide a student is that keeps a part of its teacher's width."""

from typing import Self

from pydantic import Field, PositiveInt, model_validator

from alambic.settings.base import Settings


class Width(Settings):
    """Numbers of units that stay; what is not named stays whole. The size of a head never changes."""

    hidden_size: PositiveInt | None = None
    num_attention_heads: PositiveInt | None = Field(
        None, description="of each layer; an encoder's follow from `hidden_size`, since a head keeps its size"
    )
    num_key_value_heads: PositiveInt | None = Field(None, description="groups of heads that share keys and values")
    intermediate_size: PositiveInt | None = None
    documents: PositiveInt = Field(256, description="how many of the corpus the importance of units is measured on")

    @property
    def sizes(self) -> dict[str, int]:
        """What is named, by its name in a configuration."""
        return {name: value for name, value in self if name != "documents" and value is not None}

    @model_validator(mode="after")
    def check(self) -> Self:
        """Check what can be checked without the teacher."""
        if not self.sizes:
            names = [name for name in type(self).model_fields if name != "documents"]
            raise ValueError(f"nothing is named that gets narrower; expected one of: {', '.join(names)}")
        heads, groups = self.num_attention_heads, self.num_key_value_heads
        if heads and groups and heads % groups:
            raise ValueError(f"num_attention_heads: {heads} is no multiple of num_key_value_heads: {groups}")
        return self
