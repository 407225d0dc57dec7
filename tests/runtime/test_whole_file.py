"""A file that is written is whole or absent, and no link that another user planted is written through."""

import pytest

from alambic.runtime.whole_file import append, replaced, write_atomically


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    write_atomically(path, "old")
    with pytest.raises(RuntimeError), replaced(path) as stream:
        stream.write(b"new")
        raise RuntimeError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_link_in_its_place_is_replaced_and_not_written_through(tmp_path):
    victim, path = tmp_path / "victim", tmp_path / "file"
    victim.write_text("mine")
    path.symlink_to(victim)
    write_atomically(path, "new")
    assert victim.read_text() == "mine" and path.read_text() == "new" and not path.is_symlink()


def test_the_name_of_what_is_being_written_cannot_be_guessed(tmp_path):
    names = set()
    for _ in range(2):
        with replaced(tmp_path / "file"):
            names |= {path.name for path in tmp_path.glob(".*")}
    assert len(names) == 2


def test_nothing_is_appended_through_a_link(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "log").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic"):
        append(tmp_path / "log", "line\n")
    assert victim.read_text() == "mine"
