"""What a run ends with."""

from made_artifacts import demo, make_all

from alambic.commands.console.next_steps import next_steps
from alambic.commands.publish import publish
from alambic.planning.plan import Plan


def test_a_run_ends_with_results_their_page_the_best_student_and_three_commands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    experiment = demo()
    make_all(experiment)
    publish(experiment)
    plan = Plan(experiment)
    lines = list(next_steps(plan))
    text = "\n".join(lines)
    assert text.startswith((plan.results / "summary.txt").read_text(encoding="utf-8").rstrip())
    assert "results/demo/report.html" in text
    # e5, the teacher, scores better: the one to be used is the best student.
    best = plan["finetune/student_taught/icd_chapter/seed1"]
    assert str(best.folder) in text and (best.folder / "manifest.json").exists()
    assert f"-m alambic apply {best.name} FILE" in text
    assert [line for line in lines if "make ui" in line or "make plan" in line or " apply " in line] == lines[-3:]
