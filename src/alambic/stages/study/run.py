"""Write what a study with people needs: items, who sees which, a page for each person, and the protocol."""

import hashlib
import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

from alambic.data.inputs import Inputs
from alambic.errors import UserError
from alambic.forms.order import shuffled
from alambic.settings import Study, identity
from alambic.settings.study import EXPLANATION, FALSE, GENERATED
from alambic.stages.study.chosen import Chosen, choose
from alambic.stages.study.false_explanations import falsified
from alambic.stages.study.page import Content, image_url, write_page
from alambic.stages.study.pool import (
    NO_CONFIDENCE,
    WRITTEN,
    Pool,
    check_explanations,
    new_item,
    with_options,
)
from alambic.stages.study.schedule import schedule
from alambic.studies.items import Item, Kind, write_items
from alambic.studies.protocol import FILE, FORMS, Shown, write_plan

log = logging.getLogger("alambic.stages.study")

IMAGES = "images"
WORD_TO_WRITE = "alambic"  # what an attention check asks for, where answers are written


def run(settings: Study, inputs: Inputs, output: Path) -> dict[str, Any]:
    """Write items.parquet, plan.parquet, protocol.json, forms/ and images/; return how many there are of each."""
    pool = _gather(settings, inputs)
    chosen = choose(settings, pool.items)
    check_explanations([*chosen.main, *chosen.practice], settings.methods)
    named = _named(settings, chosen, pool)
    attention = _attention(settings, pool, named.main)
    items = {item.item: item for item in (*named.practice, *named.main, *attention)}
    plan = schedule(settings, named.practice, named.sets, attention)
    digest = _digest(settings, items, plan)
    codes = _codes(settings)
    images = _copy_images(output / IMAGES, pool, items)
    write_items(sorted(items.values(), key=lambda item: item.item), output)
    write_plan(plan, output)
    _write_pages(output / FORMS, Content(settings, digest, codes, items, pool.words, images), plan)
    facts = _facts(settings, named, pool)
    content = {"digest": digest, "settings": identity(settings), "codes": codes, **facts}
    (output / FILE).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    log.info("%d pages; protocol %s", settings.people, digest)
    return {"protocol": digest, **facts}


def _gather(settings: Study, inputs: Inputs) -> Pool:
    """Read the source that the settings name."""
    pool: Pool = _source(settings).gather(settings, inputs)
    return pool


def _source(settings: Study) -> ModuleType:
    if settings.table is not None:
        return import_module("alambic.stages.study.sources.own_table")
    if settings.kind in GENERATED:
        return import_module("alambic.stages.study.sources.generated")
    if settings.explained is not None:
        return import_module("alambic.stages.study.sources.explained")
    return import_module("alambic.stages.study.sources.answered")


def _named(settings: Study, chosen: Chosen, pool: Pool) -> Chosen:
    """Give items names that tell nothing of them, options, and false explanations where some are shown."""
    order = {item.source: number for number, item in enumerate(shuffled(chosen.main, settings.seed, "names"), 1)}
    finished = [
        [_finished(settings, item, pool, name=f"i{order[item.source]:04d}", kind="main") for item in items]
        for items in chosen.sets
    ]
    practice = [
        _finished(settings, item, pool, name=f"t{number:02d}", kind="practice")
        for number, item in enumerate(chosen.practice, 1)
    ]
    return Chosen(practice, finished)


def _finished(settings: Study, item: Item, pool: Pool, *, name: str, kind: Kind) -> Item:
    if settings.kind not in WRITTEN:
        item = with_options(item, pool, choices=settings.choices, seed=settings.seed)
    if FALSE in settings.conditions:
        true = next(each for each in item.explanations if each.method == settings.methods[0])
        item = replace(item, false_explanation=(falsified(true),))
    image = f"{IMAGES}/{name}{Path(item.image).suffix}" if item.image else ""
    return replace(item, item=name, kind=kind, image=image)


def _attention(settings: Study, pool: Pool, main: Sequence[Item]) -> list[Item]:
    """Make items that say in both languages what is to be answered."""
    items = []
    for number in range(1, settings.attention + 1):
        chance = Random(f"{settings.seed}/attention/{number}")
        options = chance.choice(main).options
        right = chance.choice(options) if options else WORD_TO_WRITE
        words = pool.words.get(right, {"fr": right, "en": right})
        text = (
            f"Contrôle d’attention : {'choisissez' if options else 'écrivez'} « {words['fr']} ».\n"
            f"Attention check: {'choose' if options else 'write'} “{words['en']}”."
        )
        made = new_item("attention", text=text, options=options, right=right, advice="", confidence=NO_CONFIDENCE)
        items.append(replace(made, item=f"a{number:02d}", kind="attention"))
    return items


def _codes(settings: Study) -> dict[str, str]:
    """Name conditions on pages so that nobody reads there which explanation is false."""
    names = sorted({*settings.conditions, *(f"{EXPLANATION}{method}" for method in settings.methods)})
    return {name: f"c{number}" for number, name in enumerate(shuffled(names, settings.seed, "codes"), 1)}


def _digest(settings: Study, items: Mapping[str, Item], plan: Sequence[Shown]) -> str:
    """Digest all that a person may meet: answers to anything else are not those of this study."""
    rows = [{**asdict(item), "confidence": str(item.confidence)} for item in items.values()]
    content = [identity(settings), rows, [asdict(shown) for shown in plan]]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _copy_images(folder: Path, pool: Pool, items: Mapping[str, Item]) -> dict[str, str]:
    """Copy the images of the items; give each as a page holds it."""
    sources = {item.source: item.image for item in pool.items if item.image}
    shutil.rmtree(folder, ignore_errors=True)  # of an attempt that was stopped
    urls: dict[str, str] = {}
    for item in (each for each in items.values() if each.image):
        folder.mkdir(exist_ok=True)
        image = pool.images[sources[item.source]]
        content = image.encode() if isinstance(image, str) else image.read_bytes()
        try:
            urls[item.image] = image_url(item.image, content)
        except KeyError as error:
            raise UserError(f"study: {item.source}: no browser shows an image {error}: expected PNG or JPEG") from error
        (folder.parent / item.image).write_bytes(content)
    return urls


def _write_pages(folder: Path, content: Content, plan: Sequence[Shown]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for participant in dict.fromkeys(shown.participant for shown in plan):
        page = write_page(content, participant, [shown for shown in plan if shown.participant == participant])
        (folder / f"{participant}.html").write_text(page, encoding="utf-8")


def _facts(settings: Study, chosen: Chosen, pool: Pool) -> dict[str, Any]:
    """Count what was chosen, and from how much."""
    main = chosen.main
    return {
        "people": settings.people,
        "items": len(main),
        "wrong_advice": sum(not item.advice_right for item in main) if settings.with_model else 0,
        "practice": len(chosen.practice),
        "attention": settings.attention,
        "pool": len(pool.items),
        "pool_accuracy": sum(item.advice_right for item in pool.items) / len(pool.items),
        "left_out": dict(pool.left_out),
        "false_explanations_that_are_true": sum(
            item.false_explanation[0].values == each.values
            for item in main
            for each in item.explanations
            if item.false_explanation and each.method == settings.methods[0]
        ),
    }
