"""The libraries' own answers to where they keep things."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json, sys
sys.argv = ["alambic", "digest", "texts"]
from alambic.__main__ import main
main()
import datasets.config, matplotlib, torch.hub, transformers.utils.hub
from huggingface_hub import constants
from torch.utils import cpp_extension
print(json.dumps([str(place) for place in (
    constants.HF_HUB_CACHE, constants.HF_XET_CACHE, constants.HF_ASSETS_CACHE, datasets.config.HF_DATASETS_CACHE,
    datasets.config.HF_MODULES_CACHE, torch.hub.get_dir(), matplotlib.get_configdir(), matplotlib.get_cachedir(),
    cpp_extension._get_build_directory("x", False), constants.HF_TOKEN_PATH)]))
"""


def places(folder: Path, home: Path, **variables: str) -> list[Path]:
    own = ("HF_", "XDG_", "TORCH", "TRITON", "MPL", "PIP_", "HUGGINGFACE_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    command = [sys.executable, "-c", PROGRAM]
    environment |= {"HOME": str(home), **variables}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return [Path(place) for place in json.loads(done.stdout.splitlines()[-1])]


def test_caches_lie_in_the_work_folder_and_nothing_in_the_home(tmp_path):
    work, home = tmp_path / "mes données d'été, (1) & co", tmp_path / "home"
    (work / "texts").mkdir(parents=True)
    (work / "texts" / "a.txt").write_text("a")
    home.mkdir()
    *caches, token = places(work, home)
    assert all(place.is_relative_to(work / ".cache") for place in caches), caches
    assert token.is_relative_to(home), "where a user is logged in stays known"
    assert not list(home.iterdir())

    theirs = tmp_path / "theirs"
    hub, xet, *_, token = places(work, home, HF_HOME=str(theirs), MPLCONFIGDIR=str(theirs / "mpl"))
    assert hub == theirs / "hub" and xet == theirs / "xet" and token == theirs / "token"
