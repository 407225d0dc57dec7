"""A run of `apply` loses no file, shares its output with nobody, and answers files that stay as they are."""

import contextlib
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from made_models import made_model

from alambic.commands.apply.answers import Answerer
from alambic.commands.apply.files import part_of, rejected_of, reserved
from alambic.commands.apply.run import apply
from alambic.commands.apply.texts import Reading
from alambic.errors import UserError

TEXT = "text\nFièvre et toux.\nDouleur.\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_model(tmp_path_factory.mktemp("model"), "sequence_classification")


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.csv"
    path.write_text(TEXT)
    return path


def answer(model: Path, notes: Path, output: Path | None, form: str = "jsonl") -> None:
    apply(str(model), [str(notes)], Reading(), output=output, form=form, threads=1)


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize("link", ["itself", "symbolic", "hard"])
def test_a_file_that_is_read_is_not_written_over(model: Path, notes: Path, form: str, link: str) -> None:
    output = notes.with_name("output.csv") if link != "itself" else notes
    if link == "symbolic":
        output.symlink_to(notes)
    elif link == "hard":
        os.link(notes, output)
    with pytest.raises(UserError, match=r"notes.csv, which is read, is written over"):
        answer(model, notes, output, form)
    assert notes.read_text() == output.read_text() == TEXT


@pytest.mark.parametrize("name", [rejected_of, part_of])
def test_nor_is_one_that_the_run_would_use_for_itself(tmp_path: Path, name) -> None:
    output = tmp_path / "output.jsonl"
    file = name(output)
    file.write_text("text")  # not a whole line: a part like that is thrown away
    with pytest.raises(UserError, match="would be lost"), reserved(output, [file]):
        pass
    assert file.read_text() == "text"


def test_an_output_is_a_regular_file_and_that_of_brat_a_folder_without_inputs(tmp_path: Path, notes: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for output, is_folder, error in (
        (pipe, False, "expected a regular file"),
        (Path("/dev/null"), False, "expected a regular file"),
        (tmp_path, False, "it is a folder"),
        (notes, True, "expected a folder"),
        (tmp_path, True, "lies in it"),
        (notes / "under" / "output.csv", False, "cannot be made"),
    ):
        with pytest.raises(UserError, match=error), reserved(output, [notes], is_folder=is_folder):
            pass
    assert pipe.is_fifo() and Path("/dev/null").is_char_device()


def test_an_output_is_that_of_one_run_at_a_time(model: Path, notes: Path, tmp_path: Path) -> None:
    output = tmp_path / "output.jsonl"
    script = (
        "import sys; from pathlib import Path; from alambic.commands.apply.files import reserved\n"
        f"with reserved(Path({str(output)!r}), []): print('owned', flush=True); sys.stdin.read()"
    )
    owner = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert owner.stdin is not None and owner.stdout is not None
    try:
        assert owner.stdout.readline() == b"owned\n"
        with pytest.raises(UserError, match=rf"process {owner.pid} on .* writes it"):
            answer(model, notes, output)
        answer(model, notes, tmp_path / "other.jsonl")
        owner.kill()
        owner.wait()
        answer(model, notes, output)
    finally:
        with contextlib.suppress(BrokenPipeError):
            owner.stdin.close()
        owner.kill()
        owner.wait()
        owner.stdout.close()
    assert output.read_text() == (tmp_path / "other.jsonl").read_text() and not list(tmp_path.glob(".*"))


def test_a_file_system_without_links_has_no_lock_and_is_written_all_the_same(
    model: Path, notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(source, target, **how) -> None:  # as exFAT does
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    answer(model, notes, tmp_path / "output.jsonl")
    assert "has no links to lock it by" in caplog.text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.csv", "output.jsonl"]


@pytest.mark.parametrize("output", ["output.jsonl", None])
def test_a_file_that_grows_meanwhile_ends_the_run(
    model: Path, notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str | None
) -> None:
    given = Answerer.answer

    def answer_and_append(self, texts, seconds=()):
        with notes.open("a") as stream:  # as another program does
            stream.write("Toux.\n")
        return given(self, texts, seconds)

    with monkeypatch.context() as patched:
        patched.setattr(Answerer, "answer", answer_and_append)
        with pytest.raises(UserError, match=r"notes.csv changed while it was read"):
            answer(model, notes, tmp_path / output if output else None)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.csv"]
    answer(model, notes, tmp_path / "again.jsonl")
    assert len((tmp_path / "again.jsonl").read_text().splitlines()) == 3


def test_a_form_is_not_half_written(model: Path, notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alambic.commands.apply import output

    def fail(records, path: Path) -> None:
        path.write_text("half")
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setitem(output.FORMS, "csv", fail)
        with pytest.raises(OSError, match="no space left"):
            answer(model, notes, tmp_path / "output.csv", "csv")
    assert not (tmp_path / "output.csv").exists()
    answer(model, notes, tmp_path / "output.csv", "csv")
    assert (tmp_path / "output.csv").read_text().startswith("id,label")
