"""What an edit of the code makes anew: exactly what lies below the numbers that it may change, and often nothing."""

import ast
import hashlib
import shutil
from pathlib import Path

import pytest
import yaml

from alambic import plugins
from alambic.planning import source_digest
from alambic.planning.artifact import Artifact, sources_of
from alambic.planning.normal_form import LOG_METHODS, NormalForm, loggers_of
from alambic.planning.plan import Plan
from alambic.planning.source_digest import combined
from alambic.settings import STAGES, read_experiment

ROOT = Path(__file__).parents[2]
SMOKE = ROOT / "config" / "experiments" / "smoke.yaml"
STUDENT = {"teacher": "e5", "tokenizer": "medical", "corpus": "medical"}
TRAININGS = ["distill/student", "distill/control", "distill/writer", "adapt/adapted"]


def experiment() -> dict:
    """The experiment `smoke` with each kind of student, an adapted model, and a task of the other kind."""
    content = yaml.safe_load(SMOKE.read_text())
    content["fetch"]["gemma"] = {"origin": "folder", "path": "gemma", "digest": "0" * 64, "licence": "MIT"}
    content["adapt"] = {"adapted": {"base": "gemma", "corpus": "medical"}}
    content["distill"]["writer"] = {
        **STUDENT, "family": "encoder_decoder", "architecture": "t5", "shape": {"d_model": 32}, "initial": "random",
        "objectives": {"cross_entropy": {}},
    }  # fmt: skip
    data = {"texts": "ansm", "drugs": "atc", "diseases": "icd10"}
    content["tasks"]["entities"] = {"task": "silver_entities", "data": data}
    return content


class Code:
    """A copy of the package, to be edited."""

    def __init__(self, folder: Path) -> None:
        self.package = folder / "alambic"

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a file at a place that must be there; where nothing is to be there yet, make the file."""
        path = self.package / file
        text = path.read_text() if old else ""
        assert old in text, f"{file} has no {old!r}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(old, new, 1) if old else new)

    def codes(self, plan: Plan) -> dict[str, str]:
        """Digest the code of each artifact as it is now."""
        source_digest._sources.cache_clear()
        return {name: combined(sources_of(made.stage, made.settings)) for name, made in plan.items()}


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Plan with the code as it is in the checkout."""
    return Plan(read_experiment(experiment()))


@pytest.fixture(scope="module")
def before(plan) -> dict[str, str]:
    """Digest the code of each artifact as it is in the checkout."""
    return {name: combined(made.sources) for name, made in plan.items()}


