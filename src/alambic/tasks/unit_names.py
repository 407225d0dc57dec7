"""What a resample draws whole: the unit of an example, such as its document, or the example itself."""


def unit_of(unit: str, example: str) -> str:
    """Name the unit of an example by the unit's name, and by the example's where it has none.

    The example's name is marked, so that no unit has it: "", "a/1" -> "\\0a/1".
    """
    return unit or f"\0{example}"
