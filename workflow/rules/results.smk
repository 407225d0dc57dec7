# Scores, the report, and MLflow.
# In: fine-tuned models and every other artifact. Out: results/<experiment>/ and the runs in MLflow.
# Steps: evaluate each model on each task -> report -> publish the report's files -> track.


rule evaluate:
    """Score one model, or the dictionary, over all its seeds, with intervals."""
    input:
        needed("evaluate"),
    output:
        "artifacts/evaluate/{item}/{fingerprint}/manifest.json",
    log:
        "artifacts/evaluate/{item}/{fingerprint}/log.txt",
    benchmark:
        "artifacts/evaluate/{item}/{fingerprint}/benchmark.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        attempt=attempt_number,
    params:
        inputs=roles("evaluate"),
        settings=settings("evaluate"),
    shell:
        "OMP_NUM_THREADS={threads} python -m alambic evaluate --attempt {resources.attempt}"
        " --settings {params.settings:q}"
        " --inputs {params.inputs}"
        " --output {output:q} 2>&1 | (trap '' INT TERM; tee -p -a {log:q})"


rule report:
    """Show the whole experiment on one page."""
    input:
        needed("report"),
    output:
        "artifacts/report/{item}/{fingerprint}/manifest.json",
    log:
        "artifacts/report/{item}/{fingerprint}/log.txt",
    benchmark:
        "artifacts/report/{item}/{fingerprint}/benchmark.tsv"
    conda:
        "../envs/train.yaml"
    resources:
        attempt=attempt_number,
    params:
        inputs=roles("report"),
        settings=settings("report"),
    shell:
        "OMP_NUM_THREADS={threads} python -m alambic report --attempt {resources.attempt}"
        " --settings {params.settings:q}"
        " --inputs {params.inputs}"
        " --output {output:q} 2>&1 | (trap '' INT TERM; tee -p -a {log:q})"


rule publish:
    """Put the report where people and scripts look for it."""
    input:
        ancient(str(plan.report.manifest)),
    output:
        published(),
    log:
        f"{plan.results}/publish.log",
    conda:
        "../envs/train.yaml"
    params:
        experiment=described,
    shell:
        "python -m alambic publish {params.experiment:q} 2>&1 | (trap '' INT TERM; tee -p {log:q})"


rule track:
    """Bring every finished artifact into MLflow."""
    input:
        ancient(published()),
    output:
        tracked(),
    log:
        f"{plan.results}/track.log",
    conda:
        "../envs/train.yaml"
    params:
        experiment=described,
    shell:
        "python -m alambic track {params.experiment:q} --output {output:q} 2>&1 | (trap '' INT TERM; tee -p {log:q})"
