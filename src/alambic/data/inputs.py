"""The finished artifacts that a stage starts from."""

from pathlib import Path

from alambic.errors import UserError

NOT_IN_FINGERPRINT = "where inputs are"


class Inputs(dict[str, list[Path]]):
    """Folders of finished artifacts by role, such as `teacher` or `corpus`; most roles have one."""

    def one(self, role: str) -> Path:
        """Give the only folder of `role`."""
        folders = self.get(role, [])
        if len(folders) != 1:
            raise UserError(f"{len(folders)} inputs for '{role}', expected one: --inputs {role}=ARTIFACT/manifest.json")
        return folders[0]
