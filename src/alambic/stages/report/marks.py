"""By what models are told apart, with colours and without: each has a mark and a dash of its own."""

from typing import Literal

Role = Literal["student", "control", "teacher", "pretrained", "prompted", "predictions", "dictionary"]

# Best told apart by readers with any colour vision (Okabe and Ito 2008); a student always comes first.
COLOURS: dict[Role, tuple[str, ...]] = {
    "student": ("#0072b2", "#009e73", "#cc79a7", "#56b4e9"),
    "control": ("#d55e00", "#b8860b", "#7f3b08"),
    "teacher": ("#6a4fb3",),
    "pretrained": ("#8c564b", "#a05195"),
    "prompted": ("#332288", "#a6761d"),
    "predictions": ("#117733", "#882255", "#44aa99", "#999933"),
    "dictionary": ("#7a7a7a",),
}
# SVG paths around the origin.
CIRCLE = "M4,0A4,4 0 1 1 -4,0A4,4 0 1 1 4,0Z"
SQUARE = "M-3.6,-3.6H3.6V3.6H-3.6Z"
DIAMOND = "M0,-5L4.4,0L0,5L-4.4,0Z"
TRIANGLE = "M0,-4.8L4.6,3.4H-4.6Z"
UPSIDE_DOWN = "M0,4.8L4.6,-3.4H-4.6Z"
HEXAGON = "M4.8,0L2.4,4.1H-2.4L-4.8,0L-2.4,-4.1H2.4Z"
HOURGLASS = "M-4,-4H4L-4,4H4Z"
STAR = "M0,-5L1.4,-1.4L5,0L1.4,1.4L0,5L-1.4,1.4L-5,0L-1.4,-1.4Z"
CROSS = "M-4,-4L4,4M-4,4L4,-4"
PLUS = "M0,-5V5M-5,0H5"
SHAPES: dict[Role, tuple[str, ...]] = {
    "student": (CIRCLE, UPSIDE_DOWN, HEXAGON),
    "control": (SQUARE,),
    "teacher": (DIAMOND,),
    "pretrained": (TRIANGLE,),
    "prompted": (STAR,),
    "predictions": (PLUS, HOURGLASS),
    "dictionary": (CROSS,),
}
DASHES = ("", "7 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 3", "14 3 2 3")


def mark(role: Role, place: int) -> tuple[str, str, str]:
    """Give the colour, the path and the fill of the `place`-th model of a role: filled marks first, then open ones."""
    colours, shapes = COLOURS[role], SHAPES[role]
    colour = colours[place % len(colours)]
    path = shapes[place % len(shapes)]
    is_open = (place // len(shapes)) % 2 == 1
    return colour, path, "none" if path in (CROSS, PLUS) else "var(--card)" if is_open else colour
