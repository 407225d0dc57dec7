"""The ledger of an experiment's energy: shared out over models that reuse an artifact, and no joule twice."""

import hashlib
import itertools

import pytest

from alambic.data.energy import Energy, energy_of
from alambic.data.energy_ledger import NOBODY, beyond, entries, per_model, total
from alambic.data.manifest import Manifest

# Two students and a control of one teacher; the states serve the students, the vocabulary all three; the first of them
# is fine-tuned with two seeds, and a fourth model is the first student with a teacher's help.
MADE_FROM = {
    "collect/icd10": [],
    "clean/medical": ["collect/icd10"],
    "fetch/e5": [],
    "fetch/unused": [],
    "tokenizer/medical": ["fetch/e5", "clean/medical"],
    "teach/states": ["fetch/e5", "clean/medical"],
    "distill/small": ["teach/states", "tokenizer/medical"],
    "distill/large": ["teach/states", "tokenizer/medical"],
    "distill/control": ["tokenizer/medical"],
    "finetune/e5/icd/seed1": ["fetch/e5", "collect/icd10"],
    "finetune/small/icd/seed1": ["distill/small", "collect/icd10"],
    "finetune/small/icd/seed2": ["distill/small", "collect/icd10"],
    "finetune/helped/icd/seed1": ["distill/small", "collect/icd10"],
    "finetune/large/icd/seed1": ["distill/large", "collect/icd10"],
    "evaluate/small/icd": ["finetune/small/icd/seed1", "finetune/small/icd/seed2"],
    "evaluate/dictionary/icd": ["collect/icd10"],
    "speed/icd": ["finetune/small/icd/seed1", "finetune/e5/icd/seed1"],
    "report/x": ["evaluate/small/icd", "speed/icd"],
}


def digest(name):
    return hashlib.sha256(name.encode()).hexdigest()


def manifests(unknown=()):
    """Make the graph's manifests; each takes another power of two, so that no two sums agree by chance."""
    made = {}
    for number, (name, upstream) in enumerate(MADE_FROM.items()):
        energy = Energy(cpu_kwh=2.0**number, co2e_g=50 * 2.0**number, seconds=1.0, method="cpu").record()
        run = {} if name in unknown else {"energy": {**energy, "failed_kwh": 0.5}, "attempts": 2}
        stage, _, item = name.partition("/")
        made[name] = Manifest(stage, item, digest(name), {}, {}, {}, {"x": [*map(digest, upstream)]}, run=run)
    return made


def kwh(name):
    return 2.0 ** list(MADE_FROM).index(name)


def test_the_shares_of_all_models_and_what_serves_none_make_the_whole():
    ledger = entries(manifests())
    shares = per_model(ledger)
    assert set(shares) == {"small", "large", "control", "e5", "helped", "dictionary", NOBODY}
    whole = 2.0 ** len(MADE_FROM) - 1
    assert total(ledger).kwh == whole and sum(share.kwh for share in shares.values()) == pytest.approx(whole)
    assert sum(share.co2e_g for share in shares.values()) == pytest.approx(50 * whole)
    assert shares[NOBODY].kwh == kwh("fetch/unused") + kwh("speed/icd") + kwh("report/x")


def test_what_is_reused_is_shared_out_over_those_who_use_it():
    users = {entry.name: entry.models for entry in entries(manifests())}
    assert users["teach/states"] == ("helped", "large", "small")
    assert users["distill/small"] == ("helped", "small")
    assert users["tokenizer/medical"] == ("control", "helped", "large", "small")
    assert users["collect/icd10"] == ("control", "dictionary", "e5", "helped", "large", "small")
    share = per_model(entries(manifests()))["large"].kwh
    alone = kwh("distill/large") + kwh("finetune/large/icd/seed1")
    three, four = kwh("teach/states") / 3, kwh("tokenizer/medical") / 4
    five, six = kwh("fetch/e5") / 5 + kwh("clean/medical") / 4, kwh("collect/icd10") / 6
    assert share == pytest.approx(alone + three + four + five + six)


def test_who_has_the_teacher_pays_what_the_teacher_does_not_need():
    ledger = entries(manifests())
    paid = ["clean/medical", "tokenizer/medical", "teach/states", "distill/large", "finetune/large/icd/seed1"]
    assert beyond(ledger, "large", "e5").kwh == sum(map(kwh, paid))
    assert beyond(ledger, "e5", "e5").kwh == 0


def test_what_nobody_measured_is_counted_and_named():
    ledger = entries(manifests(unknown=["teach/states", "report/x"]))
    shares = per_model(ledger)
    assert (shares["small"].unknown, shares["control"].unknown, shares[NOBODY].unknown) == (1, 0, 1)
    assert total(ledger).unknown == 2 and total(ledger).kwh == 2.0 ** len(MADE_FROM) - 1 - kwh("teach/states") - kwh(
        "report/x"
    )


def test_energies_add_up_in_any_order_and_come_back_from_a_record():
    parts = [Energy(0.1, 0.2, 0.3, 40, 5, "a"), Energy(1, 0, 0, 50, 6, "b"), Energy(2, 0, 0, 60, 7, "a")]
    for order in itertools.permutations(parts):
        whole = sum(order, Energy())
        assert whole.kwh == pytest.approx(3.6) and whole.co2e_g == 150 and whole.seconds == 18
        assert sorted(whole.method.split(" | ")) == ["a", "b"]
    assert Energy.read(whole.record()) == whole and energy_of({"energy": whole.record()}) == whole


@pytest.mark.parametrize("record", [None, {}, {"cpu_kwh": 1}, {"energy": 3}, "much"])
def test_a_manifest_without_energy_has_none(record):
    assert energy_of({"energy": record}) is None
