"""The objects in files, one by one, as they are applied."""

import json
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import hosts
import yaml
from shared import CORPUS

from krmfn import Outcome, Settings

BUILTIN = {
    **dict.fromkeys(("Pod", "PodTemplate", "ReplicationController", "ServiceAccount"), "v1"),
    **dict.fromkeys(("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"), "apps/v1"),
    **dict.fromkeys(("CronJob", "Job"), "batch/v1"),
}
"""The kinds with a pod spec or pull secrets, and the version of each."""
SOURCES = {
    "cases": hosts.REPOSITORY / "tests" / "cases",
    "examples": hosts.REPOSITORY / "examples",
    "corpus": CORPUS,
}
SECRETS = ("first", "second")
POD_SPECS = {
    "ServiceAccount": (),
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
_SKIP, _LOCAL = "krmfn.dev/skip", "config.kubernetes.io/local-config"
_BEGIN = re.compile(r"^(?=---(?:\s|$))", re.MULTILINE)
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Manifest:
    """One object as it stands in a file."""

    source: str
    text: bytes
    data: Any

    @property
    def kind(self) -> str:
        return str(self.data["kind"])

    @property
    def version(self) -> str:
        return str(self.data["apiVersion"])

    @property
    def namespace(self) -> str:
        metadata = self.data.get("metadata")
        return str(metadata.get("namespace") or "default") if isinstance(metadata, dict) else "default"


def settings(**spec: Any) -> Settings:
    config = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ImagePull", "metadata": {"name": "x"}, "spec": spec}
    return Settings.from_function_config(config)


POLICIES = settings()
WITH_SECRETS = settings(pullSecrets=[{"name": name} for name in SECRETS])


def find(source: str) -> list[Manifest]:
    """The objects of Kubernetes' own kinds in the files of a source, each text once."""
    return [manifest for manifest in _all(source) if BUILTIN.get(manifest.kind) == manifest.version]


def find_custom(source: str, kinds: Container[str]) -> list[Manifest]:
    """The same for other kinds, by name."""
    return [manifest for manifest in _all(source) if manifest.kind in kinds and manifest.kind not in BUILTIN]


@cache
def _all(source: str) -> list[Manifest]:
    found: dict[bytes, Manifest] = {}
    for path in sorted(SOURCES[source].rglob("*")):
        if path.suffix in {".yaml", ".yml", ".json", ".bin"}:
            for manifest in _of_file(path):
                found.setdefault(manifest.text, manifest)
    return list(found.values())


def _of_file(path: Path) -> Iterator[Manifest]:
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        return
    yield from of_text(str(path.relative_to(hosts.REPOSITORY.parent)), text)


def of_text(source: str, text: str) -> Iterator[Manifest]:
    """The objects in a text; a document that PyYAML cannot read has none."""
    for part in _BEGIN.split(text):
        try:
            data = yaml.load(part, Loader=LOADER)
        except (yaml.YAMLError, ValueError, TypeError, RecursionError):
            continue
        yield from _objects(source, part, data)


def _objects(source: str, text: str, data: Any) -> Iterator[Manifest]:
    if not isinstance(data, dict):
        return
    if isinstance(data.get("items"), list):
        for item in data["items"]:
            yield from _objects(source, json.dumps(item, ensure_ascii=False, default=str), item)
    elif isinstance(data.get("kind"), str) and isinstance(data.get("apiVersion"), str):
        yield Manifest(source, text.encode(), data)


def is_left_alone(manifest: Manifest, outcome: Outcome) -> bool:
    """Whether an object gets no secrets: after an error, without images, by kind or annotation, or as a template."""
    metadata = manifest.data.get("metadata")
    annotations = (isinstance(metadata, dict) and metadata.get("annotations")) or {}
    asked = annotations.get(_SKIP) == "true" or str(annotations.get(_LOCAL, "false")) != "false"
    has_none = manifest.kind == "ServiceAccount" or b"image" not in manifest.text
    is_template = any("ytt template" in result.message for result in outcome.results)
    return bool(outcome.exit_code) or has_none or asked or is_template


def pod_spec(stored: Any) -> Any:
    """What holds the pull secrets of an object that the API server stores: its pod spec, or a ServiceAccount itself."""
    for key in POD_SPECS.get(stored["kind"], ("spec", "template", "spec")):
        stored = stored[key]
    return stored


def secret_names(entries: Any) -> list[str]:
    """The names in a list of pull secrets, each once."""
    return list(dict.fromkeys(entry["name"] for entry in entries or () if entry.get("name")))


def missing(written: Any, stored: Any, path: str = "") -> list[str]:
    """The paths of values that are not stored as they were written; defaults may stand beside them."""
    if isinstance(written, dict) and isinstance(stored, dict):
        return [found for key in written for found in missing(written[key], stored.get(key), f"{path}.{key}")]
    if isinstance(written, list) and isinstance(stored, list) and len(written) == len(stored):
        pairs = enumerate(zip(written, stored, strict=True))
        return [found for i, pair in pairs for found in missing(*pair, f"{path}[{i}]")]
    return [] if written == stored else [path]
