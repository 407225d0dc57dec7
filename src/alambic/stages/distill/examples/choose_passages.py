"""What a student that writes is trained on: the corpus with its teacher's expectations, or what its teacher wrote."""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer

from alambic.data.documents import read_documents
from alambic.data.inputs import Inputs
from alambic.models.causal import first_token
from alambic.runtime.ranks import Ranks
from alambic.settings import Distill
from alambic.stages.distill.examples.continuations import Passages, continuations
from alambic.stages.distill.examples.expectations import Expectations
from alambic.stages.distill.examples.generated_texts import WrittenTexts, written_passages
from alambic.stages.distill.examples.paired import PAIRED, Paired, paired
from alambic.stages.distill.student.vocabulary import Parts


def learns_what_was_written(settings: Distill) -> bool:
    """Say whether the text that is learnt is the teacher's rather than the corpus's."""
    return "sequence_level" in settings.objectives


def compares_by_rank(settings: Distill) -> bool:
    """Say whether the teacher beside the student reads the text in tokens of its own."""
    return "universal_logits" in settings.objectives


def expectations_of(settings: Distill, inputs: Inputs) -> Expectations | None:
    """Open the teacher's stored expectations, where the signal is these."""
    stored = settings.signal and not learns_what_was_written(settings)
    return Expectations(inputs.one("signal")) if stored else None


def read_passages(
    settings: Distill,
    inputs: Inputs,
    tokenizer: Any,
    expectations: Expectations | None,
    work: Path,
    *,
    parts: Parts | None,
) -> Passages:
    """Tokenise the corpus beside its signal; another attempt or rank finds it written down in `work`."""
    documents = read_documents(inputs.one("corpus"), part="train")
    first, length = first_token(tokenizer), settings.sequence_length
    write = Ranks.from_environment().is_first
    if compares_by_rank(settings):
        other = AutoTokenizer.from_pretrained(inputs.one("teacher"))
        twice = paired(documents, tokenizer, other, first=first, their_first=first_token(other), length=length)
        return Passages(work, twice, expectations=None, write=write, kind=Paired, further=PAIRED)
    if learns_what_was_written(settings):
        found = written_passages(documents, WrittenTexts(inputs.one("signal")), tokenizer, first=first, length=length)
    else:
        cut = {"first": first, "length": length, "processes": torch.get_num_threads()}
        found = continuations(documents, tokenizer, expectations=expectations, parts=parts, **cut)
    return Passages(work, found, expectations=expectations, write=write, longer=parts is not None)
