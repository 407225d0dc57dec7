"""Of which parts the models are, by which settings they were trained, and on which machines."""

from typing import Any

from alambic.data.model_checks import read_object
from alambic.settings import MODEL_STAGES
from alambic.stages.report.finished_artifacts import FinishedArtifact
from alambic.stages.report.number_format import count, decimal, duration
from alambic.stages.report.phrases import section_words
from alambic.stages.report.report_data import ReportData
from alambic.stages.report.tables import Column, Row, Table

ORDER = 85
WEIGHTS = ".safetensors"
# Keys of a model's config.json, by what several kinds of models call them.
SHAPE = {
    "layers": ("num_hidden_layers", "n_layer", "num_layers"),
    "hidden": ("hidden_size", "d_model", "n_embd"),
    "heads": ("num_attention_heads", "n_head", "num_heads"),
    "feed_forward": ("intermediate_size", "d_ff", "n_inner"),
    "vocabulary": ("vocab_size",),
    "positions": ("max_position_embeddings", "n_positions"),
}
# Settings that name other items, or have a section of their own.
ASIDE = ("licence_report", "terms", "teacher", "model", "tokenizer", "corpus", "signal", "task", "seed")


def section(report: ReportData) -> dict[str, Any] | None:
    """Gather shapes, settings and machines; None where there is no model."""
    models = [artifact for artifact in report.artifacts if artifact.stage in MODEL_STAGES]
    if not models:
        return None
    trained = report.of_stage("distill")
    recipes: dict[str, FinishedArtifact] = {}
    for artifact in report.of_stage("finetune"):
        model, _, rest = artifact.item.partition("/")
        recipes.setdefault(f"{model}, {rest.rpartition('/')[0]}", artifact)
    return {
        "sizes": _sizes(models),
        "distillation": _settings("distillation", {artifact.item: artifact for artifact in trained}),
        "finetuning": _settings("finetuning", recipes),
        "machines": _machines(report),
    }


def _sizes(models: list[FinishedArtifact]) -> Table:
    words = section_words("parts")
    columns = [Column("model", section_words("common")["model"], is_number=False)]
    columns += [Column("embeddings", words["embeddings"], count), Column("other parameters", words["other"], count)]
    columns += [Column(name, words[name], count) for name in SHAPE]
    columns.append(Column("MB", words["on_disk"], lambda number: decimal(f"{number:.1f}")))
    rows = []
    for artifact in models:
        embeddings, all_ = (artifact.facts.get(key) for key in ("embedding_parameters", "parameters"))
        other = all_ - embeddings if all_ and embeddings else None
        weights = [size for name, size in artifact.manifest.files.items() if name.endswith(WEIGHTS)]
        disk = sum(weights) / 1e6 if weights else None
        rows.append(Row([artifact.item, embeddings, other, *_shape(artifact), disk], artifact.item))
    return Table("sizes", columns, rows, words["sizes"], models=True)


def _shape(artifact: FinishedArtifact) -> list[int | None]:
    path = artifact.folder / "config.json"
    config = read_object(path) if path.exists() else {}
    return [next((config[key] for key in keys if isinstance(config.get(key), int)), None) for keys in SHAPE.values()]


def _settings(name: str, artifacts: dict[str, FinishedArtifact]) -> Table | None:
    """Give a row per setting and a column per model."""
    if not artifacts:
        return None
    words = section_words("parts")
    flat = {item: _flat(artifact.manifest.settings) for item, artifact in artifacts.items()}
    keys = dict.fromkeys(key for settings in flat.values() for key in settings)
    columns = [Column("setting", words["setting"], is_number=False)]
    columns += [Column(item, item, is_number=False, model=item.partition(",")[0]) for item in flat]
    rows = [Row([key, *(settings.get(key, "") for settings in flat.values())]) for key in keys]
    return Table(name, columns, rows, words[name])


def _flat(settings: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Write nested settings as one level: {"a": {"b": 1}} -> {"a.b": "1"}; what is not set is left out."""
    flat: dict[str, str] = {}
    for key, value in settings.items():
        if (not prefix and key in ASIDE) or value is None or value in ({}, []):
            continue
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return flat


def _machines(report: ReportData) -> Table:
    words = section_words("parts")
    columns = [Column(name, words[name], is_number=False) for name in ("machine", "device", "python")]
    columns += [Column("jobs", words["jobs"], count), Column("seconds", words["time"], duration)]
    by_machine: dict[tuple[str, str, str], list[float]] = {}
    for artifact in report.artifacts:
        run, training = artifact.manifest.run, artifact.facts.get("training")
        device = (training if isinstance(training, dict) else artifact.facts).get("device")
        ranks = run.get("ranks") or 1
        machine = ", ".join(str(run[key]) for key in ("site", "host") if run.get(key))
        used = f"{device or 'cpu'}{f' × {ranks}' if ranks > 1 else ''}"
        by_machine.setdefault((machine, used, str(run.get("python") or "")), []).append(float(run.get("seconds") or 0))
    rows = [Row([*machine, len(seconds), sum(seconds)]) for machine, seconds in by_machine.items()]
    return Table("machines", columns, rows, words["machines"])
