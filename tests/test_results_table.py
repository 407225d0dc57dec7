"""The README's results have the form that the script gives them, and it prints what all runs agree on."""

import csv
import importlib.util
import json
import re
from pathlib import Path

import pytest

from alambic.stages.report.comparison import Comparison
from alambic.stages.report.model_table import MODEL, SPEED, write_comparisons
from alambic.stages.report.scores import Score, write_scores

ROOT = Path(__file__).parents[1]
PROGRAM = ROOT / "scripts" / "results_table.py"
spec = importlib.util.spec_from_file_location("results_table", PROGRAM)
results_table = importlib.util.module_from_spec(spec)
spec.loader.exec_module(results_table)

NUMBER = r"\d\.\d{3}"
CELL = rf"{NUMBER} \[{NUMBER}, {NUMBER}\]"
SPEEDS = r"(?:withheld|[\d,]+ \([\d,]+-[\d,]+\)|)"
ROW = re.compile(rf"\| \w+ \| (?:\d+\.\d M|-) \| {SPEEDS} (?:\| {CELL} )+\|")
CLAIM = re.compile(r"- \w+ against \w+: (?:better|worse|no difference shown) on .*\.")


@pytest.fixture
def results(tmp_path):
    def written(name, p):
        folder = tmp_path / name
        folder.mkdir()
        signatures = {"icd": "accuracy|1", "entities": "f1|annotation=silver"}
        measures = [
            ("icd", "long", "test", "accuracy"),
            ("icd", "short", "test", "accuracy"),
            ("entities", "gold", "test", "f1"),
        ]
        scores = [
            Score(model, *measure, signatures[measure[0]], value, value - 0.1, value + 0.1, seed)
            for model, value in (("student", 0.5), ("e5", 0.625))
            for measure in measures
            for seed in ("1", "all")
        ]
        write_scores(scores, folder / "scores.csv")
        compared = [
            Comparison(
                "student", "e5", measures[0], difference=-0.125, low=-0.2, high=-0.01, p=0.001, corrected_p=0.012
            ),
            Comparison("student", "e5", measures[1], difference=-0.125, low=-0.2, high=0.01, p=0.2, corrected_p=0.476),
            Comparison("student", "e5", measures[2], difference=-0.125, low=-0.2, high=0.01, p=p, corrected_p=p),
        ]
        write_comparisons(compared, folder / "comparisons.csv")
        with (folder / "models.csv").open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([*MODEL, *SPEED])
            how = ["Some Processor", 1, 16, 7, "0123456789ab"]
            writer.writerow(["student", "student", 13100000, 5800000, "entities", 2818.4, 2701, 2899.9, "", *how])
            writer.writerow(["student", "student", 13100000, 5800000, "icd", 1, 1, 1, "", *how])
            writer.writerow(["e5", "teacher", 117500000, 96000000, "entities", "", 400, 900, "they disagree", *how])
            writer.writerow(["idle", "student", 1000, 10, *[""] * len(SPEED)])
        return folder

    return written


def form(block):
    """Check each line's form; give the numbers of rows and claims."""
    lines = block.splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert table[0].startswith("| model | parameters | words/s |") and set(table[1]) <= set("|- ")
    assert all(ROW.fullmatch(line) for line in table[2:]), table
    claims = re.sub(r"\n  ", " ", block).splitlines()
    claims = [line for line in claims if line.startswith("- ")]
    assert all(CLAIM.fullmatch(line) for line in claims), claims
    assert lines[0].startswith("Commit ") and max(map(len, lines)) <= 120
    return len(table) - 2, len(claims)


def test_the_script_writes_rows_and_claims(results):
    block = results_table.block([results("here", 0.012)])
    assert form(block) == (2, 1)
    assert "Commit `01234567`, Some Processor, `make run EXPERIMENT=here`." in block
    assert "| student | 13.1 M | 2,820 (2,700-2,900) | 0.500 [0.400, 0.600]" in block
    assert "| e5 | 117.5 M | withheld |" in block and "idle" not in block
    assert "entities, gold (silver)" in block
    joined = " ".join(block.split())
    assert "worse on icd, long (-0.125, corrected p 0.012); entities, gold (-0.125, corrected p 0.012)." in joined
    assert "no difference shown on icd, short" in joined


