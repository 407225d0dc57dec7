"""The loop's arithmetic does not depend on ranks or micro-batches."""

import pytest
from tiny import finish, losses, some, start


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    assert finish(start(folder)) == [0]
    return folder


@pytest.mark.parametrize(
    ("ranks", "environment"),
    some(
        [
            (3, {}),
            (1, {"ALAMBIC_MICRO_BATCH": "5"}),
            (2, {"ALAMBIC_ZERO_STAGE": "2", "ALAMBIC_OFFLOAD": "cpu"}),
        ],
        (2, {}),
        (2, {"ALAMBIC_ZERO_STAGE": "2"}),
        (2, {"ALAMBIC_ZERO_STAGE": "1", "ALAMBIC_OFFLOAD": "cpu"}),
    ),
)
def test_the_batch_is_global(undisturbed, tmp_path, ranks, environment):
    assert set(finish(start(tmp_path, ranks=ranks, **environment))) == {0}
    assert losses(tmp_path) == pytest.approx(losses(undisturbed), rel=1e-4)


def test_a_training_learns(undisturbed):
    found = losses(undisturbed)
    assert sum(found[-5:]) < sum(found[:5]) / 2
