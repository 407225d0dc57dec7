# Teachers, their signals, students, and their fine-tuning.
# In: corpora and tokenizers (corpus.smk), pretrained models. Out: transformers folders, stored signals.
# Steps: fetch a teacher -> adapt it to the domain, where asked -> store what it says about a corpus -> distil students -> fine-tune each model on each task.


rule fetch:
    """Bring a pretrained model; needs the network, unless its files were brought already."""
    input:
        needed("fetch"),
    output:
        "artifacts/fetch/{item}/{fingerprint}/manifest.json",
    log:
        "artifacts/fetch/{item}/{fingerprint}/log.txt",
    benchmark:
        "artifacts/fetch/{item}/{fingerprint}/benchmark.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        attempt=attempt_number,
    params:
        inputs=roles("fetch"),
        settings=settings("fetch"),
    shell:
        "OMP_NUM_THREADS={threads} python -m alambic fetch --attempt {resources.attempt}"
        " --settings {params.settings:q}"
        " --inputs {params.inputs}"
        " --output {output:q} 2>&1 | (trap '' INT TERM; tee -p -a {log:q})"


rule adapt:
    """Let a teacher go on learning on a corpus, before it teaches."""
    input:
        needed("adapt"),
    output:
        "artifacts/adapt/{item}/{fingerprint}/manifest.json",
    log:
        "artifacts/adapt/{item}/{fingerprint}/log.txt",
    benchmark:
        "artifacts/adapt/{item}/{fingerprint}/benchmark.tsv"
    conda:
        "../envs/train.yaml"
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
        inputs=roles("adapt"),
        launch=launch,
        settings=settings("adapt"),
    shell:
        "ALAMBIC_MICRO_BATCH={resources.micro_batch} ALAMBIC_ZERO_STAGE={resources.zero_stage}"
        " ALAMBIC_OFFLOAD={resources.offload} ALAMBIC_RECOMPUTE={resources.recompute}"
        " ALAMBIC_KERNELS={resources.kernels} ALAMBIC_DATA_WORKERS={resources.data_workers}"
        " ALAMBIC_CHECKPOINT_SECONDS={resources.checkpoint_seconds}"
        " python -m alambic adapt --launcher {params.launch:q} --attempt {resources.attempt}"
        " --settings {params.settings:q}"
        " --inputs {params.inputs}"
        " --output {output:q} 2>&1 | (trap '' INT TERM; tee -p -a {log:q})"


rule teach:
    """Store what a teacher says about a corpus, shard by shard; ranks share them."""
    input:
        needed("teach"),
    output:
        "artifacts/teach/{item}/{fingerprint}/manifest.json",
    log:
        "artifacts/teach/{item}/{fingerprint}/log.txt",
    benchmark:
        "artifacts/teach/{item}/{fingerprint}/benchmark.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        attempt=attempt_number,
        writer="transformers",
    params:
        inputs=roles("teach"),
        launch=launch,
        settings=settings("teach"),
    shell:
        "ALAMBIC_WRITER={resources.writer}"
        " python -m alambic teach --launcher {params.launch:q} --attempt {resources.attempt}"
        " --settings {params.settings:q}"
        " --inputs {params.inputs}"
        " --output {output:q} 2>&1 | (trap '' INT TERM; tee -p -a {log:q})"


rule distill:
    """Train a student; a killed job goes on at its last checkpoint."""
    input:
        needed("distill"),
    output:
        "artifacts/distill/{item}/{fingerprint}/manifest.json",
    log:
        "artifacts/distill/{item}/{fingerprint}/log.txt",
    benchmark:
        "artifacts/distill/{item}/{fingerprint}/benchmark.tsv"
    conda:
        "../envs/train.yaml"
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
        inputs=roles("distill"),
        launch=launch,
        settings=settings("distill"),
    shell:
        "ALAMBIC_MICRO_BATCH={resources.micro_batch} ALAMBIC_ZERO_STAGE={resources.zero_stage}"
        " ALAMBIC_OFFLOAD={resources.offload} ALAMBIC_RECOMPUTE={resources.recompute}"
        " ALAMBIC_KERNELS={resources.kernels} ALAMBIC_DATA_WORKERS={resources.data_workers}"
        " ALAMBIC_CHECKPOINT_SECONDS={resources.checkpoint_seconds}"
        " python -m alambic distill --launcher {params.launch:q} --attempt {resources.attempt}"
        " --settings {params.settings:q}"
        " --inputs {params.inputs}"
        " --output {output:q} 2>&1 | (trap '' INT TERM; tee -p -a {log:q})"


rule finetune:
    """Fine-tune one model on one task from one seed."""
    input:
        needed("finetune"),
    output:
        "artifacts/finetune/{item}/{fingerprint}/manifest.json",
    log:
        "artifacts/finetune/{item}/{fingerprint}/log.txt",
    benchmark:
        "artifacts/finetune/{item}/{fingerprint}/benchmark.tsv"
    conda:
        "../envs/train.yaml"
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
        inputs=roles("finetune"),
        launch=launch,
        settings=settings("finetune"),
    shell:
        "ALAMBIC_MICRO_BATCH={resources.micro_batch} ALAMBIC_ZERO_STAGE={resources.zero_stage}"
        " ALAMBIC_OFFLOAD={resources.offload} ALAMBIC_RECOMPUTE={resources.recompute}"
        " ALAMBIC_KERNELS={resources.kernels} ALAMBIC_DATA_WORKERS={resources.data_workers}"
        " ALAMBIC_CHECKPOINT_SECONDS={resources.checkpoint_seconds}"
        " python -m alambic finetune --launcher {params.launch:q} --attempt {resources.attempt}"
        " --settings {params.settings:q}"
        " --inputs {params.inputs}"
        " --output {output:q} 2>&1 | (trap '' INT TERM; tee -p -a {log:q})"