def test_tables_of_transfer_and_automation_are_written_alone(results):
    folder = results("here", 0.012)
    (folder / "transfer.csv").write_text(
        "task,share,texts,dataset,metric,model,begins_with,value,low,high,scratch,difference,difference_low,"
        "difference_high,p,corrected_p\n"
        "few,0.05,20,year_2023,code_f1,encoder,distilled,0.5,0.4,0.6,scratch,0.25,0.2,0.3,0.001,0.004\n"
        "all,1.0,400,year_2023,code_f1,encoder,distilled,0.7,0.6,0.8,scratch,0.01,-0.1,0.1,0.5,0.5\n"
        "few,0.05,20,year_2023,code_f1,dictionary,,0.45,0.4,0.5,,,,,,\n"
        "all,1.0,400,year_2023,code_f1,dictionary,,0.46,0.4,0.5,,,,,,\n"
    )
    (folder / "automation.csv").write_text(
        "calibration,task,system,others,method,confidence,calibration_units,test_units,allowed_risk,threshold,automated,"
        "wrong,wrong_upper,hours_per_1000,exceeded,mean_automated,oracle,plain_exceeded\n"
        "a,all,encoder,writer dictionary,fixed_sequence,0.95,900,500,0.02,0.8,0.625,0.011,0.02,31.25,0.03,0.6,0.7,0.5\n"
        "a,all,encoder,writer dictionary,fixed_sequence,0.95,900,500,0.01,,0.0,,,0.0,,,,\n"
    )
    lines = results_table.block([folder], ["transfer", "automation"]).splitlines()
    assert lines[0] == "Commit `01234567`, Some Processor, `make run EXPERIMENT=here`."
    assert "code f1 on year 2023, by the share of the training data:" in lines
    assert "| model | begins with | 5 %, 20 texts | 100 %, 400 texts |" in lines
    assert "| encoder | distilled | 0.500 [0.400, 0.600] +0.250* | 0.700 [0.600, 0.800] +0.010 |" in lines
    assert "| dictionary |  | 0.450 [0.400, 0.500] | 0.460 [0.400, 0.500] |" in lines
    assert "| encoder | writer, dictionary | 2 % | 62.5 % | 1.1 % (at most 2 %) | 31.2 | 3 % | 50 % |" in lines
    assert "| encoder | writer, dictionary | 1 % | 0 % | - | 0.0 | - | - |" in lines


def test_where_no_speed_was_measured_the_trainings_say_on_what_they_ran(results, tmp_path):
    folder = results("here", 0.012)
    models = (folder / "models.csv").read_text().splitlines()
    (folder / "models.csv").write_text("\n".join([models[0], models[-1]]) + "\n")
    made = {"finetune/student/icd/seed1": "artifacts/one", "finetune/student/icd/seed2": "artifacts/removed"}
    (folder / "artifacts.json").write_text(json.dumps({**made, "collect/icd": "artifacts/icd"}))
    artifact = tmp_path.parent / "artifacts" / "one"
    artifact.mkdir(parents=True)
    run = {"commit": "89abcdef0123", "device": "Some GPU"}
    (artifact / "manifest.json").write_text(json.dumps({"run": run}))
    assert results_table.conditions(folder) == "Commit `89abcdef`, Some GPU, `make run EXPERIMENT=here`."


def test_what_another_machine_does_not_repeat_is_not_printed(results):
    block = results_table.block([results("here", 0.012), results("there", 0.476)])
    joined = " ".join(block.split())
    assert "alike in 2 runs on different machines" in joined
    assert "worse on icd, long" in joined and "entities, gold (-0.125" not in joined


def test_the_readme_has_the_form_that_the_script_gives():
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    inside = page.partition(results_table.BEGIN)[2].partition(results_table.END)[0].strip("\n")
    rows, claims = form(inside)
    assert rows >= 2 and claims >= 1
    assert results_table.insert(page, inside) == page
    with pytest.raises(SystemExit):
        results_table.insert("no marks", inside)
