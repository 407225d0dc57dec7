"""Write the report of a finished experiment again with the code as it is, without computing anything.

python scripts/render_report.py results/demo out/

Of the artifacts that the folder's artifacts.json names, the paths are meant in the current folder.
"""

import argparse
import json
from pathlib import Path

from alambic.data.inputs import Inputs
from alambic.data.manifest import Manifest
from alambic.settings import Report
from alambic.stages.report.run import run


def main() -> None:
    """Read the settings of the report that is there, and write its files into another folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="a folder such as results/demo")
    parser.add_argument("output", type=Path, help="a folder for the report's files")
    parser.add_argument("--texts", nargs="*", default=None, help="tasks whose texts are shown")
    given = parser.parse_args()
    folders = {name: Path(path) for name, path in json.loads((given.results / "artifacts.json").read_text()).items()}
    *names, report = folders
    written = Manifest.read(folders[report] / "manifest.json").settings
    fields = {name: value for name, value in written.items() if name in Report.model_fields and name != "sections"}
    if given.texts is not None:
        fields["texts"] = given.texts
    settings = Report.model_validate(fields)
    given.output.mkdir(parents=True, exist_ok=True)
    print(run(settings, Inputs({"artifacts": [folders[name] for name in names]}), given.output))  # noqa: T201


if __name__ == "__main__":
    main()
