"""The journal of a training, read while it grows and after kills."""

import logging

from alambic.data.metrics_journal import read_journal


def test_a_journal_with_every_kind_of_trouble(tmp_path, caplog):
    lines = [
        '{"step": 1, "time": 10.0, "loss": 3.0}',
        '{"step": 2, "time": 11.0, "loss": 2.0, "note": "no number", "flag": true}',
        '{"step": 3, "lo{"step": 4, "loss": 1.0}',  # cut by a kill, and appended to
        '{"step": 2, "time": 20.0, "loss": 2.5}',  # taken again after a resume
        '{"step": 5, "time": 21.0, "loss": 0.5',  # being written
    ]
    (tmp_path / "metrics.jsonl").write_text("\n".join(lines))
    caplog.set_level(logging.WARNING)
    assert read_journal(tmp_path) == {1: {"time": 10.0, "loss": 3.0}, 2: {"time": 20.0, "loss": 2.5}}
    assert [record.getMessage().rpartition("/")[2] for record in caplog.records] == [
        "metrics.jsonl:3 is damaged and left out"
    ]


def test_a_line_counts_once_it_is_ended(tmp_path):
    path = tmp_path / "metrics.jsonl"
    assert read_journal(tmp_path) == {}
    path.write_text('{"step": 1, "loss": 3.0}')
    assert read_journal(tmp_path) == {}
    path.write_text('{"step": 1, "loss": 3.0}\n')
    assert read_journal(tmp_path) == {1: {"loss": 3.0}}
