"""The cluster as Slurm describes it, asked once."""

import getpass
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

TIMEOUT = 30  # seconds; a busy controller answers late
FIELD = re.compile(r"(\S+?)=(\S*)")


class NoAnswer(Exception):
    """Slurm does not answer, or refuses; the message is its own."""


class AnswerTimeout(NoAnswer):
    """The answer did not come in time."""


@dataclass(frozen=True)
class Association:
    """One right of this user: an account, where, and with which QoS."""

    account: str
    partition: str  # empty: any
    qos: tuple[str, ...]
    wall: str
    default_qos: str
    jobs: tuple[str, ...]  # how many submitted jobs: of this user, of the account


class Cluster:
    """What Slurm says; every answer is asked for once, when first needed."""

    @cached_property
    def config(self) -> dict[str, str]:
        """The controller's configuration."""
        pairs = (line.partition("=") for line in ask("scontrol", "show", "config").splitlines() if "=" in line)
        return {key.strip(): value.strip() for key, _, value in pairs}

    @cached_property
    def partitions(self) -> dict[str, dict[str, str]]:
        """Every partition's fields, by its name."""
        shown = ask("scontrol", "--all", "--oneliner", "show", "partition")
        return {fields["PartitionName"]: fields for fields in map(_fields, shown.splitlines()) if fields}

    @cached_property
    def nodes(self) -> list[dict[str, str]]:
        """Every node's fields."""
        return [fields for fields in map(_fields, ask("scontrol", "--oneliner", "show", "node").splitlines()) if fields]

    def nodes_of(self, partition: str) -> list[dict[str, str]]:
        """Give the nodes of a partition."""
        return [node for node in self.nodes if partition in node.get("Partitions", "").split(",")]

    @cached_property
    def qos(self) -> dict[str, dict[str, str]]:
        """Every QoS: its wall limit, its flags, and how many jobs of a user, an account and in all it takes."""
        names = ("wall", "flags", "jobs", "jobs_of_account", "jobs_in_all")
        shown = "format=name,maxwall,flags,maxsubmitjobspu,maxsubmitjobspa,grpsubmitjobs"
        rows = ask("sacctmgr", "--noheader", "--parsable2", "show", "qos", shown)
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in _rows(rows, 6)}

    @cached_property
    def associations(self) -> list[Association]:
        """This user's rights. An empty `user=` would list everybody's: the name is always given."""
        rows = ask(
            *("sacctmgr", "--noheader", "--parsable2", "show", "associations"),
            *(
                f"user={getpass.getuser()}",
                "format=account,partition,qos,maxwall,defaultqos,maxsubmitjobs,grpsubmitjobs",
            ),
        )
        return [
            Association(account, where, tuple(qos.split(",")), wall, default, (of_user, in_all))
            for account, where, qos, wall, default, of_user, in_all in _rows(rows, 7)
        ]

    @cached_property
    def default_account(self) -> str:
        """The account of a job that names none; empty where nothing says so."""
        shown = ask(
            *("sacctmgr", "--noheader", "--parsable2", "show", "user"), getpass.getuser(), "format=defaultaccount"
        )
        return shown.strip()

    @property
    def keeps_accounts(self) -> bool:
        """Whether there are accounts and QoS at all."""
        return not self.config.get("AccountingStorageType", "").endswith("/none")


def ask(*command: str, timeout: float = TIMEOUT, environment: dict[str, str] | None = None) -> str:
    """Run one of Slurm's commands and return what it says. Raises NoAnswer with Slurm's own words."""
    done = _run(command, timeout, environment)
    if done.returncode:
        raise NoAnswer((done.stderr or done.stdout).strip() or f"{command[0]} ended with {done.returncode}")
    # `sbatch --test-only` answers on the error output.
    return done.stdout or done.stderr


def _run(
    command: Sequence[str], timeout: float, environment: dict[str, str] | None
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=timeout, check=False, env=environment, errors="replace"
        )
    except subprocess.TimeoutExpired as error:
        raise AnswerTimeout(f"{command[0]} gave no answer in {timeout:.0f} s") from error
    except OSError as error:
        raise NoAnswer(str(error)) from error


def _fields(line: str) -> dict[str, str]:
    """Read `Name=value Name=value`; what an administrator wrote comes last, and may hold anything."""
    facts, _, reason = line.partition(" Reason=")
    fields = dict(FIELD.findall(re.split(" (?:Comment|Extra)=", facts)[0]))
    return {**fields, "Reason": re.split(r" \[|  +(?:Comment|Extra)=", reason)[0].strip()} if reason else fields


def _rows(shown: str, width: int) -> list[list[str]]:
    rows = [line.split("|") for line in shown.splitlines()]
    return [row for row in rows if len(row) == width]
