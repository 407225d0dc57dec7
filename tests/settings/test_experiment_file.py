"""The file of an experiment: what is not read as it was meant is one error, with its place and line."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from alambic.errors import UserError
from alambic.planning.plan import Plan
from alambic.settings import read_experiment
from alambic.settings.experiment_file import load_configuration, load_experiment
from alambic.settings.parsing import parse_yaml
from conftest import ROOT

HEAD = "name: tiny\ncollect:\n  icd10: {source: icd10_fr}\n"
DEEP = "[" * 2000
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "a: &a {k: v}\n" + "".join(
    f"{new}: &{new} {{<<: [{', '.join([f'*{old}'] * 9)}]}}\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def refusal(folder: Path, content: str | bytes) -> str:
    file = folder / "e.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError) as refused:
        Plan(load_experiment(str(file)))
    return str(refused.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f"{HEAD}  icd10: {{source: icd11_fr}}\n", ["line 4: collect: 'icd10' is given twice, first on line 3"]),
        (f"{HEAD}name: other\n", ["line 4: 'name' is given twice, first on line 1"]),
        (f"{HEAD}clean: {{<<: {{a: 1}}, <<: {{b: 2}}}}\n", ["line 4: clean: '<<' is given twice"]),
        ("name: santé\n".encode("latin-1"), ["line 1", "save the file as UTF-8", "'é'"]),
        ("name: tiny\n".encode("utf-16"), ["UTF-16", "save it as UTF-8"]),
        (b"name: a\x00b\n", ["is not YAML"]),
        (f'{HEAD}description: "a\\0b"\n', ["description: ", "is not allowed in a text", "(line 4)"]),
        (f'{HEAD}description: "a\\ud800b"\n', ["description: ", "is not allowed in a text", "(line 4)"]),
        (f"{HEAD}\ttasks: {{}}\n", ["line 4", "indent with blanks"]),
        ("", ["is empty"]),
        ("# nothing\n", ["is empty"]),
        ("- name\n", ["holds ['name']; expected a mapping"]),
        ("tiny\n", ["holds 'tiny'; expected a mapping"]),
        (f"{HEAD}---\n{HEAD}", ["line 4", "another document"]),
        (f"name: {DEEP}", ["more than 50 deep"]),
        ("name: &a [*a]\n", ["more than 50 deep"]),
        (BOMB, ["more than 100,000 values"]),
        (MERGES, ["more than 100,000 values"]),
        ("name: *nobody\n", ["line 1", "undefined alias"]),
        ("name: !!python/object/apply:os.system [id]\n", ["line 1: name: the tag", "is not read here"]),
        (f"{HEAD}cite: !!set {{a, b}}\n", ["line 4: cite: the tag"]),
        (f"{HEAD}# {'x' * 1_000_000}\n", ["larger than 1,000,000 bytes"]),
        (
            f"{HEAD}finetune: {{models: [dictionary], learning_rate: .inf}}\n",
            ["finetune.learning_rate: inf", "(line 4)"],
        ),
        (
            f"{HEAD}finetune: {{models: [dictionary], warmup: .nan}}\n",
            ["finetune.warmup: nan: expected a finite number"],
        ),
        (f"{HEAD}finetune: {{models: [dictionary], weight_decay: 1.0e999}}\n", ["weight_decay: inf"]),
        (f"{HEAD}finetune: {{models: [dictionary], seeds: [{2**64}]}}\n", ["seeds.0: 18446744073709551616: too large"]),
        (
            f"{HEAD}finetune: {{models: [dictionary], seeds: [{'9' * 5000}]}}\n",
            ["line 4: finetune.seeds.0", "is no int"],
        ),
        (
            f"{HEAD}finetune: {{models: [dictionary], seeds: [1, 2, 1]}}\n",
            ["finetune.seeds: 1 is given twice", "line 4"],
        ),
        (f"{HEAD}finetune: {{models: [dictionary, dictionary]}}\n", ["finetune.models: 'dictionary' is given twice"]),
        (f"{HEAD}finetune: {{models: [dictionary], seeds: [-1]}}\n", ["seeds.0: -1", "greater than or equal to 0"]),
        (f"{HEAD}finetune: {{models: [dictionary], seeds: [true]}}\n", ["finetune: seeds: true: expected a number"]),
        (f"{HEAD}finetune: {{models: [dictionary], epochs: true}}\n", ["finetune: epochs: true: expected a number"]),
        (f"{HEAD}  a: {{source: icd10_fr, seed: false}}\n", ["icd10_fr.seed: false: expected a number"]),
        (f"{HEAD}finetune: 3\n", ["finetune: 3: expected a mapping"]),
        (f"{HEAD}clean: {{c: {{sources: [icd10, icd10]}}}}\n", ["clean.c.sources: 'icd10' is given twice"]),
        (f"{HEAD}report: {{compare: [[a, a]]}}\n", ["report.compare: [a, a]: a model against itself"]),
        (f"{HEAD}report: {{compare: [[a, b], [b, a]]}}\n", ["report.compare: [a, b] is given twice"]),
        (f"{HEAD}  ICD10: {{source: icd10_fr}}\n", ["collect.ICD10: differs from 'icd10' in capitals alone"]),
        (f"{HEAD}  2024: {{source: icd10_fr}}\n", ["collect: the key 2024", "put it in quotes"]),
        (f"{HEAD}  été: {{source: icd10_fr}}\n", ["collect: 'été' is no name: expected letters without accents"]),
        (f"{HEAD}  a/b: {{source: icd10_fr}}\n", ["collect: 'a/b' is no name"]),
        (f"{HEAD}  a.: {{source: icd10_fr}}\n", ["collect: 'a.' is no name"]),
        (f"{HEAD}  '{{item}}': {{source: icd10_fr}}\n", ["is no name"]),
        (f"{HEAD}  {'n' * 65}: {{source: icd10_fr}}\n", ["has 65 characters; expected a name of at most 64"]),
        (f"{HEAD}  {'ab' * 20}: {{source: icd10_fr}}\n", ["repeats the same characters 20 times"]),
        (f"{HEAD}  a: {{source: icd10_fr, options: [1]}}\n", ["collect.a: options: [1]: expected a mapping"]),
        (f"{HEAD}  a: {{source: icd10_fr, seed: 1, options: {{seed: 2}}}}\n", ["collect.a: seed is given twice"]),
        (f"{HEAD}  a: {{source: icd10_fr, wordings: [long, long]}}\n", ["wordings: 'long' is given twice"]),
        (f"{HEAD}  a: {{source: icd10_fr, licence: 1.0}}\n", ["licence: 1.0: a number", "put it in quotes"]),
    ],
)
def test_what_cannot_be_meant_is_one_error_with_its_place(tmp_path, content, expected):
    message = refusal(tmp_path, content)
    assert len(message) < 500
    for part in expected:
        assert part in message, message


TASK = "tasks:\n  icd: {{task: icd10_labels, data: {{labels: icd10}}, {}}}\nfinetune: {{models: [dictionary]}}\n"


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("finetune: {by_model: 3}", "tasks.icd.finetune.by_model: 3: expected a mapping"),
        ("finetune: {by_model: {}, epochs: x}", "'x'"),
        ("finetune: [1]", "tasks.icd.finetune: [1]: expected a mapping"),
        ("metrics: [accuracy, accuracy]", "tasks.icd.metrics: 'accuracy' is given twice"),
        ("perturb: {'a//b': {typos: {}}}", "tasks.icd.perturb: 'a//b' is no name"),
        ("perturb: {'$x$': {typos: {}}}", "tasks.icd.perturb: '$x$' is no name"),
        ("perturb: {a: 3}", "tasks.icd.perturb.a: 3: expected a mapping"),
        ("perturb: {a: {typos: {rate: .nan}}}", "typos.rate: nan: expected a finite number"),
    ],
)
def test_what_a_task_cannot_mean_is_one_error_too(tmp_path, setting, expected):
    assert expected in refusal(tmp_path, HEAD + TASK.format(setting))


def test_words_and_days_without_quotes_are_texts():
    text = (
        "a: 2026-11-01\nb: no\nc: on\nd: 1:30\ne: 010\nf: 1.0\ng: true\nh: null\ni: 0x1F\nj: 1_000\nk: 5.0e-4\nl: =\n"
    )
    content = {"a": "2026-11-01", "b": "no", "c": "on", "d": "1:30", "e": "010", "f": 1.0, "g": True, "h": None}
    assert parse_yaml(text, "here").content == content | {"i": 31, "j": 1000, "k": 5e-4, "l": "="}


def test_a_day_without_quotes_is_the_day(tmp_path):
    file = tmp_path / "e.yaml"
    file.write_text(
        "name: e\ncollect: {hal: {source: hal, query: x, until: 2026-11-01}}\nclean: {c: {sources: [hal]}}\n"
    )
    assert load_experiment(str(file)).collect["hal"].options["until"] == "2026-11-01"


def test_a_merge_changes_what_it_names_and_nothing_else():
    text = "base: &b {x: 1, y: {z: 1}}\nother: {<<: *b, x: 2}\nboth: {<<: [{x: 3}, *b], w: 4}\n"
    content = parse_yaml(text, "here").content
    assert content["other"] == {"x": 2, "y": {"z": 1}} and content["both"] == {"x": 3, "y": {"z": 1}, "w": 4}
    assert content["other"]["y"] is not content["base"]["y"]


@pytest.mark.parametrize("title", ["a\u2028 b", "a\x7fb", "a\x85b", "a\ufffeb", "x" * 3000])
def test_what_is_handed_on_as_json_is_read_as_json(title):
    experiment = read_experiment({"name": "tiny", "collect": {"a": {"source": "icd10_fr"}}, "report": {"title": title}})
    assert load_experiment(experiment.model_dump_json(exclude_unset=True)) == experiment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"name": "a", "name": "b"}', "'name' is given twice"),
        ('{"name": NaN}', "nan: expected a finite number"),
        ('{"name": ', "is not JSON: line 1"),
        ('{"name": ' + "[" * 100_000, "more than 50 deep"),
        ('{"name": ' + "9" * 5000 + "}", "limit"),
    ],
)
def test_json_that_cannot_be_meant_is_one_error(text, expected):
    with pytest.raises(UserError, match=expected):
        load_experiment(text)


def test_a_folder_a_missing_file_and_a_name_that_no_file_can_have_are_said_so(tmp_path):
    for name, expected in [(str(tmp_path), "is a folder"), ("smok", "did you mean 'smoke'"), ("x" * 300, "too long")]:
        with pytest.raises(UserError, match=expected):
            load_experiment(name)


def test_what_the_command_line_changes_counts(tmp_path):
    file = tmp_path / "e.yaml"
    file.write_text(HEAD)
    changes = {"evaluate": {"resamples": "17"}, "collect": {"icd10": {"external_causes": 5}}}
    experiment = load_configuration([file], changes)
    assert experiment.evaluate.resamples == 17 and experiment.collect["icd10"].options["external_causes"] == 5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("name: santé\n".encode("latin-1"), "save the file as UTF-8"),
        (f"name: {DEEP}".encode(), "more than 50 deep"),
        (f"{HEAD}  icd10: {{source: icd11_fr}}\n".encode(), "'icd10' is given twice, first on line 3"),
        (f"{HEAD}finetune: {{models: [dictionary], seeds: [1, 1]}}\n".encode(), "finetune.seeds: 1 is given twice"),
        (b"name: !!python/name:os.system\n", "the tag"),
        (f"{HEAD}clean: {{c: {{sources: [icd10]}}}}\n".encode(), ""),
    ],
)
def test_snakemake_says_the_same(tmp_path, content, expected):
    file = tmp_path / "e.yaml"
    file.write_bytes(content)
    command = [sys.executable, "-m", "snakemake", "-n", "--configfile", str(file), "--profile", "profiles/local.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    said = done.stdout + done.stderr
    assert (done.returncode == 0) == (expected == "") and expected in said, said
    assert "Traceback" not in said and "Error" not in said.replace("WorkflowError", ""), said


@pytest.mark.slow
def test_a_command_whose_reader_has_seen_enough_ends_in_silence(tmp_path):
    program = textwrap.dedent(f"""
        {sys.executable} -m alambic plan demo | true
        {sys.executable} -m alambic digest {tmp_path}/nothing | head -c 1
    """)
    done = subprocess.run(["bash", "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert "Traceback" not in done.stderr and "BrokenPipe" not in done.stderr
    assert json.dumps(done.stderr).count("alambic: ") == 1
