#!/usr/bin/env bash
# A real Slurm cluster of several virtual nodes on this machine, for tests: no systemd, no cgroups, no root needed.
#
#   test_cluster.sh start DIR [--accounting none|dbd] [--shape jean-zay|strict] [--offset K]
#   test_cluster.sh stop|status|env DIR          then: eval "$(test_cluster.sh env DIR)"
#   test_cluster.sh kill-node|start-node DIR --node NAME
#   test_cluster.sh kill-controller|start-controller|pause-controller|resume-controller DIR
#
# Two CPU nodes (partitions prepost and cpu_p1) and two GPU nodes (gpu_p6, four pretended H100 each), shaped and named as on
# Jean Zay. --accounting dbd adds slurmdbd on a private MariaDB, with accounts, QoS and their enforcement (6 s more).
# --shape strict, with --accounting dbd, is a site of another kind: partitions short (30 minutes), work and gpu, where gpu2 is
# drained; a rule that refuses a job without --account; at most 4 submitted jobs for account team-a; a default QoS of one hour.
# Clusters side by side on one machine each take another --offset, 0 to 4. All state lives in DIR.
# Debian packages: slurmctld slurmd slurm-client munge; for dbd also slurmdbd mariadb-server.
set -euo pipefail
umask 022
export PATH=$PATH:/usr/sbin:/sbin
NODES=(cpu1 cpu2 gpu1 gpu2)
PROJECT=abc # the accounts of --accounting dbd: abc@cpu, abc@h100

say() { echo "test_cluster: $*" >&2; }
fail() {
    say "$*"
    exit 1
}

[[ $# -ge 2 ]] || fail "usage: $0 start|stop|status|env DIR [--accounting none|dbd] [--shape jean-zay|strict] [--offset K]"
action=$1 folder=$(realpath -m "$2") accounting=none shape=jean-zay offset=0 node=
shift 2
while [[ $# -gt 0 ]]; do
    case $1 in
        --accounting) accounting=$2 ;;
        --offset) offset=$2 ;;
        --shape) shape=$2 ;;
        --node) node=$2 ;;
        *) fail "unknown option '$1': expected --accounting, --shape, --offset or --node" ;;
    esac
    shift 2
done
[[ $accounting =~ ^(none|dbd)$ ]] || fail "--accounting '$accounting': expected none or dbd"
[[ $shape =~ ^(jean-zay|strict)$ ]] || fail "--shape '$shape': expected jean-zay or strict"
[[ $shape == jean-zay || $accounting == dbd || $action != start ]] || fail "--shape strict enforces accounts: add --accounting dbd"
[[ $offset =~ ^[0-4]$ ]] || fail "--offset '$offset': expected 0 to 4"
# Above the ports of launch.sh (10000 to 29999), below Linux's ephemeral ones (32768).
port=$((30000 + 500 * offset))
user=$(id -un)
# Every daemon, client and job carries the mark, so that `stop` finds all that it must end, and nothing else.
mark=ALAMBIC_TEST_CLUSTER=$folder
export SLURM_CONF=$folder/etc/slurm.conf

write_configuration() {
    mkdir -p "$folder"/{etc,log,run,state,spool,munge,dev,bin}
    chmod 700 "$folder/munge"
    [[ -s $folder/munge/key ]] || head -c 1024 /dev/urandom >"$folder/munge/key"
    chmod 400 "$folder/munge/key"
    write_slurm_conf >"$SLURM_CONF"
    # Slurm 22.05 counts a GPU only if its file is a device: links to /dev/null will do, also without root.
    local i
    for i in 0 1 2 3; do ln -sfn /dev/null "$folder/dev/nvidia$i"; done
    echo "NodeName=gpu[1-2] Name=gpu Type=h100 File=$folder/dev/nvidia[0-3]" >"$folder/etc/gres.conf"
    # slurmd wants the plugin named, even to constrain nothing.
    printf '%s\n' CgroupPlugin=cgroup/v1 CgroupMountpoint=/sys/fs/cgroup ConstrainCores=no ConstrainRAMSpace=no \
        ConstrainDevices=no >"$folder/etc/cgroup.conf"
    [[ $accounting == none ]] || write_slurmdbd_conf
    [[ $shape == jean-zay ]] || write_submit_rule >"$folder/etc/job_submit.lua"
    write_clients
}

