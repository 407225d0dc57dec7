"""Correct p-values for looking many times: the more comparisons, the more of them differ by chance."""

from collections.abc import Sequence

from statsmodels.stats.multitest import multipletests


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct so that the chance of any false claim is held (family-wise error, Holm 1979)."""
    return _corrected(p_values, "holm")


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Correct so that the share of false claims is held (false discovery rate, Benjamini and Hochberg 1995)."""
    return _corrected(p_values, "fdr_bh")


def _corrected(p_values: Sequence[float], method: str) -> list[float]:
    return [float(p) for p in multipletests(list(p_values), method=method)[1]] if len(p_values) else []
