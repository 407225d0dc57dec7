"""A share of rejections that is lowered later holds for what is collected already."""

import json
from pathlib import Path

import pytest

from alambic.errors import UserError
from alambic.planning.rejected_share import check_rejected
from alambic.settings import Collect, identity

OPTIONS = {"source": "folder", "path": "x", "digest": "0" * 64, "licence": "MIT"}


def test_the_share_names_no_result() -> None:
    strict, lenient = (Collect.model_validate({**OPTIONS, "max_rejected": share}) for share in (0, 0.5))
    assert identity(strict) == identity(lenient) and "max_rejected" not in identity(strict)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_between_nothing_and_all(share: float) -> None:
    with pytest.raises(ValueError, match="max_rejected"):
        Collect.model_validate({**OPTIONS, "max_rejected": share})


def test_what_was_collected_under_a_larger_share_is_refused(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    check_rejected("reports", manifest, 0.0)
    manifest.write_text(json.dumps({"facts": {"read": 100, "rejected": 3}}))
    check_rejected("reports", manifest, 0.03)
    with pytest.raises(UserError, match=r"collect\.reports: 3 of 100 .* `max_rejected` is 0\.02"):
        check_rejected("reports", manifest, 0.02)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"facts": {"documents": 3}}'])
def test_another_manifest_is_no_matter_of_this_check(content: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(content)
    check_rejected("reports", tmp_path / "manifest.json", 0.0)
