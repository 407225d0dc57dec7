"""What a released model consists of and needs, in the form of CycloneDX: files, sources, and packages of Python."""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from alambic.settings.terms import Ingredient

FILE = "sbom.cdx.json"
NEEDED = ("torch", "transformers", "tokenizers", "safetensors", "numpy")
NEEDED_OF_ONNX = "onnxruntime"


def requirements(*, onnx: bool) -> dict[str, str]:
    """Give the packages that a released model is used with, and the versions that it was scored with."""
    return {name: version_of(distribution(name)) for name in (*NEEDED, *([NEEDED_OF_ONNX] if onnx else []))}


def version_of(package: Distribution) -> str:
    """Give a version as registries know it: 2.13.0+cpu -> 2.13.0."""
    return package.version.partition("+")[0]


def write_bill(
    path: Path,
    *,
    name: str,
    licence: str,
    hashes: Mapping[str, str],
    sources: Iterable[Ingredient],
    packages: Iterable[str],
) -> None:
    """Write the bill of a model whose files have these sha256."""
    licences = LicenseFactory()
    bom = Bom()
    model = Component(
        name=name,
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref="model",
        licenses=[licences.make_from_string(licence)] if licence else [],
    )
    files = [
        Component(name=file, type=ComponentType.FILE, bom_ref=f"file:{file}", hashes=[_sha256(digest)])
        for file, digest in hashes.items()
    ]
    made_from = [_source(ingredient, number, licences) for number, ingredient in enumerate(sources)]
    needed = [_package(package, licences) for package in with_dependencies(packages)]
    bom.metadata.component = model
    for component in (*files, *made_from, *needed):
        bom.components.add(component)
    bom.register_dependency(model, [*files, *made_from, *needed])
    output = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6)
    output.output_to_file(str(path), allow_overwrite=True, indent=1)


def with_dependencies(names: Iterable[str]) -> Iterator[Distribution]:
    """Yield packages and all that they need here, each once."""
    waiting, seen = [*names], set()
    while waiting:
        name = canonicalize_name(waiting.pop(0))
        if name in seen:
            continue
        seen.add(name)
        try:
            package = distribution(name)
        except PackageNotFoundError:  # an extra's, or of another system
            continue
        yield package
        wanted = [Requirement(line) for line in package.requires or []]
        waiting += [each.name for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})]


def _sha256(digest: str) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=digest)


def _source(ingredient: Ingredient, number: int, licences: LicenseFactory) -> Component:
    kind = ComponentType.DATA if ingredient.kind == "text" else ComponentType.MACHINE_LEARNING_MODEL
    return Component(
        name=ingredient.path[-1],
        type=kind,
        bom_ref=f"source:{number}:{ingredient.path[-1]}",
        licenses=[licences.make_from_string(ingredient.licence)] if ingredient.licence else [],
        properties=[
            Property(name="alambic:kind", value=ingredient.kind),
            Property(name="alambic:path", value=" <- ".join(ingredient.path)),
        ],
    )


def _package(package: Distribution, licences: LicenseFactory) -> Component:
    facts, name, version = package.metadata, canonicalize_name(package.name), version_of(package)
    stated = next((facts[key].strip() for key in ("License-Expression", "License") if key in facts), "")
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=f"pypi:{name}",
        purl=PackageURL(type="pypi", name=name, version=version),
        licenses=[licences.make_from_string(stated)] if stated and "\n" not in stated else [],
    )
