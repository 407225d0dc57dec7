"""What the cards of models share: what a hub reads of them, the licences behind a model, and what it cost."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from huggingface_hub import CardData, EvalResult, ModelCardData

from alambic.data.energy import Energy, energy_of
from alambic.data.lineage import Lineage
from alambic.settings import LicenceReport

NOT_IN_FINGERPRINT = "the wording of a model card"

SOURCES, RELEASE = "## Sources and their terms", "## Release"
WORDS = Path(__file__).with_name("card_words.json")
Language = Literal["en", "fr"]

# Those that the hub knows, in lower case as it writes them; all others are `other`, with a name and a link.
HUB_LICENCES = """
afl-3.0 agpl-3.0 apache-2.0 artistic-2.0 bsd-2-clause bsd-3-clause bsd-3-clause-clear bsl-1.0 cc0-1.0 cc-by-2.0
cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0
cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 cc-by-sa-3.0 cc-by-sa-4.0 ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1
eupl-1.2 gpl-2.0 gpl-3.0 isc lgpl-2.1 lgpl-3.0 mit mpl-2.0 ms-pl ncsa odc-by odbl ofl-1.1 osl-3.0 postgresql unlicense
wtfpl zlib
"""
PIPELINES = {"encoder": "feature-extraction", "causal": "text-generation", "encoder_decoder": "text2text-generation"}
# What a head does, as hubs name it; of the others it is classifying texts.
HUB_TASKS = {
    "token_classification": "token-classification",
    "typed_spans": "token-classification",
    "text_generation": "text-generation",
    "code_generation": "text-generation",
    "entity_generation": "text-generation",
    "label_generation": "text-generation",
    "label_retrieval": "feature-extraction",
}
# A metric of the project under the name by which hubs know its kind.
HUB_METRICS = {"accuracy": "accuracy"}


@dataclass(frozen=True)
class Result:
    """One score of a model, as its card and the hub show it."""

    task: str  # the pipeline's name on the hub
    dataset: str
    metric: str
    value: float
    low: float | None = None
    high: float | None = None


class Words:
    """What a card says, in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, **values: Any) -> str:
        """Give a phrase, with its places filled."""
        return _phrases()[key][self.language].format(**values)


@cache
def _phrases() -> dict[str, dict[str, str]]:
    return dict(json.loads(WORDS.read_text(encoding="utf-8")))


def hub_task(head: str) -> str:
    """Name what a head does as hubs name it."""
    return HUB_TASKS.get(head, "text-classification")


# ---- what a hub reads


def front_matter(data: CardData) -> list[str]:
    """Write metadata as the first lines of a card."""
    return ["---", *data.to_yaml(line_break="\n").splitlines(), "---", ""]


def model_data(
    *,
    name: str,
    pipeline: str,
    lineage: Lineage,
    licence: str = "",
    tags: Sequence[str] = (),
    results: Sequence[Result] = (),
) -> ModelCardData:
    """Gather what the hub reads of a model: from what it was made, its scores, its emissions."""
    return ModelCardData(
        language="fr",
        library_name="transformers",
        pipeline_tag=pipeline,
        tags=["medical", "distillation", *tags] if lineage.of_stage("distill") else ["medical", *tags],
        **licence_data(licence),
        base_model=base_models(lineage) or None,
        datasets=hub_datasets(lineage) or None,
        metrics=[*dict.fromkeys(HUB_METRICS.get(each.metric, "f1") for each in results)] or None,
        model_name=name if results else None,
        eval_results=[_eval_result(each) for each in results] or None,
        co2_eq_emissions=emissions(lineage),
    )


def licence_data(licence: str) -> dict[str, Any]:
    """Write a licence as the hub reads it; one that it does not know points to the card."""
    if licence.lower() in HUB_LICENCES.split():
        return {"license": licence.lower()}
    return {"license": "other", "license_name": licence or "see-readme", "license_link": "README.md"}


def base_models(lineage: Lineage) -> list[str]:
    """Name the models of the hub that a model was made from."""
    fetched = lineage.of_stage("fetch")
    return sorted({each.settings["model"] for each in fetched if each.settings.get("origin") == "hub"})


def hub_datasets(lineage: Lineage) -> list[str]:
    """Name the data sets of the hub that a model was made from."""
    collected = [each.settings for each in lineage.of_stage("collect")]
    return sorted({of["dataset"] for of in collected if of.get("dataset") and not Path(of["dataset"]).is_absolute()})


def emissions(lineage: Lineage) -> dict[str, Any] | None:
    """Sum up what making a model emitted, each artifact once, as the hub reads it; None where nothing was measured."""
    measured = [energy for each in lineage.manifests if (energy := energy_of(each.run)) is not None]
    if not measured:
        return None
    return {
        "emissions": round(sum(measured, Energy()).co2e_g, 3),
        "source": _methods(measured) or "unknown",
        "training_type": "distillation and fine-tuning" if lineage.of_stage("distill") else "fine-tuning",
    }


