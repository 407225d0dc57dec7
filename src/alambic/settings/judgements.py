"""What people judged, as a report shows it."""

from typing import Annotated

from pydantic import Field

from alambic.plugins import LocalPath
from alambic.settings.base import Settings


class Judgements(Settings):
    """A file `judgements.json` that `python -m alambic judge read` wrote."""

    path: Annotated[str, LocalPath()]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="what sha256sum prints of it")
