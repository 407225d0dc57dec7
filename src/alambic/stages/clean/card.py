"""The card of a cleaned corpus: what is in it, what was taken out and why, and under which terms its texts stand."""

from collections.abc import Sequence
from typing import Any

from huggingface_hub import DatasetCardData

from alambic.data.lineage import Lineage
from alambic.data.manifest import Manifest
from alambic.models.card import Words, energy_lines, front_matter, hub_datasets, licence_data

NOT_IN_FINGERPRINT = "the wording of a card"

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000)
SIZE_NAMES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B", "1B<n<10B")
PERSONAL = "personal_data"  # the step that masks

USE = """\
from datasets import load_dataset

corpus = load_dataset("parquet", data_files={"train": "<this folder>/train-*.parquet"})
print(corpus["train"][0]["text"])
"""


def corpus_card(corpus: Manifest, behind: Lineage, *, cite: Sequence[str] = ()) -> str:
    """Write the card of a corpus from its manifest and those of its sources, in English and, in brief, in French."""
    facts = corpus.facts
    documents, words = _sum(facts, "documents"), _sum(facts, "words")
    lines = [
        *front_matter(_metadata(corpus, behind, documents)),
        f"# {corpus.item}: a French medical corpus, cleaned by Alambic",
        "",
        f"{documents:,} documents, {words:,} words. Fingerprint {corpus.fingerprint[:16]}.",
        "",
        "## Use",
        "",
        "```python",
        *USE.rstrip().splitlines(),
        "```",
        "",
        "A row is a document: `id`, `text`, `source`, `url`, `licence`, `language`, `date`, `metadata` (JSON).",
        "",
        "## Sources",
        "",
        "| source | collected | kept | words kept | dropped |",
        "|---|---|---|---|---|",
        *(_source_row(name, counts) for name, counts in facts.get("funnel", {}).items()),
        "",
        "Every document bears its own licence:",
        "",
        *(f"- {licence}: {count:,} documents" for licence, count in facts.get("licences", {}).items()),
        "",
        *(["## To cite", "", *(f"- {each}" for each in cite), ""] if cite else []),
        "## Steps",
        "",
        *(f"{number}. `{name}` {options or ''}".rstrip() for number, (name, options) in enumerate(_steps(corpus), 1)),
        "",
        *_test_texts(facts),
        "## Personal data",
        "",
        _personal(corpus),
        "",
        "## Limits",
        "",
        "- Filters err: texts of worth were dropped, and others were kept. Dropped documents are in `dropped-*`, each "
        "with its reason.",
        "- The sources say which hospitals, years and kinds of text are in it, and which are not: a model that learnt "
        "from it knows those best.",
        "",
        "## Energy",
        "",
        *energy_lines(behind, Words("en")),
        "# En français",
        "",
        f"Corpus médical français de {documents:,} documents ({words:,} mots), nettoyé par Alambic.".replace(
            ",", "\u202f"
        ),
        "",
        _personal_fr(corpus),
        "",
        "Chaque document porte sa licence ; respectez la plus stricte. Les filtres se trompent parfois : vérifiez un "
        "échantillon avant usage.",
        "",
    ]
    return "\n".join(lines)


def _metadata(corpus: Manifest, behind: Lineage, documents: int) -> DatasetCardData:
    licences = [*corpus.facts.get("licences", {})]
    licence: dict[str, Any] = licence_data(licences[0] if len(licences) == 1 else "")
    return DatasetCardData(
        language="fr",
        pretty_name=corpus.item,
        **licence,
        annotations_creators="no-annotation",
        multilinguality="monolingual",
        size_categories=SIZE_NAMES[sum(documents >= size for size in SIZES)],
        source_datasets=[*(f"extended|{name}" for name in hub_datasets(behind)), *(["original"])],
        task_categories=["fill-mask", "text-generation"],
        tags=["medical"],
    )


def _source_row(name: str, counts: dict[str, Any]) -> str:
    dropped = "; ".join(f"{reason} {count:,}" for reason, count in counts.get("dropped", {}).items()) or "none"
    return f"| {name} | {counts['collected']:,} | {counts['kept']:,} | {counts['words']:,} | {dropped} |"


def _steps(corpus: Manifest) -> list[tuple[str, Any]]:
    return [*corpus.settings.get("steps", {}).items()]


def _test_texts(facts: dict[str, Any]) -> list[str]:
    """Say which test texts were kept out."""
    decontamination = facts.get("decontamination", {})
    if decontamination.get("off"):
        return ["Texts on which models are scored were **not** taken out.", ""]
    removed = {task: sum(of.get("removed", {}).values()) for task, of in decontamination.get("because", {}).items()}
    counts = ", ".join(f"{count:,} for {task}" for task, count in removed.items())
    return [f"Texts on which models are scored were taken out: {counts or 'none was in it'}.", ""]


def _personal(corpus: Manifest) -> str:
    if PERSONAL in corpus.settings.get("steps", {}):
        return (
            "Names, addresses, numbers and dates of birth were masked by rules. Rules miss some: this is no anonymous "
            "text in the sense of the law."
        )
    return "Nothing was masked: the texts are as their sources publish them."


def _personal_fr(corpus: Manifest) -> str:
    if PERSONAL in corpus.settings.get("steps", {}):
        return (
            "Noms, adresses, numéros et dates de naissance ont été masqués par des règles. Elles en laissent passer : "
            "le texte n'est pas anonyme au sens du RGPD."
        )
    return "Rien n'a été masqué : les textes sont tels que leurs sources les publient."


def _sum(facts: dict[str, Any], name: str) -> int:
    return sum(facts.get(part, {}).get(name, 0) for part in ("train", "held_out")) or sum(
        counts.get("kept" if name == "documents" else name, 0) for counts in facts.get("funnel", {}).values()
    )
