# One rule per stage: each makes artifacts/<stage>/<item>/<fingerprint>/, whose manifest.json is written last.
#
# rule       reads the manifests of                                    leaves next to its own
# collect    nothing: the network, or local folders                    *.parquet, documents of one source
# clean      artifacts/collect/                                        *.parquet, a corpus, and what was dropped
# fetch      nothing: the network, or local folders                    config.json, model.safetensors, a tokenizer
# tokenizer  artifacts/fetch/, clean/                                  tokenizer.json
# adapt      artifacts/fetch/, clean/                                  a model, as fetch
# teach      artifacts/fetch/ or adapt/ or finetune/, clean/           *.parquet, the outputs of a teacher on a corpus
# distill    artifacts/fetch/ or adapt/, tokenizer/, clean/, teach/    a model, as fetch
# finetune   artifacts/fetch/ or adapt/ or distill/, collect/, teach/  a model, as fetch, with a head
# predict    artifacts/finetune/, collect/                             predictions.parquet
# evaluate   artifacts/predict/, collect/                              scores.json
# calibrate  artifacts/predict/, collect/                             calibration.json, units.parquet
# explain    artifacts/finetune/, collect/                             explanations.json, attributions.parquet
# speed      artifacts/finetune/, collect/                             speed.json
# release    artifacts/finetune/, predict/, evaluate/, fetch/, collect/ model/: a model with all that goes with it
# study      artifacts/explain/ or predict/, collect/                  items.parquet, plan.parquet, forms/
# report     all of them                                               report.html, scores.csv, summary.txt
#
# All are the rule of collect for another stage: the same command, with what they say otherwise.


rule collect:
    """Bring the documents of one source; needs the network, unless its files were brought already."""
    input:
        input_manifests,
    output:
        "artifacts/{stage}/{item}/{fingerprint}/manifest.json",
    log:
        "artifacts/{stage}/{item}/{fingerprint}/log.txt",
    wildcard_constraints:
        stage="collect",
    conda:
        "../envs/data.yaml"
    resources:
        attempt=attempt_number,
    params:
        environment=environment,
        launcher="",
        plan=planned,
    shell:
        "{params.environment} python -m alambic {wildcards.stage} {params.launcher} --attempt {resources.attempt}"
        " --plan {params.plan:q}"
        " --output {output:q} 2>&1 | (trap '' INT TERM; tee -p -a {log:q})"


# Repair, filter and deduplicate documents; keep what was dropped, and why. Ranks share the sources' shards.
use rule collect as clean with:
    wildcard_constraints:
        stage="clean",
    resources:
        attempt=attempt_number,
        sorting_mb=256,
    params:
        launcher=launcher,


# Learn the corpus's vocabulary, drop what it never uses.
use rule collect as tokenizer with:
    wildcard_constraints:
        stage="tokenizer",


# Bring a pretrained model; needs the network, unless its files were brought already.
use rule collect as fetch with:
    wildcard_constraints:
        stage="fetch",
    conda:
        "../envs/train.yaml"


# Answer the texts of one task by one model, over all its seeds, or by the dictionary.
use rule fetch as predict with:
    wildcard_constraints:
        stage="predict",


# Score what was answered, with intervals; no model is opened.
use rule fetch as evaluate with:
    wildcard_constraints:
        stage="evaluate",


# Find which units of a task can be answered without a person; no model is opened.
use rule fetch as calibrate with:
    wildcard_constraints:
        stage="calibrate",


# Explain the answers of fine-tuned models, and measure what the explanations are worth.
use rule fetch as explain with:
    wildcard_constraints:
        stage="explain",


# Time the models of one task, in turn in one process.
use rule fetch as speed with:
    wildcard_constraints:
        stage="speed",


# Put a fine-tuned model into a folder that can be passed on.
use rule fetch as release with:
    wildcard_constraints:
        stage="release",


# Write the protocol of a study with people, and a page for each of them.
use rule fetch as study with:
    wildcard_constraints:
        stage="study",


# Show the whole experiment on one page.
use rule fetch as report with:
    wildcard_constraints:
        stage="report",


# Store a teacher's outputs on a corpus, shard by shard; ranks share them.
use rule fetch as teach with:
    wildcard_constraints:
        stage="teach",
    resources:
        attempt=attempt_number,
        generator="transformers",
    params:
        launcher=launcher,


# Train a student; a killed job goes on at its last checkpoint.
use rule fetch as distill with:
    wildcard_constraints:
        stage="distill",
    resources:
        attempt=attempt_number,
        micro_batch=0,
        zero_stage=0,
        offload="none",
        recompute=0,
        kernels="plain",
        data_workers="auto",
        checkpoint_seconds=600,
    params:
        launcher=launcher,


# Let a teacher go on learning on a corpus, before it teaches.
use rule distill as adapt with:
    wildcard_constraints:
        stage="adapt",


# Fine-tune one model on one task from one seed.
use rule distill as finetune with:
    wildcard_constraints:
        stage="finetune",
