"""Our filters and near duplicates beside datatrove's, the same rules on the same texts, in one run.

    pip install datatrove spacy loguru humanize "xxhash<4"     # beside alambic; datatrove cuts French words by spaCy
    python benchmarks/clean/against_datatrove.py [--megabytes 5] [--runs 3] [--parts filters minhash]

Both read the shards of a source that `collect` would have written, drop by Gopher's rules for quality and repetition
with the same thresholds, then by MinHash over runs of 3 words in 14 bands of 9, and write what is left. They take
turns; processor time is each child's own, imports not counted. Equal output: the same texts are left.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from synthetic_french import write_source

BANDS, ROWS = 14, 9
REPETITION, ALPHABETIC = 3.0, 0.7


def main() -> None:
    """Print both speeds, their ratio, and how the texts that are left differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=5)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--parts", nargs="+", default=["filters", "minhash"], choices=["filters", "minhash"])
    parser.add_argument("--child", nargs=3, metavar=("WHO", "SOURCE", "OUTPUT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        who, source, output = given.child
        seconds, left = CLEANERS[who](Path(source), Path(output), given.parts)
        print(json.dumps({"seconds": seconds, "left": sorted(left)}))
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), given)


def compare(folder: Path, given: argparse.Namespace) -> None:
    """Let both clean the same texts, in turns."""
    kinds = write_source(folder / "source", given.megabytes)
    print(f"{given.megabytes} MB, {sum(kinds.values())} texts, planted: {dict(kinds)}; {' and '.join(given.parts)}\n")
    told: dict[str, list[dict]] = {who: [] for who in CLEANERS}
    for run in range(given.runs):
        for who, found in told.items():
            (output := folder / f"{who}-{run}").mkdir()
            command = [sys.executable, __file__, "--parts", *given.parts]
            command += ["--child", who, str(folder / "source"), str(output)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found.append(json.loads(done.stdout.splitlines()[-1]))
    print("| | MB per processor second | texts left |\n|---|---|---|")
    for who, found in told.items():
        speed = given.megabytes / median(one["seconds"] for one in found)
        print(f"| {who} | {speed:.2f} | {len(found[0]['left'])} |")
    ratios = [t["seconds"] / o["seconds"] for o, t in zip(told["alambic"], told["datatrove"], strict=True)]
    print(f"\ndatatrove's time over ours: {', '.join(f'{ratio:.2f}' for ratio in sorted(ratios))}")
    ours, theirs = (set(told[who][0]["left"]) for who in CLEANERS)
    print(f"left by us alone: {len(ours - theirs)}; by datatrove alone: {len(theirs - ours)}")


def by_alambic(source: Path, output: Path, parts: list[str]) -> tuple[float, set[str]]:
    """Clean by the stage; give the seconds and the ids of what is left."""
    from alambic.data.inputs import Inputs
    from alambic.settings import Clean
    from alambic.stages.clean import run as stage

    steps = {
        "filters": ("quality", {"repetition": REPETITION, "alphabetic": ALPHABETIC}),
        "minhash": ("near_duplicates", {"words_per_shingle": 3, "permutations": BANDS * ROWS + 2, "min_words": 1}),
    }
    settings = Clean(sources=["s"], steps=dict(steps[part] for part in parts), held_out=0)
    seconds = timed(lambda: stage.run(settings, Inputs(sources=[source]), output))
    return seconds, {id for path in output.glob("train-*.parquet") for id in pq.read_table(path)["id"].to_pylist()}


def by_datatrove(source: Path, output: Path, parts: list[str]) -> tuple[float, set[str]]:
    """Clean by datatrove's pipelines, one after the other, in this process."""
    from datatrove.pipeline.dedup import MinhashConfig, MinhashDedupBuckets, MinhashDedupCluster
    from datatrove.pipeline.dedup.minhash import MinhashDedupFilter, MinhashDedupSignature
    from datatrove.pipeline.filters import GopherQualityFilter, GopherRepetitionFilter
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.pipeline.writers import ParquetWriter
    from datatrove.utils.word_tokenizers import load_word_tokenizer
    from loguru import logger

    from alambic.stages.clean.steps.quality import LITTLE, MOST_FREQUENT, REPEATED

    logger.remove()
    french = "fra_Latn"
    load_word_tokenizer(french).word_tokenize("Le temps de charger spaCy n'est pas compté.")
    config = MinhashConfig(n_grams=3, num_buckets=BANDS, hashes_per_bucket=ROWS)
    quality = GopherQualityFilter(
        max_doc_words=None,
        min_avg_word_length=2,
        max_avg_word_length=11,
        max_non_alpha_words_ratio=ALPHABETIC,
        stop_words=list(LITTLE),
        language=french,
    )
    repetition = GopherRepetitionFilter(
        dup_line_frac=0.264,
        dup_para_frac=None,
        dup_line_char_frac=None,
        dup_para_char_frac=None,
        top_n_grams=tuple((length, REPETITION * share) for length, share in MOST_FREQUENT.items()),
        dup_n_grams=tuple((length, REPETITION * share) for length, share in REPEATED.items()),
        language=french,
    )
    work, left = output / "work", output / "left"

    def pipeline() -> None:
        filtered = source
        if "filters" in parts:
            filtered = output / "filtered"
            run(ParquetReader(str(source)), quality, repetition, ParquetWriter(str(filtered)))
        if "minhash" in parts:
            run(ParquetReader(str(filtered)), MinhashDedupSignature(f"{work}/sigs", config=config, language=french))
            for bucket in range(BANDS):
                step = MinhashDedupBuckets(f"{work}/sigs", f"{work}/buckets", config=config)
                step.run(None, bucket, BANDS)
            MinhashDedupCluster(f"{work}/buckets", f"{work}/remove", config=config).run(None, 0, 1)
            run(ParquetReader(str(filtered)), MinhashDedupFilter(f"{work}/remove"), ParquetWriter(str(left)))

    seconds = timed(pipeline)
    last = left if "minhash" in parts else output / "filtered"
    return seconds, {id for path in last.glob("*.parquet") for id in pq.read_table(path)["id"].to_pylist()}


def run(*steps: Callable) -> None:
    """Chain datatrove's steps, as its executors do."""
    data = None
    for step in steps:
        data = step(data, 0, 1)
    for _ in data or ():
        pass


def timed(work: Callable[[], object]) -> float:
    """Give the processor seconds of `work`."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


CLEANERS = {"alambic": by_alambic, "datatrove": by_datatrove}

if __name__ == "__main__":
    main()
