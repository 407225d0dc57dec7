"""A peer for encoder-decoders: inseq's input x gradient, which is not in the lock; the test skips without it."""

import numpy as np
import pytest
from explained_models import examples_of, explained_model

inseq = pytest.importorskip("inseq", reason="inseq 0.7.1 is not in the lock: pip install it where it is to be compared")


def test_gradient_x_input_of_what_was_written_is_that_of_inseq(tmp_path):
    explained = explained_model(tmp_path, "text_generation", "encoder_decoder")
    case = explained.cases(examples_of("text_generation"), most=1)[0]
    ((row,),) = explained.gradients([case])
    ours = (row.embeddings * row.gradient).sum(axis=1)
    peer = inseq.load_model(str(tmp_path / "saved"), "input_x_gradient")
    found = peer.attribute(
        [case.text], [case.target], attributed_fn="crossentropy", attribute_target=False, show_progress=False
    )
    theirs = np.asarray(found.sequence_attributions[0].source_attributions.sum(dim=-1))  # (source, written)
    own = len(case.rows[0].own)
    np.testing.assert_allclose(ours, -theirs[: len(ours), :own].sum(axis=1), atol=1e-3)
