"""SYNTHETIC death certificates: made from the labels of ICD-10-FR and a list of frequent causes; of nobody.

No certificates are public: these stand in for them, so that everything can be tried, and say so in every document
(`synthetic: true`, identifiers that begin with SYN). A certificate is a chain of causes, from what killed on line 1 to
what began it on the lowest, at times with others in part II, fitting the sex and the age of a person. A cause is
written in words of its own, by its full or abbreviated label, inverted as an index does it, in capitals or not, with
slips of the keyboard and misread letters. Frequent causes are drawn by rank (Zipf), `tail_share` of what begins a chain
from the whole table.

Years differ as far as `drift` says: the mix of chapters, which abbreviations are usual, more slips, codes that come
into use after the first `training_years` (COVID-19 in the third year). `unseen_share` of the wordings of codes are held
back until then: `wording` is `unseen` for lines with a wording that no certificate of the first `training_years` has.
What is learnt here says how systems compare, not how well real certificates are coded.

Licence and conditions: those of the labels (see `icd10_fr`): the WHO's and ATIH's.
"""

import json
from collections.abc import Iterator
from random import Random
from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveInt

from alambic.data.documents import Document
from alambic.data.rejected import STRICT, Rejections
from alambic.stages.collect.sources import icd10_fr
from alambic.stages.collect.synthetic.certificate import MadeLine, Writer, standard_texts
from alambic.stages.collect.synthetic.population import Drift, Person, Population
from alambic.tasks.perturb.lexicon import learn

EVERY = 1_000_000  # external causes of the table: all of them
LONGEST_CODE = 4  # mortality is coded with four characters


def fetch(
    rejections: Rejections = STRICT,
    *,
    first_year: Annotated[int, Field(ge=1990, le=2100)] = 2018,
    years: Annotated[int, Field(ge=1, le=20)] = 5,
    training_years: PositiveInt = 3,
    certificates: PositiveInt = 4000,
    drift: Annotated[float, Field(ge=0, le=3)] = 1.0,
    tail_share: Annotated[float, Field(ge=0, le=1)] = 0.2,
    new_code_share: Annotated[float, Field(ge=0, le=1)] = 0.05,
    unseen_share: Annotated[float, Field(ge=0, le=1)] = 0.3,
    typing_rate: Annotated[float, Field(ge=0, le=0.5)] = 0.004,
    scan_share: Annotated[float, Field(ge=0, le=1)] = 0.15,
    seed: NonNegativeInt = 0,
    licence: str = "LicenseRef-WHO-ATIH-ICD-10",
) -> Iterator[Document]:
    """Yield one document per line, `certificates` of them a year; the same for the same options."""
    labels = [
        document
        for document in icd10_fr.fetch(Rejections(), external_causes=EVERY, licence=licence)
        if len(document.metadata["code"].replace(".", "")) <= LONGEST_CODE
    ]
    lexicon = learn(labels)
    table = _table(labels)
    known: set[str] = set()  # the wordings of the years of training
    for year in range(years):
        population = Population(
            table, Drift(drift, year, training_years, seed), tail_share=tail_share, new_share=new_code_share
        )
        rate = typing_rate * (1 + drift * year / 2)
        writer = Writer(
            population, lexicon, unseen_share, min(rate, 0.5), min(scan_share * (1 + drift * year / 4), 1.0)
        )
        for number in range(certificates):
            person, lines = writer.write(Random(f"{seed}/{year}/{number}"))
            if year < training_years:
                known.update(*(line.phrases for line in lines))
            name = f"SYN{first_year + year}-{number + 1:06d}"
            for line in lines:
                metadata = _metadata(name, str(first_year + year), person, line, seen=line.phrases <= known)
                yield Document(
                    id=f"{name}/{line.number}",
                    text=line.text,
                    source="synthetic_certificates",
                    url="",
                    licence=licence,
                    date=str(first_year + year),
                    metadata=metadata | {"codes": json.dumps(standard_texts(line.codes, table), ensure_ascii=False)},
                )


def _table(labels: list[Document]) -> dict[str, tuple[str, str]]:
    """Give the full and the short label of each code that has no finer ones, as it is written without a dot."""
    texts: dict[str, dict[str, str]] = {}
    for document in labels:
        texts.setdefault(document.metadata["code"].replace(".", ""), {})[document.metadata["wording"]] = document.text
    finer = {code[:3] for code in texts if len(code) > 3}
    return {
        code: (both["long"], both["short"])
        for code, both in texts.items()
        if not (len(code) == 3 and code in finer) or code == "R54"
    }


def _metadata(name: str, year: str, person: Person, line: MadeLine, *, seen: bool) -> dict[str, str]:
    interval, unit = line.interval
    known = {
        "certificate": name,
        "line": str(line.number),
        "year": year,
        "sex": person.sex,
        "age": str(person.age),
        "interval": interval,
        "interval_type": unit,
        "wording": "seen" if seen else "unseen",
        "typing_errors": str(line.typing_errors) if line.typing_errors < 2 else "2+",
        "synthetic": "true",
    }
    return {column: value for column, value in known.items() if value}