@pytest.fixture
def code(plan, before, tmp_path, monkeypatch):
    """Copy the package, and have its copy digested."""
    shutil.copytree(ROOT / "src" / "alambic", tmp_path / "alambic", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(source_digest, "ROOT", tmp_path)
    yield Code(tmp_path)
    source_digest._sources.cache_clear()


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Name what has other code."""
    return [name for name in before if before[name] != after[name]]


def below(plan: Plan, roots: list[str]) -> set[str]:
    """Name some artifacts, or all of a stage, and all that is made from them."""
    reached = {name for name in plan if any(name == root or name.startswith(f"{root}/") for root in roots)}
    for name, made in plan.items():  # in the order in which data flows
        if any(upstream.name in reached for inputs in made.inputs.values() for upstream in inputs):
            reached.add(name)
    return reached


UNCALLED = "def spare():\n    return 1\n\n\ndef micro_batches"
BEFORE_SCORE = "def score(", "CHANGED = 1\n\n\ndef score("
NO_EFFECT = {
    "a constant of the watchdog": ("runtime/watchdog.py", "FACTOR = 30", "FACTOR = 40"),
    "when a job makes ready for its end": ("runtime/deadline.py", "OF_A_STEP = 3", "OF_A_STEP = 4"),
    "when a job begins no other part": ("runtime/deadline.py", "OF_A_PART = 2", "OF_A_PART = 3"),
    "how long a rank waits between two looks": ("runtime/waiting.py", "POLL = 0.5", "POLL = 1.5"),
    "how often a training writes to the log": ("runtime/progress.py", "LINE = 10", "LINE = 20"),
    "what a training that ends early reports": ("training/loop.py", '"state saved at', '"saved at'),
    "how many items a process takes at once": ("data/worker_pool.py", "AT_ONCE = 32", "AT_ONCE = 64"),
    "the text of a student's card": ("stages/distill/card.py", '"# ', '"## '),
    "a check of a student": ("settings/student_checks.py", "max(layers) >= depth", "max(layers) > depth - 1"),
    "the text of a fetched model's card": ("stages/fetch/card.py", "Fetched by", "Brought by"),
    "a line of the log": ("stages/distill/run.py", "%d sequences, %d tokens", "%d texts, %d tokens"),
    "a line of the log of a training": ("training/loop.py", "step %d/%d loss", "after %d of %d, loss"),
    "what an error says": ("stages/distill/run.py", "look whether signal", "see whether signal"),
    "a field of an example": (
        "tasks/examples.py",
        "where a head learns to write it\n",
        "where a head learns to write it\n    language: str = 'fr'\n",
    ),
    "a field of a task": (
        "tasks/examples.py",
        "    label_texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)",
        "    label_texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)\n    held_back: int = 0",
    ),
    "a new head": ("tasks/heads/multiple_choice.py", "", "def loss():\n    return 1\n"),
    "which heads a dataset allows": (
        "tasks/datasets/silver_entities.py",
        'HEADS = ("token_classification", "entity_generation", "typed_spans")',
        'HEADS = ("token_classification",)',
    ),
    "a new dataset": ("tasks/datasets/prognosis.py", "", "METRICS = ()\n\n\ndef load():\n    return 1\n"),
    "a new metric": ("stages/evaluate/metrics/brier.py", "", "def score():\n    return 1\n"),
    "a metric that no task names": ("stages/evaluate/metrics/multilabel_f1.py", *BEFORE_SCORE),
    "a new objective": ("stages/distill/objectives/huber.py", "", "def objective():\n    return 1\n"),
    "how a checkpoint is written": ("training/checkpoints.py", "KEPT = 2", "KEPT = 3"),
    "how often a download is tried": ("data/downloads.py", "ATTEMPTS = 4", "ATTEMPTS = 5"),
    "an annotation": ("training/batch_order.py", "size: int, number: int", "size: int, number: Any"),
    "a function that nobody calls": ("training/batch_order.py", "def micro_batches", UNCALLED),
}


def test_what_changes_no_number_makes_nothing_anew(plan, before, code):
    """All of them at once: which file is in whose code says which of them has an effect."""
    for edit in NO_EFFECT.values():
        code.edit(*edit)
    after = code.codes(plan)
    assert {name: other_sources(plan[name]) for name in changed(before, after)} == {}


def other_sources(made: Artifact) -> list[str]:
    """Name the modules of an artifact's code that are not as they were."""
    now = sources_of(made.stage, made.settings)
    return [name for name in sorted(now.keys() | made.sources.keys()) if now.get(name) != made.sources.get(name)]


WITH_EFFECT = {
    "a loss": (("stages/distill/objectives/hidden_regression.py", "square()", "abs()"), ["distill/student"]),
    "the sum of losses": (("stages/distill/losses.py", 'options["weight"]', '2 * options["weight"]'), ["distill"]),
    "the sampler's order": (("training/batch_order.py", "[seed, epoch]", "[epoch, seed]"), [*TRAININGS, "finetune"]),
    "the optimizer": (("training/engine.py", "fused=True", "fused=True, amsgrad=True"), [*TRAININGS, "finetune"]),
    "a cleaning threshold": (("stages/clean/steps/length.py", "characters < min_", "characters <= min_"), ["clean"]),
    "a metric": (
        ("stages/evaluate/metrics/entity_f1.py", *BEFORE_SCORE),
        [f"evaluate/{model}/entities" for model in ("student", "control", "dictionary")],
    ),
    "a family's code": (
        ("stages/distill/families/encoder_decoder.py", "MODELS = ", "CHANGED = 1\nMODELS = "),
        ["distill/writer"],
    ),
    "how heads follow from a width": (
        ("settings/pruned_config.py", "max(1, hidden // size)", "max(2, hidden // size)"),
        ["distill"],
    ),
    "how an example is drawn": (
        ("tasks/sampling.py", "2**56", "2**57"),
        ["clean", "finetune", "predict", "evaluate", "speed"],
    ),
    "a section of the page": (("stages/report/sections/cost.py", "max(seconds)", "min(seconds)"), ["report"]),
    "a template of the page": (("stages/report/templates/macros.html", 'class="mark"', 'class="marks"'), ["report"]),
    "how the page looks": (("stages/report/templates/page.css", "1.45rem", "1.5rem"), ["report"]),
    "a word of the page": (("stages/report/words/cost.json", "Peak memory", "Most memory"), ["report"]),
}


@pytest.mark.parametrize(("edit", "roots"), WITH_EFFECT.values(), ids=WITH_EFFECT)
def test_what_changes_numbers_makes_anew_what_lies_below(plan, before, code, edit, roots):
    code.edit(*edit)
    assert below(plan, changed(before, code.codes(plan))) == below(plan, roots) != set()


def test_the_code_of_one_family_is_not_in_another_s_fingerprint(plan, before, code):
    """Whatever module the students of the one do not reach at all may change as it likes."""
    encoders = plan["distill/student"].sources.keys() | plan["distill/control"].sources.keys()
    own = plan["distill/writer"].sources.keys() - encoders
    assert {"alambic.stages.distill.families.encoder_decoder", "alambic.stages.distill.examples.split"} <= own
    for module in own:
        path = code.package.parent.joinpath(*module.split(".")).with_suffix(".py")
        path.write_text(path.read_text().replace(" return ", " return None or "))
    after = code.codes(plan)
    encoder_work = ("distill/student", "distill/control", "finetune", "predict", "evaluate", "clean", "tokenizer")
    assert not [name for name in changed(before, after) if name.startswith(encoder_work)]
    assert before["distill/writer"] != after["distill/writer"]


def imported(nodes: list[ast.stmt]) -> list[tuple[str, str, str]]:
    """List (alias, module, name) of each definition of this package that some statements import, within them too."""
    imports = [node for top in nodes for node in ast.walk(top) if isinstance(node, ast.ImportFrom)]
    return [
        (alias.asname or alias.name, node.module, alias.name)
        for node in imports
        for alias in node.names
        if node.module and node.module.startswith("alambic")
    ]


def lines_of(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def used(nodes: list[ast.stmt]) -> set[str]:
    """Name what statements use but in annotations and in what is raised or logged."""
    form = NormalForm({"log"}, lambda name: name in ("UserError", "EarlyExit"))
    normal = form.of_all(nodes)
    return {node.id for top in normal for node in ast.walk(top) if isinstance(node, ast.Name)}


@pytest.fixture(scope="module")
def sources() -> source_digest._Sources:
    """Parse the package once."""
    return source_digest._Sources(ROOT / "src")


@pytest.mark.parametrize("stage", STAGES)
def test_what_counted_code_uses_or_passes_on_counts(sources, stage):
    """Of each stage with every plug-in; read from the sources anew, of the digest only what it reached."""
    every = [f"alambic.{folder}.{name}" for folder in plugins.CONTRACTS for name in plugins.names(folder)]
    reached = source_digest._Reach(sources, [f"alambic.stages.{stage}.run", *every]).by_module()
    lines = {module: {line for s in found for line in lines_of(s.node)} for module, found in reached.items()}
    missing = []
    for module in reached:
        tree = ast.parse(sources.module(module).path.read_text())
        imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        counted = [node for node in tree.body if node not in imports and lines[module] & set(lines_of(node))]
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        whole = all(lines[module] & set(lines_of(node)) for node in tree.body if isinstance(node, ast.FunctionDef))
        passed_on = [item for item in imported(imports) if whole and item[0] not in names]
        by_use = used(counted)
        of_use = [item for item in imported(imports) if item[0] in by_use]
        for _, target, name in [*passed_on, *imported(counted), *of_use]:
            source = sources.module(target)
            bound = {name for statement in reached.get(target, ()) for name in statement.binds}
            if source is not None and name in source.by_name and name not in bound:
                missing.append(f"{module}: {name} of {target}")
    assert missing == []


FILE = "Path(__file__).parent / 'lists' / 'ordinary.txt'"


def test_a_data_file_counts_where_it_is_read(code):
    def sources() -> dict[str, str]:
        source_digest._sources.cache_clear()
        return source_digest.source_digests(["alambic.stages.clean.steps.length"])

    name = "alambic/stages/clean/steps/lists/ordinary.txt"
    words = code.package.parent / name
    words.parent.mkdir()
    words.write_text("de\nla\n")
    assert name not in sources()
    code.edit("stages/clean/steps/length.py", "def step(", f"WORDS = {FILE}\n\n\ndef step(")
    reading = sources()
    assert name in reading
    words.write_text("de\n")
    assert sources() == {**reading, name: hashlib.sha256(b"de\n").hexdigest()}


def test_lines_of_the_log_have_no_effect_but_what_they_say():
    """They are left out of fingerprints: what they name must not be changed by the way."""
    changing = {"append", "pop", "next", "write", "send", "add", "update", "clear", "remove", "extend", "read"}
    for path in sorted((ROOT / "src").rglob("*.py")):
        tree = ast.parse(path.read_text())
        form = NormalForm(loggers_of(tree.body), lambda _: False)
        for line in (node for node in ast.walk(tree) if isinstance(node, ast.Expr) and form.is_log_line(node.value)):
            for node in ast.walk(line):
                assert not isinstance(node, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom), (
                    f"{path}:{line.lineno}"
                )
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
                    name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                    assert name not in changing and (node is line.value or name not in LOG_METHODS), (
                        f"{path}:{line.lineno}"
                    )
