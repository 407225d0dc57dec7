# The report's files where people look for them, and MLflow.
# In: artifacts/report/<experiment>/<fingerprint>/manifest.json, and every finished artifact's.
# Out: results/<experiment>/ with report.html, scores.csv, summary.txt, artifacts.json; the runs in MLflow; a stamp of each.


rule publish:
    """Put the report where people and scripts look for it."""
    input:
        manifests([plan.report]),
    output:
        stamp("published"),
    log:
        f"{plan.results}/publish.log",
    conda:
        "../envs/train.yaml"
    params:
        plan=planned,
    shell:
        "python -m alambic publish {params.plan:q} 2>&1 | (trap '' INT TERM; tee -p {log:q})"


rule track:
    """Bring every finished artifact into MLflow."""
    input:
        ancient(stamp("published")),
    output:
        stamp("tracked"),
    log:
        f"{plan.results}/track.log",
    conda:
        "../envs/train.yaml"
    params:
        plan=planned,
    shell:
        "python -m alambic track {params.plan:q} --output {output:q} 2>&1 | (trap '' INT TERM; tee -p {log:q})"