def _eval_result(result: Result) -> EvalResult:
    interval = [result.low, result.high] if result.low is not None else None
    return EvalResult(
        task_type=result.task,
        dataset_type="".join(letter if letter.isalnum() else "-" for letter in result.dataset),
        dataset_name=result.dataset,
        dataset_split="test",
        metric_type=HUB_METRICS.get(result.metric, "f1"),
        metric_name=result.metric,
        metric_value=round(result.value, 6),
        metric_args={"confidence_interval": interval} if interval else None,
    )


# ---- what a person reads


def energy_lines(lineage: Lineage, words: Words) -> list[str]:
    """Say what making a model took, by stage; each artifact counts once, whoever else uses it."""
    by_stage: dict[str, list[Energy]] = {}
    for each in lineage.manifests:
        if (energy := energy_of(each.run)) is not None:
            by_stage.setdefault(each.stage, []).append(energy)
    measured = [energy for of_stage in by_stage.values() for energy in of_stage]
    if not measured:
        return [words("energy_unknown"), ""]
    unknown = len(lineage.manifests) - len(measured) + lineage.missing
    sums = {stage: sum(of_stage, Energy()) for stage, of_stage in by_stage.items()}
    rows = [f"| {stage} | {len(by_stage[stage])} | {of.kwh:.4g} | {of.co2e_g:.4g} |" for stage, of in sums.items()]
    total = sum(sums.values(), Energy())
    return [
        words("energy", kwh=f"{total.kwh:.4g}", grams=f"{total.co2e_g:.4g}", methods=_methods(measured)),
        *([words("energy_partial", unknown=unknown)] if unknown else []),
        "",
        words("energy_columns"),
        "|---|---|---|---|",
        *rows,
        "",
    ]


def _methods(measured: Iterable[Energy]) -> str:
    return ", ".join(sorted({each.method for each in measured if each.method}))


def add_licences(folder: Path, report: LicenceReport) -> None:
    """Append the licence section to the card in `folder`, README.md; what an earlier attempt appended goes first."""
    path = folder / "README.md"
    card = path.read_text(encoding="utf-8") if path.exists() else ""
    own = card.partition(SOURCES)[0].rstrip("\n")
    lines = [*([own, ""] if own else []), SOURCES, "", *ingredient_lines(report), "", *terms_lines(report)]
    path.write_text("\n".join(lines), encoding="utf-8")


def ingredient_lines(report: LicenceReport) -> list[str]:
    """List each text and model that a model is made from, with its path and its licence."""
    return [
        f"- {ingredient.kind}: {' <- '.join(ingredient.path)}: {ingredient.licence or 'no licence stated'}"
        for ingredient in report.ingredients
    ]


def citations(report: LicenceReport) -> Iterable[str]:
    """Give what must be cited, each once."""
    return dict.fromkeys(ingredient.cite for ingredient in report.ingredients if ingredient.cite)


def terms_lines(report: LicenceReport) -> list[str]:
    """Say whom to cite, and how the model may be passed on: stricter readings, and no legal advice."""
    cited = citations(report)
    lines = ["## To cite", "", *(f"- {cite}" for cite in cited), ""] if cited else []
    lines += [RELEASE, "", f"Verdict: {report.verdict}.", ""]
    for use, against in (("any use", report.against_open), ("research", report.against_research)):
        lines += [
            f"Nothing known stands against a release for {use}." if not against else f"Against a release for {use}:"
        ]
        lines += ["", *(f"- {problem}" for problem in against), *([""] if against else [])]
    if report.licences:
        lines += [f"Under one of: {', '.join(report.licences)}.", ""]
    if any(ingredient.terms.attribution for ingredient in report.ingredients if ingredient.terms):
        lines += ["The authors of the sources above must be named.", ""]
    return lines


def plain_use(family: str) -> list[str]:
    """Say how a distilled model is opened, in lines of transformers."""
    code = {
        "causal": [
            "from transformers import pipeline",
            'write = pipeline("text-generation", "<this folder>")',
            'print(write("Douleur thoracique depuis", max_new_tokens=20)[0]["generated_text"])',
        ],
        "encoder_decoder": [
            "from transformers import AutoModelForSeq2SeqLM, AutoTokenizer",
            'tokenizer = AutoTokenizer.from_pretrained("<this folder>")',
            'model = AutoModelForSeq2SeqLM.from_pretrained("<this folder>")',
            'ids = model.generate(**tokenizer("Douleur thoracique", return_tensors="pt"))',
            "print(tokenizer.decode(ids[0], skip_special_tokens=True))",
        ],
    }.get(
        family,
        [
            "from transformers import AutoModel, AutoTokenizer",
            'tokenizer = AutoTokenizer.from_pretrained("<this folder>")',
            'model = AutoModel.from_pretrained("<this folder>")',
            'vectors = model(**tokenizer("Douleur thoracique", return_tensors="pt")).last_hidden_state',
        ],
    )
    return ["## Use", "", "```python", *code, "```", ""]


def interval(value: float, low: float | None, high: float | None) -> str:
    """Write a value with its interval, where it has one."""
    return f"{value:.3f}" + (f" [{low:.3f}, {high:.3f}]" if low is not None and high is not None else "")
