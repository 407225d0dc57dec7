"""The simplified selection of an underlying cause, on certificates as the instructions for coders give them."""

import pytest

from alambic.tasks.certificates.underlying_cause import underlying_cause


@pytest.mark.parametrize(
    ("lines", "selected"),
    [
        ({1: ["R092"], 2: ["I219"], 3: ["I251"], 5: ["E119"]}, "I251"),  # the general principle
        ({1: ["I219"]}, "I219"),
        ({2: ["C349", "J449"]}, "C349"),  # the first of a line
        ({5: ["E119", "I10"]}, "E119"),  # nothing in part I
        ({}, ""),
        ({1: ["J189"], 2: ["R64"]}, "J189"),  # senility and the like give way to what stands above
        ({1: ["R092"], 5: ["C61"]}, "C61"),  # or in part II
        ({1: ["R960"]}, "R960"),  # unless there is nothing else
        ({1: ["R95"]}, "R95"),  # a cause of its own
        ({1: ["J189"], 5: ["C349"]}, "C349"),  # an obvious cause of pneumonia
        ({1: ["J960"], 2: ["C787"], 5: ["C189"]}, "C189"),  # a primary tumour before its metastases
        ({1: ["C787"], 2: ["C795"]}, "C795"),  # but not one metastasis for another
        ({1: ["I509"], 2: ["I10"]}, "I110"),  # linked
        ({1: ["I219"], 2: ["I10"]}, "I219"),
        ({1: ["N189"], 2: ["E149"]}, "E142"),
        ({1: ["S720"], 5: ["W199"]}, "W199"),  # an injury never is
        ({1: ["I269"], 2: ["S720"], 3: ["W199"]}, "W199"),
        ({1: ["T71"]}, "T71"),
    ],
)
def test_selected_is(lines: dict, selected: str) -> None:
    assert underlying_cause(lines) == selected
