"""What Linux says of the processor."""

from alambic.runtime.processor import cpu_flags, cpu_name


def test_the_processor_is_named_where_linux_says_it(tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text("processor\t: 0\nmodel name\t: Intel(R) Xeon(R) CPU @ 2.20GHz\n\nmodel name\t: other\n")
    assert cpu_name(path) == "Intel(R) Xeon(R) CPU @ 2.20GHz"
    assert cpu_name(tmp_path / "none") and cpu_flags(tmp_path / "none") == []


def test_flags_are_whole_words(tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text("flags\t\t: fpu avx2 avx512_vnni_like avx512f\n")
    assert cpu_flags(path) == ["avx2", "avx512f"]
    path.write_text("Features\t: fp asimddp i8mm\n")
    assert cpu_flags(path) == ["asimddp", "i8mm"]
