#!/usr/bin/env bash
# Run an experiment's head, Snakemake, as a Slurm job that is followed by another until the work is done: for sites whose
# login nodes end long processes. The head computes nothing: give it a partition that is not billed.
#
#   head_job.sh start EXPERIMENT SITE [--partition P] [--account A] [--qos Q] [--time T] [--heads N] [--limit S] [-- OPTIONS...]
#   head_job.sh status|stop|cancel EXPERIMENT
#
#   --time    wall limit of each head (20:00:00)       --limit  seconds after which a head makes room for the next; by
#   --heads   most heads one after the other (50)               default it does so 5 minutes before its wall limit
#   OPTIONS   more options for Snakemake
#
# stop ends the head and leaves its jobs running; cancel ends them too, as Ctrl-C would. Run it where `make run` works.
#
# A successor waits in the queue from the start (--dependency=afterany), so that also a head whose node dies is followed. The head
# withdraws it when Snakemake has ended by itself: all is done, or failed for good. At its wall limit the head dies without a
# word to its jobs: they go on, and the next head waits for them.
set -euo pipefail

fail() {
    echo "head_job.sh: $*" >&2
    exit 2
}
say() { echo "$(date +%T) head $number of $heads: $*" >&2; }

[[ $# -ge 2 ]] || fail "usage: $0 start EXPERIMENT SITE [OPTIONS] | status|stop|cancel EXPERIMENT"
action=$1 experiment=$2
shift 2
[[ -f $experiment ]] || experiment=config/experiments/$experiment.yaml
title=$(basename -- "$experiment" .yaml)
# What squeue and sbatch would read otherwise (a comma, %, a blank) is replaced, byte by byte in any locale, and told apart by the sum.
plain=$(printf %s "$title" | LC_ALL=C tr -c 'A-Za-z0-9._-' _)
[[ $plain == "$title" ]] && title=
name=head-$plain-$({ pwd -P; printf %s "$title"; } | cksum | cut -d ' ' -f 1) # one per experiment and folder
script=$(realpath "$0")

# The heads' numbers, those that wait included.
heads_now() { squeue --noheader --me --name="$name" --format=%A "$@"; }

# Where a site's profile is: a path, or a name under profiles.
profile_of() { if [[ -f $1 ]]; then printf %s "$1"; else printf %s "profiles/$1.yaml"; fi; }

# As any shell reads it: the /bin/sh of a job is dash on many sites, which knows nothing of bash's $'...'.
quoted() {
    local word mark=\'
    for word; do printf "'%s' " "${word//$mark/$mark\\$mark$mark}"; done
}

# submit NUMBER [SBATCH OPTIONS]: the head of that number; print its job's.
submit() {
    local next=$1
    shift
    mkdir -p logs/slurm
    # To the batch script alone (B:), which decides what Snakemake receives. A comment of its own: `rule_...` is a job's.
    sbatch --parsable --job-name="$name" --comment=alambic-head --no-requeue --ntasks=1 --cpus-per-task=1 \
        --output="logs/slurm/$name-%j.log" --signal=B:USR1@300 "$@" "${sbatch_options[@]}" \
        --wrap="exec $(quoted "$script" run "$experiment" "$site" "$next" "$heads" "$limit" \
            "${#sbatch_options[@]}" "${sbatch_options[@]}" "${snakemake_options[@]}")"
}

start() {
    [[ $# -ge 1 ]] || fail "which site? expected: start EXPERIMENT SITE"
    site=$1 heads=50 limit=0 time=20:00:00 sbatch_options=() snakemake_options=()
    shift
    while [[ $# -gt 0 && $1 != -- ]]; do
        [[ $# -ge 2 ]] || fail "$1 has no value"
        case $1 in
            --partition | --account | --qos | --constraint) sbatch_options+=("$1=$2") ;;
            --time) time=$2 ;;
            --heads) heads=$2 ;;
            --limit) limit=$2 ;;
            *) fail "unknown option '$1': expected --partition, --account, --qos, --constraint, --time, --heads, --limit or --" ;;
        esac
        shift 2
    done
    [[ $# -eq 0 ]] || snakemake_options=("${@:2}")
    sbatch_options+=("--time=$time")
    [[ -f Snakefile ]] || fail "no Snakefile in $PWD: run this where 'make run' works"
    [[ -f $experiment ]] || fail "no experiment $experiment: expected a path, or a name under config/experiments"
    [[ -f $(profile_of "$site") ]] || fail "no site '$site': expected a path, or a name under profiles, such as slurm/jean-zay-h100"
    for count in "$heads" "$limit"; do
        [[ $count =~ ^[0-9]+$ ]] || fail "'$count': expected a whole number"
    done
    local job heads_there
    heads_there=$(heads_now) || fail "Slurm does not say whether this experiment has a head already: try again later"
    [[ -z $heads_there ]] || fail "this experiment has a head already, job ${heads_there%%$'\n'*}: see '$0 status $experiment'"
    job=$(submit 1)
    echo "head job $job; log: logs/slurm/$name-$job.log"
}

# Everything below runs inside the job.

follow() {
    successor=$(submit $((number + 1)) --dependency="afterany:$SLURM_JOB_ID")
}

withdraw_successor() {
    [[ -z $successor ]] || scancel "$successor" || say "job $successor could not be withdrawn: scancel it"
    successor=
}

# The head ends, its jobs go on. SIGTERM first: Snakemake then submits nothing more, and is not cut off while it does.
leave() {
    kill -TERM "$snakemake" 2>/dev/null || true
    for _ in {1..100}; do
        kill -0 "$snakemake" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL -- "-$snakemake" 2>/dev/null || true
}

on_time() {
    leaving="time"
    for _ in {1..5}; do # refused before, by a limit or a controller that was silent
        [[ -z $successor && $number -lt $heads ]] || break
        follow || sleep 20
    done
    say "its time is over; job ${successor:-none} follows, the jobs go on"
    leave
}

# Whether a SIGTERM is the user's wish. The job is COMPLETING by then, for whatever cause: Slurm 22.05 gives a reason for
# the wall limit (TimeLimit) and none for scancel, and tells a preemption in the log only.
cancelled_by_user() {
    [[ $(squeue --noheader --jobs="$SLURM_JOB_ID" --states=all --format=%r) == None ]] &&
        ! grep -q 'DUE TO PREEMPTION\|DUE TO NODE' "logs/slurm/$name-$SLURM_JOB_ID.log"
}

on_term() {
    if [[ -z $leaving ]] && cancelled_by_user; then
        withdraw_successor
        say "cancelled: no head follows, the jobs go on"
    fi
    leaving=${leaving:-term}
    leave
}

on_int() {
    leaving=int
    withdraw_successor
    say "cancelling the jobs"
    kill -INT "$snakemake" 2>/dev/null || true
}

run() {
    site=$1 number=$2 heads=$3 limit=$4
    local count=$5 status=0 timer=
    shift 5
    sbatch_options=("${@:1:count}") snakemake_options=("${@:count+1}")
    successor='' leaving=''
    if [[ $number -lt $heads ]]; then
        follow || say "no job can follow this one now: tried again before it ends"
    fi
    local snakemake_program=snakemake
    [[ ! -x .venv/bin/snakemake ]] || snakemake_program=$PWD/.venv/bin/snakemake
    [[ ! -d .venv/bin ]] || export PATH=$PWD/.venv/bin:$PATH
    say "job $SLURM_JOB_ID on ${SLURMD_NODENAME:-?}"
    # With job control, a process in the background gets a group of its own, and does not ignore SIGINT.
    set -m
    ALAMBIC_SITE=$site "$snakemake_program" --configfile "$experiment" --profile "$(profile_of "$site")" \
        "${snakemake_options[@]}" &
    snakemake=$!
    trap on_time USR1
    trap on_term TERM
    trap on_int INT
    if [[ $limit -gt 0 ]]; then
        (sleep "$limit" && kill -USR1 $$) &
        timer=$!
    fi
    # A trap interrupts `wait`.
    while kill -0 "$snakemake" 2>/dev/null; do
        status=0
        wait "$snakemake" || status=$?
    done
    [[ -z $timer ]] || kill -- "-$timer" 2>/dev/null || true
    # Told to end at its time, Snakemake may have finished all the same.
    if [[ -z $leaving || ($leaving == time && $status -eq 0) ]]; then
        withdraw_successor
        say "Snakemake ended with status $status"
    elif [[ $leaving == time && -z $successor ]]; then
        say "no head follows: this was the last of $heads (--heads)"
    elif [[ $leaving == time ]]; then
        status=0 # handed over: no failure to mail about
    fi
    exit "$status"
}

case $action in
    start) start "$@" ;;
    run) run "$@" ;;
    status) squeue --me --name="$name" --format='%.10A %.10T %.12M %.12L %R' ;;
    stop)
        # The one that waits first, or it would start.
        heads_now --states=PENDING | xargs -r scancel
        heads_now | xargs -r scancel
        ;;
    cancel)
        [[ -n $(heads_now --states=RUNNING) ]] || fail "no head of $experiment runs: see '$0 status', or stop it and scancel its jobs"
        heads_now --states=RUNNING | xargs scancel --batch --signal=INT
        ;;
    *) fail "unknown action '$action': expected start, status, stop or cancel" ;;
esac
