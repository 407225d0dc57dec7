#!/usr/bin/env bash
# The figures that the README quotes, after `make demo`. Run it on a machine that does nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "## Stages of the demo"
python benchmarks/planning/stages.py demo
echo "## make demo again: nothing runs"
time make --no-print-directory demo > /dev/null
echo "## Planning"
python benchmarks/planning/planning.py
echo "## The teacher's signal: stored, or beside the student"
python benchmarks/teach/signal_cost.py
echo "## What our loop costs beside a bare one; checkpoints; the way back after a kill"
python benchmarks/training/training_loop.py
echo "## What a campaign loses, by how often it saves"
python benchmarks/training/campaign.py
