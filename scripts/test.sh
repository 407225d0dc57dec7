#!/usr/bin/env bash
# The whole test command: style, types, workflow style, the documentation, then the tests.
set -euo pipefail
cd "$(dirname "$0")/.."

ruff check .
ruff format --check .
# Types take most of a minute of one core: they are checked while the tests run.
types_log=$(mktemp)
mypy > "$types_log" 2>&1 &
types=$!
trap 'kill "$types" 2> /dev/null || true; rm -f "$types_log"' EXIT
snakefmt --check Snakefile workflow
snakemake --lint --configfile config/experiments/demo.yaml > /dev/null
NO_MKDOCS_2_WARNING=1 mkdocs build --strict
for tool in slurmctld chromium shellcheck; do
    command -v "$tool" > /dev/null || [ -x "/usr/sbin/$tool" ] ||
        echo "$tool is not installed: its tests are skipped (apt-get install slurmctld slurmd slurm-client munge chromium shellcheck)"
done
# A file is one process's. What waits for clusters and servers leaves a core to the others: three on two cores.
status=0
pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not chaos" "$@" || status=$?
wait "$types" || status=$?
cat "$types_log"
exit "$status"
