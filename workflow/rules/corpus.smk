# Documents, corpora and vocabularies.
# In: the network or local folders (collect), nothing else. Out: Parquet shards of documents, tokenizers.
# Steps: collect each source -> clean them into a corpus -> fit a tokenizer to it.


rule collect:
    """Bring the documents of one source; needs the network, unless its files were brought already."""
    input:
        needed("collect"),
    output:
        "artifacts/collect/{item}/{fingerprint}/manifest.json",
    log:
        "artifacts/collect/{item}/{fingerprint}/log.txt",
    benchmark:
        "artifacts/collect/{item}/{fingerprint}/benchmark.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        attempt=attempt_number,
    params:
        inputs=roles("collect"),
        settings=settings("collect"),
    shell:
        "OMP_NUM_THREADS={threads} python -m alambic collect --attempt {resources.attempt}"
        " --settings {params.settings:q}"
        " --inputs {params.inputs}"
        " --output {output:q} 2>&1 | (trap '' INT TERM; tee -p -a {log:q})"


rule clean:
    """Repair, filter and deduplicate documents; keep what was dropped, and why. Ranks share the sources' shards."""
    input:
        needed("clean"),
    output:
        "artifacts/clean/{item}/{fingerprint}/manifest.json",
    log:
        "artifacts/clean/{item}/{fingerprint}/log.txt",
    benchmark:
        "artifacts/clean/{item}/{fingerprint}/benchmark.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        attempt=attempt_number,
        sorting_mb=256,
    params:
        inputs=roles("clean"),
        launch=launch,
        settings=settings("clean"),
    shell:
        "ALAMBIC_SORTING_MB={resources.sorting_mb}"
        " python -m alambic clean --launcher {params.launch:q} --attempt {resources.attempt}"
        " --settings {params.settings:q}"
        " --inputs {params.inputs}"
        " --output {output:q} 2>&1 | (trap '' INT TERM; tee -p -a {log:q})"


rule tokenizer:
    """Learn the corpus's vocabulary, drop what it never uses."""
    input:
        needed("tokenizer"),
    output:
        "artifacts/tokenizer/{item}/{fingerprint}/manifest.json",
    log:
        "artifacts/tokenizer/{item}/{fingerprint}/log.txt",
    benchmark:
        "artifacts/tokenizer/{item}/{fingerprint}/benchmark.tsv"
    conda:
        "../envs/data.yaml"
    resources:
        attempt=attempt_number,
    params:
        inputs=roles("tokenizer"),
        settings=settings("tokenizer"),
    shell:
        "OMP_NUM_THREADS={threads} python -m alambic tokenizer --attempt {resources.attempt}"
        " --settings {params.settings:q}"
        " --inputs {params.inputs}"
        " --output {output:q} 2>&1 | (trap '' INT TERM; tee -p -a {log:q})"
