"""A peer for encoder-decoders: inseq's input x gradient, which is not in the lock; the test skips without it."""

from dataclasses import replace

import numpy as np
import pytest
from explained_models import examples_of, explained_model

inseq = pytest.importorskip("inseq", reason="inseq 0.7.1 is not in the lock: pip install it where it is to be compared")


def test_gradient_x_input_of_what_was_written_is_that_of_inseq(tmp_path):
    """Theirs is of each token's probability, ours of its logarithm: the slope is p times as steep."""
    explained = explained_model(tmp_path, "text_generation", "encoder_decoder")
    whole = explained.cases(examples_of("text_generation"), most=1)[0]
    (row,) = whole.rows
    cases = [replace(whole, rows=(replace(row, own=(place,)),)) for place in row.own]
    slopes = [(of.embeddings * of.gradient).sum(axis=1) for (of,) in explained.gradients(cases)]
    ours = np.stack(slopes, axis=1) * explained.probabilities(cases)
    peer = inseq.load_model(str(tmp_path / "saved"), "input_x_gradient")
    found = peer.attribute([whole.text], [whole.target], attribute_target=False, show_progress=False)
    theirs = np.asarray(found.sequence_attributions[0].source_attributions.sum(dim=-1))  # (source, written)
    assert np.abs(ours).max() > 1e-4
    np.testing.assert_allclose(ours, theirs[: len(row), : len(row.own)], rtol=1e-2, atol=1e-5)
