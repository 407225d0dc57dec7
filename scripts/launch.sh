#!/usr/bin/env bash
# Run one command as NODES x RANKS cooperating processes (ranks).
#
#   launch.sh [--nodes N] [--ranks R] [--threads T] [--launcher local|srun] -- COMMAND...
#
#   --nodes     how many nodes (1)                --threads   CPU threads of each rank (1)
#   --ranks     ranks on each node (1)            --launcher  local: here, on one node; srun: over a Slurm job's nodes
#
# Each rank finds RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR, MASTER_PORT and OMP_NUM_THREADS. The first
# rank to fail ends all the others, and its exit status is that of the launch.
set -euo pipefail

fail() {
    echo "launch.sh: $*" >&2
    exit 2
}

nodes=1 ranks=1 threads=1 launcher=local
while [[ ${1-} != -- ]]; do
    case ${1-} in
        --nodes) nodes=${2-} ;;
        --ranks) ranks=${2-} ;;
        --threads) threads=${2-} ;;
        --launcher) launcher=${2-} ;;
        '') fail "expected options, then --, then a command" ;;
        *) fail "unknown option '$1': expected --nodes, --ranks, --threads, --launcher or --" ;;
    esac
    shift 2 || fail "an option has no value"
done
shift
[[ $# -gt 0 ]] || fail "no command after --"
for count in "$nodes" "$ranks" "$threads"; do
    [[ $count =~ ^[1-9][0-9]*$ ]] || fail "'$count': expected a whole number of at least 1"
done
export WORLD_SIZE=$((nodes * ranks)) LOCAL_WORLD_SIZE=$ranks OMP_NUM_THREADS=$threads
# A gradient of an embedding is hundreds of megabytes. By default glibc gives it back to the kernel after every step, which
# zeroes its pages for the next: a quarter of a step on a CPU. Peak memory grows by a tenth.
export MALLOC_MMAP_MAX_=${MALLOC_MMAP_MAX_:-0} MALLOC_TRIM_THRESHOLD_=${MALLOC_TRIM_THRESHOLD_:-1000000000000}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

run_here() {
    [[ $nodes -eq 1 ]] || fail "--nodes $nodes needs --launcher srun"
    export MASTER_ADDR=127.0.0.1 MASTER_PORT
    MASTER_PORT=$(free_port)
    if [[ $ranks -eq 1 ]]; then
        export RANK=0 LOCAL_RANK=0
        exec "$@"
    fi
    local pids=() rank status=0
    for ((rank = 0; rank < ranks; rank++)); do
        RANK=$rank LOCAL_RANK=$rank "$@" &
        pids+=($!)
    done
    # Background processes of a script ignore Ctrl-C: pass signals on. USR1 announces the end of the wall time.
    trap 'kill -TERM "${pids[@]}" 2>/dev/null || true' INT TERM
    trap 'kill -USR1 "${pids[@]}" 2>/dev/null || true' USR1
    wait_for_all "${pids[@]}" || status=$?
    return "$status"
}

# Wait for the ranks; at the first failure end the others, gently and then not, and return its status.
# Looks twice a second: `wait -n` would lose the status of one of two ranks that end together.
wait_for_all() {
    local running=("$@") still pid ended status=0 deadline=0
    while [[ ${#running[@]} -gt 0 ]]; do
        sleep 0.5
        still=()
        for pid in "${running[@]}"; do
            if kill -0 "$pid" 2>/dev/null; then
                still+=("$pid")
                continue
            fi
            ended=0
            wait "$pid" || ended=$?
            if [[ $ended -ne 0 && $status -eq 0 ]]; then
                status=$ended deadline=$((SECONDS + 10))
                echo "launch.sh: a rank ended with status $status: ending the others" >&2
                kill -TERM "$@" 2>/dev/null || true
            fi
        done
        running=(${still[@]+"${still[@]}"})
        if [[ $status -ne 0 && $SECONDS -ge $deadline ]]; then kill -KILL "${running[@]}" 2>/dev/null || true; fi
    done
    return "$status"
}

run_on_slurm() {
    [[ -n ${SLURM_JOB_ID-} ]] || fail "--launcher srun works inside a Slurm job only"
    # The executor removes every SLURM_* but the job's id: ask Slurm for the rest, and tell srun the whole geometry.
    local list first
    list=$(squeue --noheader --jobs "$SLURM_JOB_ID" --format %N)
    first=$(scontrol show hostnames "$list" | head -n 1)
    # Where the node can be reached, which need not be its name.
    MASTER_ADDR=$(scontrol --oneliner show node "$first" | sed -n 's/.* NodeAddr=\([^ ]*\).*/\1/p')
    # All nodes must compute the same port; jobs side by side on one host must not. Below Linux's ephemeral ports.
    MASTER_PORT=$((10000 + SLURM_JOB_ID % 20000))
    export MASTER_ADDR MASTER_PORT
    # shellcheck disable=SC2016  # each task expands its own variables
    exec srun --nodes="$nodes" --ntasks="$WORLD_SIZE" --ntasks-per-node="$ranks" --cpus-per-task="$threads" \
        --kill-on-bad-exit=1 "$0" --nodes "$nodes" --ranks "$ranks" --threads "$threads" --launcher task -- "$@"
}

# What srun starts for each rank.
run_as_task() {
    export RANK=$SLURM_PROCID LOCAL_RANK=$SLURM_LOCALID
    # Slurm signals every process of a task: the command decides what to do, this shell waits for it.
    trap : INT TERM USR1
    local status=0
    "$@" || status=$?
    # srun returns the largest status: a rank ended because another failed (128 + TERM) must not hide the other's.
    [[ $status -ne 143 ]] || status=1
    exit "$status"
}

case $launcher in
    local) run_here "$@" ;;
    srun) run_on_slurm "$@" ;;
    task) run_as_task "$@" ;;
    *) fail "unknown launcher '$launcher': expected local or srun" ;;
esac