write_slurm_conf() {
    cat <<CONF
ClusterName=alambic
SlurmctldHost=localhost
SlurmctldPort=$port
SrunPortRange=$((port + 100))-$((port + 300))
# Launches derive their port from the job's number: clusters side by side must not count alike.
FirstJobId=$((1 + 1000 * offset))
SlurmUser=$user
SlurmdUser=$user
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd.%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.%n.log
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
AuthType=auth/munge
# A requeued job waits for the end of its credential: 10 s instead of 120.
AuthInfo=socket=$folder/run/munge.socket,cred_expire=10
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,batch_sched_delay=0,sched_interval=2
ReturnToService=2
# The nodes have more cores and memory than this machine.
SlurmdParameters=config_overrides
SlurmdTimeout=60
KillWait=10
UnkillableStepTimeout=120
# Tests ask about jobs that ended long ago.
MinJobAge=3600
GresTypes=gpu
PropagateResourceLimits=NONE
JobCompType=jobcomp/none
$(accounting_lines)
$(node_lines)
$(partition_lines)
CONF
}

partition_lines() {
    local default="DefaultTime=10 DefMemPerCPU=100"
    if [[ $shape == jean-zay ]]; then
        echo "PartitionName=cpu_p1 Nodes=cpu[1-2] Default=YES MaxTime=100:00:00 $default"
        echo "PartitionName=prepost Nodes=cpu[1-2] MaxTime=20:00:00 $default"
        echo "PartitionName=gpu_p6 Nodes=gpu[1-2] MaxTime=100:00:00 $default"
    else
        echo "PartitionName=short Nodes=cpu1 Default=YES MaxTime=00:30:00 $default"
        echo "PartitionName=work Nodes=cpu[1-2] MaxTime=24:00:00 $default"
        echo "PartitionName=gpu Nodes=gpu[1-2] MaxTime=24:00:00 $default"
        echo JobSubmitPlugins=lua
    fi
}

write_submit_rule() {
    cat <<'LUA'
function slurm_job_submit(job, partitions, uid)
    if job.account == nil then
        slurm.log_user("Please name an account: --account=...")
        return slurm.ERROR
    end
    return slurm.SUCCESS
end
function slurm_job_modify(job, record, partitions, uid)
    return slurm.SUCCESS
end
LUA
}

accounting_lines() {
    if [[ $accounting == none ]]; then
        printf '%s\n' AccountingStorageType=accounting_storage/none JobAcctGatherType=jobacct_gather/none
    else
        # Without AccountingStoragePass the daemons look for the system's munge.
        printf '%s\n' AccountingStorageType=accounting_storage/slurmdbd AccountingStorageHost=localhost \
            "AccountingStoragePort=$((port + 1))" "AccountingStoragePass=$folder/run/munge.socket" \
            AccountingStorageTRES=gres/gpu AccountingStorageEnforce=associations,limits,qos \
            JobAcctGatherType=jobacct_gather/linux JobAcctGatherFrequency=task=2
    fi
}

node_lines() {
    local i shape common="NodeHostname=localhost NodeAddr=127.0.0.1"
    for i in "${!NODES[@]}"; do
        shape="CPUs=80 CoresPerSocket=40 ThreadsPerCore=2 RealMemory=160000"
        [[ ${NODES[i]} == cpu* ]] || shape="CPUs=192 CoresPerSocket=96 ThreadsPerCore=2 RealMemory=512000 Feature=h100 Gres=gpu:h100:4"
        echo "NodeName=${NODES[i]} $common Port=$((port + 10 + i)) Boards=1 SocketsPerBoard=1 $shape"
    done
}

write_slurmdbd_conf() {
    printf '%s\n' DbdHost=localhost "DbdPort=$((port + 1))" "SlurmUser=$user" AuthType=auth/munge \
        "AuthInfo=socket=$folder/run/munge.socket" "LogFile=$folder/log/slurmdbd.log" "PidFile=$folder/run/slurmdbd.pid" \
        StorageType=accounting_storage/mysql StorageHost=127.0.0.1 "StoragePort=$((port + 2))" \
        StorageUser=slurm StoragePass=slurm StorageLoc=slurm_acct >"$folder/etc/slurmdbd.conf"
    chmod 600 "$folder/etc/slurmdbd.conf"
}

