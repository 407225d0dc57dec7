"""Which other items settings mention, and in which role."""

from collections.abc import Iterator
from typing import Any

from alambic.plugins import name_in_identity
from alambic.settings.base import Refers, Settings


class Reference(Settings):
    """A field's mention of another item."""

    field: str
    role: str
    name: str
    stages: tuple[str, ...]


def references(settings: Settings) -> Iterator[Reference]:
    """Yield every mention of another item, in the order of the fields; its role is the field, or the key in it."""
    for field, info in type(settings).model_fields.items():
        value = getattr(settings, field)
        stages = next((mark.stages for mark in info.metadata if isinstance(mark, Refers)), None)
        role = name_in_identity(field, info.metadata)
        if stages is None:
            for prefix, inner in nested(field, value):
                yield from (
                    reference.model_copy(update={"role": prefix + reference.role}) for reference in references(inner)
                )
        elif isinstance(value, dict):
            for key, name in value.items():
                yield Reference(field=f"{field}.{key}", role=key, name=name, stages=stages)
        else:
            for name in [] if value is None else value if isinstance(value, list) else [value]:
                yield Reference(field=field, role=role, name=name, stages=stages)


def nested(field: str, value: Any) -> list[tuple[str, Settings]]:
    """List the settings within a field, with what tells the roles of one from those of another."""
    if isinstance(value, list):
        return [(f"{field}.{index}.", inner) for index, inner in enumerate(value) if isinstance(inner, Settings)]
    return [("", value)] if isinstance(value, Settings) else []
