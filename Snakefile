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
        stamp("tracked"),
        manifests(damaged_artifacts()),


rule downloads:
    """All that an experiment takes from the network: run it ahead where compute nodes have none."""
    input:
        manifests(a for a in plan.values() if a.settings.needs_network),


include: "workflow/rules/stages.smk"
include: "workflow/rules/results.smk"
include: "workflow/rules/resume.smk"
