"""What a student that writes is trained on: the corpus with its teacher's expectations, or what its teacher generated.

The format of examples says which (`alambic.stages.distill.example_format`).
"""

from pathlib import Path
from typing import Any

import torch

from alambic.data.documents import read_documents
from alambic.data.inputs import Inputs
from alambic.models.causal import first_token
from alambic.runtime.ranks import Ranks
from alambic.settings import Distill
from alambic.stages.distill.examples.continuations import Passages, continuations
from alambic.stages.distill.examples.expectations import Expectations
from alambic.stages.distill.examples.generated_texts import GeneratedTexts, generated_passages
from alambic.stages.distill.student.vocabulary import Parts

GENERATED = "generated_text"
WITH_DISTRIBUTIONS = "text_with_distributions"


def expectations_of(example: str, inputs: Inputs) -> Expectations | None:
    """Open the teacher's stored expectations, where the format of examples has these."""
    return Expectations(inputs.one("signal")) if example == WITH_DISTRIBUTIONS else None


def read_passages(
    settings: Distill,
    inputs: Inputs,
    tokenizer: Any,
    expectations: Expectations | None,
    work: Path,
    *,
    example: str,
    parts: Parts | None,
) -> Passages:
    """Tokenise the corpus together with its signal; another attempt or rank finds it written down in `work`."""
    documents = read_documents(inputs.one("corpus"), part="train")
    first, length = first_token(tokenizer), settings.sequence_length
    write = Ranks.from_environment().is_first
    if example == GENERATED:
        passages = generated_passages(
            documents, GeneratedTexts(inputs.one("signal")), tokenizer, first=first, length=length
        )
    else:
        cut = {"first": first, "length": length, "processes": torch.get_num_threads()}
        passages = continuations(documents, tokenizer, expectations=expectations, parts=parts, **cut)
    return Passages(work, passages, expectations=expectations, write=write, longer=parts is not None)
