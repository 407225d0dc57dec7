"""What an experiment leaves open is looked up once, written beside it, and read by every plan."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hub import COMMIT, hub_with
from serving import Site, serving

from alambic.commands.lock import lock
from alambic.errors import UserError
from alambic.settings.experiment_file import load_experiment
from alambic.settings.lock import lock_of, read_lock
from alambic.settings.pins import check_pinned
from alambic.settings.reading import read_experiment

ZEROS = "0" * 40


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving(tmp_path, monkeypatch) as running:
        yield running


@pytest.fixture(autouse=True)
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with hub_with("team/texts", {"data.csv": b"text\na\n"}) as running:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", running.url)
        yield running.url


def written(folder: Path, **items: object) -> Path:
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump({"name": "mine", "collect": items}))
    return path


def hub_item(**more: str) -> dict[str, str]:
    return {"source": "hub_dataset", "dataset": "team/texts", "licence": "MIT", **more}


@pytest.mark.parametrize("given", [{}, {"revision": "auto"}, {"revision": "main"}, {"revision": ZEROS}])
def test_a_branch_of_the_hub_becomes_its_commit(tmp_path: Path, given: dict[str, str]):
    path = written(tmp_path, texts=hub_item(**given))
    with pytest.raises(UserError, match=r"collect\.texts\.revision is not pinned yet"):
        check_pinned(load_experiment(str(path)))
    assert f"collect.texts.revision is {COMMIT}" in list(lock(str(path), update=[]))
    experiment = load_experiment(str(path))
    check_pinned(experiment)
    assert experiment.collect["texts"].options["revision"] == COMMIT


def test_a_file_and_a_folder_become_their_digests(tmp_path: Path, site: Site):
    file = site.put(b"text\na\n", name="a.csv")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("Toux")
    items = {
        "web": {"source": "web_file", "url": file["url"], "sha256": "auto", "licence": "MIT"},
        "own": {"source": "folder", "path": "notes", "licence": "MIT"},
    }
    path = written(tmp_path, **items)
    list(lock(str(path), update=[]))
    experiment = load_experiment(str(path))
    check_pinned(experiment)
    assert experiment.collect["web"].options["sha256"] == file["sha256"]
    asked = len(site.asked)
    from alambic.data.downloads import from_url

    from_url(file["url"], file["sha256"], filename=f"{file['sha256'][:12]}-a.csv")
    assert len(site.asked) == asked, "it was brought twice"


def test_what_is_locked_stays_until_it_is_named(tmp_path: Path):
    (tmp_path / "notes").mkdir()
    note = tmp_path / "notes" / "a.txt"
    note.write_text("Toux")
    path = written(tmp_path, own={"source": "folder", "path": "notes", "licence": "MIT", "digest": "auto"})
    list(lock(str(path), update=[]))
    first = read_lock(lock_of(path))["collect.own.digest"]["is"]
    note.write_text("Fièvre")
    assert f"collect.own.digest stays {first}" in list(lock(str(path), update=[]))
    lines = list(lock(str(path), update=["own"]))
    assert any(line.endswith(f"(was {first})") for line in lines)
    with pytest.raises(UserError, match="did you mean"):
        list(lock(str(path), update=["collect.onw"]))


def test_a_pin_is_of_its_address(tmp_path: Path):
    path = written(tmp_path, texts=hub_item(revision="auto"))
    list(lock(str(path), update=[]))
    written(tmp_path, texts=hub_item(revision="auto") | {"dataset": "team/others"})
    with pytest.raises(UserError, match="not pinned yet"):
        check_pinned(load_experiment(str(path)))


def test_what_cannot_be_looked_up_costs_no_other_pin(tmp_path: Path, site: Site):
    page = site.put(b"<!DOCTYPE html><html></html>", name="data.csv")["url"]
    items = {
        "texts": hub_item(revision="auto"),
        "gone": hub_item(revision="auto") | {"dataset": "team/gone"},
        "page": {"source": "web_file", "url": page, "sha256": "auto", "licence": "MIT"},
    }
    path = written(tmp_path, **items)
    with pytest.raises(UserError) as caught:
        list(lock(str(path), update=[]))
    assert "the hub shows no dataset 'team/gone' at 'main' (HTTP 404)" in str(caught.value)
    assert "gives a page of HTML" in str(caught.value)
    assert set(read_lock(lock_of(path))) == {"collect.texts.revision"}


def test_what_is_wrong_besides_is_told_first(tmp_path: Path):
    path = written(tmp_path, texts=hub_item(revision="auto", colour="red"))
    with pytest.raises(UserError, match="unknown key"):
        list(lock(str(path), update=[]))
    assert not lock_of(path).exists()


@pytest.mark.parametrize("text", ["[", "a: 1", "a: {of: x}", "a: {of: x, is: 1}", "- a", "\x00"])
def test_a_damaged_lock_is_one_error(tmp_path: Path, text: str):
    path = written(tmp_path, texts=hub_item(revision="auto"))
    lock_of(path).write_text(text)
    with pytest.raises(UserError, match=r"mine\.lock"):
        load_experiment(str(path))


def test_nothing_is_read_from_a_lock_where_the_experiment_pins(tmp_path: Path):
    path = written(tmp_path, texts=hub_item(revision="1" * 40))
    assert list(lock(str(path), update=[])) == [f"0 pins in {lock_of(path)}"]
    assert load_experiment(str(path)) == read_experiment(yaml.safe_load(path.read_text()))
