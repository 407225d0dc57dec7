"""Drop what is surely written in another language.

py3langid (Barbaresi, after Lui and Baldwin's langid.py, 2012), because its model is inside the package: no download,
no compiler, 0.1 ms a label. fastText's and GlotLID's are better on short texts but have to be fetched, and fastText
no longer builds everywhere.

Nobody tells the language of "Angor instable": texts of fewer than `min_words` words pass. With the defaults, 36 of
34,939 French labels of ICD-10 and ICD-11 with 6 words or more are dropped (0.1 %, all of them abbreviated labels in
capitals), and 9,333 of their 9,813 English ones (95 %). From 5 words, 78 % of the English ones would be; from 3, 26 %.
"""

from collections.abc import Callable
from typing import Annotated

from py3langid.langid import MODEL_FILE, LanguageIdentifier
from pydantic import Field, NonNegativeInt

from alambic.data.documents import Document
from alambic.errors import UserError, nearest

CHARACTERS_READ = 2000  # more changes no answer and costs time


def step(
    *,
    languages: Annotated[list[str], Field(min_length=1)] = ["fr"],  # noqa: B006
    others: list[str] = ["en", "de", "es", "it", "pt", "nl"],  # noqa: B006
    min_words: NonNegativeInt = 6,
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.7,
) -> Callable[[Document], Document | str]:
    """Make the step: it drops what is one of `others`, rather than of `languages`, with this confidence."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    for code in [*languages, *others]:
        if code not in identifier.labels:
            raise UserError(f"step language: unknown language '{code}'; {nearest(code, identifier.labels)}")
    identifier.set_languages([*languages, *others])

    def language(document: Document) -> Document | str:
        if len(document.text.split()) < min_words:
            return document
        code, certainty = identifier.classify(document.text[:CHARACTERS_READ])
        return f"in {code}" if code not in languages and certainty >= confidence else document

    return language
