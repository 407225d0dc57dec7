# From public texts to an evaluated small model. What each artifact is made from is in src/alambic/planning/plan.py.
from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/common.smk"


localrules:
    all,
    downloads,
    publish,
    track,


rule all:
    default_target: True
    input:
        tracked(),


rule downloads:
    """All that an experiment takes from the network: run it ahead where compute nodes have none."""
    input:
        manifests("collect", "fetch"),


include: "workflow/rules/corpus.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/results.smk"
include: "workflow/rules/going_on.smk"