# Snakemake's job step removes every SLURM_* variable, SLURM_CONF too: clients on PATH that set it again.
write_clients() {
    local name
    for name in srun sbatch salloc scancel squeue sinfo scontrol sacct sacctmgr sshare; do
        printf '#!/bin/sh\nexport SLURM_CONF=%q %q\nexec /usr/bin/%s "$@"\n' "$SLURM_CONF" "$mark" "$name" >"$folder/bin/$name"
        chmod 755 "$folder/bin/$name"
    done
}

# Run a daemon in a session of its own.
daemon() {
    env "$mark" setsid "$@" >>"$folder/log/$1.out" 2>&1 </dev/null &
}

# until_true SECONDS WHAT COMMAND...: wait until the command succeeds.
until_true() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [[ $SECONDS -lt $end ]] || fail "$what did not come up; see $folder/log"
        sleep 0.1
    done
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1"); }
all_idle() { [[ $(sinfo --noheader --Node --states=idle --format=%N | sort -u | wc -l) -eq ${#NODES[@]} ]]; }
sql() { mariadb --no-defaults --socket="$folder/run/mysql.sock" --user=root "$@"; }

start() {
    local program node
    for program in slurmctld slurmd srun munged $([[ $accounting == none ]] || echo slurmdbd mariadbd); do
        command -v "$program" >/dev/null || fail "$program is missing: apt-get install slurmctld slurmd slurm-client munge" \
            "(and for --accounting dbd: slurmdbd mariadb-server)"
    done
    [[ -z $(marked) ]] || fail "a cluster already runs in $folder: stop it first"
    ! port_open "$port" 2>/dev/null || fail "port $port is taken: choose another --offset"
    write_configuration
    daemon munged --foreground --force --key-file="$folder/munge/key" --socket="$folder/run/munge.socket" \
        --pid-file="$folder/munge/pid" --log-file="$folder/munge/log" --seed-file="$folder/munge/seed"
    until_true 10 munged test -S "$folder/run/munge.socket"
    [[ $accounting == none ]] || start_accounting
    start_controller
    for node in "${NODES[@]}"; do
        start_node
    done
    until_true 30 "a node" all_idle
    [[ $shape == jean-zay ]] || scontrol update NodeName=gpu2 State=DRAIN Reason="fan broken"
    say "${#NODES[@]} nodes idle; eval \"\$($0 env $folder)\""
}

start_controller() {
    daemon slurmctld -D
    until_true 20 slurmctld port_open "$port"
}

# As one that dies: clients are refused until it is back, with all that it knew.
kill_controller() {
    end KILL 10 slurmctld
}

# As one that is busy: it takes requests, and answers none.
signal_controller() {
    marked | awk '$2 == "slurmctld" { print $1 }' | xargs -r kill "-$1"
}

start_node() {
    mkdir -p "$folder/spool/$node"
    daemon slurmd -D -N "$node"
}

# As a machine that stops answering: its daemon dies without a word, what it started does not.
kill_node() {
    local pid
    for pid in $(marked | awk '$2 == "slurmd" { print $1 }'); do
        if grep -qzxF "$node" "/proc/$pid/cmdline"; then kill -KILL "$pid"; fi
    done
}

start_accounting() {
    [[ -d $folder/mysql/mysql ]] || mariadb-install-db --no-defaults --auth-root-authentication-method=normal \
        --skip-test-db --datadir="$folder/mysql" --user="$user" >"$folder/log/mariadb-install.log" 2>&1
    daemon mariadbd --no-defaults --user="$user" --datadir="$folder/mysql" --socket="$folder/run/mysql.sock" \
        --pid-file="$folder/run/mariadbd.pid" --bind-address=127.0.0.1 --port=$((port + 2)) \
        --innodb-buffer-pool-size=64M --innodb-lock-wait-timeout=900 --innodb-flush-log-at-trx-commit=0
    until_true 30 mariadbd sql --execute="select 1"
    sql --execute="create database if not exists slurm_acct;
        create user if not exists 'slurm'@'localhost' identified by 'slurm';
        create user if not exists 'slurm'@'127.0.0.1' identified by 'slurm';
        grant all on slurm_acct.* to 'slurm'@'localhost'; grant all on slurm_acct.* to 'slurm'@'127.0.0.1';"
    daemon slurmdbd -D
    until_true 30 slurmdbd port_open $((port + 1))
    create_accounts
}

# They must exist before slurmctld starts, as associations are enforced; those of an earlier start may stay.
create_accounts() {
    local account qos
    {
        if [[ $shape == strict ]]; then
            create_strict_accounts
            return
        fi
        sacctmgr -i add cluster alambic
        for qos in dev t3 t4; do sacctmgr -i add qos "qos_cpu-$qos" "qos_gpu_h100-$qos"; done
        sacctmgr -i modify qos qos_cpu-dev,qos_gpu_h100-dev set MaxWall=02:00:00
        sacctmgr -i modify qos qos_cpu-t3,qos_gpu_h100-t3 set MaxWall=20:00:00
        for account in cpu h100; do sacctmgr -i add account "$PROJECT@$account" cluster=alambic; done
        sacctmgr -i add user "$user" account="$PROJECT@h100,$PROJECT@cpu" DefaultAccount="$PROJECT@cpu" cluster=alambic
        sacctmgr -i modify user "$user" set qos+=normal,qos_cpu-dev,qos_cpu-t3,qos_gpu_h100-dev,qos_gpu_h100-t3
    } >>"$folder/log/sacctmgr.log" 2>&1 || true
}

create_strict_accounts() {
    sacctmgr -i add cluster alambic
    sacctmgr -i add qos hour day
    sacctmgr -i modify qos hour set MaxWall=01:00:00
    sacctmgr -i modify qos day set MaxWall=24:00:00 MaxSubmitJobsPerUser=50
    sacctmgr -i add account team-a,team-b cluster=alambic
    sacctmgr -i add user "$user" account=team-a,team-b DefaultAccount=team-b cluster=alambic
    sacctmgr -i modify user "$user" set qos=hour,day DefaultQOS=hour
    sacctmgr -i modify user "$user" where account=team-a set MaxSubmitJobs=4
}

# Every process that carries this cluster's mark, or works in its spool as Slurm's steps do: PID NAME.
marked() {
    local process
    for process in /proc/[0-9]*; do
        if [[ $(readlink "$process/cwd" 2>/dev/null) == "$folder"/spool/* ]] ||
            grep -qszxF "$mark" "$process/environ" 2>/dev/null; then
            echo "${process#/proc/} $(cat "$process/comm" 2>/dev/null)"
        fi
    done
}

# end SIGNAL SECONDS [NAME]: signal the marked processes (of that name), and wait for their end.
end() {
    local end=$((SECONDS + $2)) pids
    while pids=$(marked | awk -v name="${3-}" 'name == "" || $2 == name { print $1 }') && [[ -n $pids ]]; do
        # shellcheck disable=SC2086  # several numbers
        kill "-$1" $pids 2>/dev/null || true
        [[ $SECONDS -lt $end ]] || return 0
        sleep 0.2
    done
}

stop() {
    local name last clients=$folder/bin
    if [[ -x $clients/scancel ]] && marked | grep -q ' slurmctld$'; then
        timeout 10 "$clients/scancel" --user="$user" 2>/dev/null || true
        # Steps end within KillWait; whatever does not is ended below.
        last=$((SECONDS + 15))
        until [[ -z $(timeout 5 "$clients/squeue" --noheader 2>/dev/null) || $SECONDS -ge $last ]]; do sleep 0.25; done
    fi
    for name in slurmd slurmctld slurmdbd mariadbd munged; do
        end TERM 15 "$name"
    done
    end KILL 10
    [[ -z $(marked) ]] || fail "these processes would not end: $(marked)"
    # Job records would be taken up, and nodes found down, by the next start.
    rm -rf "${folder:?}"/{state,spool,run}
    say "stopped"
}

case $action in
    start) start ;;
    stop) stop ;;
    status) marked && "$folder/bin/sinfo" --Node --long ;;
    kill-node) kill_node ;;
    start-node) start_node ;;
    kill-controller) kill_controller ;;
    pause-controller) signal_controller STOP ;;
    resume-controller) signal_controller CONT ;;
    start-controller)
        port=$(sed -n 's/^SlurmctldPort=//p' "$SLURM_CONF")
        start_controller
        ;;
    env) printf 'export PATH=%q:"$%s":/usr/sbin SLURM_CONF=%q\n' "$folder/bin" PATH "$SLURM_CONF" ;;
    *) fail "unknown action '$action': expected start, stop, status, env, kill-node, start-node, or kill-, start-, pause- or resume-controller" ;;
esac
