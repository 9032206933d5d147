"""Folders for hosts: Deployments, and a function that edits them."""

import re
from pathlib import Path

from bench.inputs.deployments import deployments
from bench.inputs.resource_lists import SECRET

_CONFIG = f"""\
apiVersion: krmfn.dev/v1alpha1
kind: ImagePull
metadata:
  name: image-pull
  annotations:
    config.kubernetes.io/function: |
      exec: {{{{path: "{{program}}"}}}}
spec:
  pullSecrets:
  - name: {SECRET}
"""
_KUSTOMIZATION = """\
resources: [resources.yaml]
transformers: [pull.yaml]
sortOptions: {order: fifo}
"""
_KPTFILE = f"""\
apiVersion: kpt.dev/v1
kind: Kptfile
metadata:
  name: shop
  annotations:
    config.kubernetes.io/local-config: "true"
pipeline:
  mutators:
  - exec: "{{program}}"
    configMap:
      imagePullSecrets: {SECRET}
"""


def kustomization(folder: Path, count: int, program: str) -> None:
    """Write a kustomization whose transformer is a program."""
    _write_resources(folder, count)
    (folder / "pull.yaml").write_text(_CONFIG.format(program=program))
    (folder / "kustomization.yaml").write_text(_KUSTOMIZATION)


def package(folder: Path, count: int, program: str) -> None:
    """Write a package of kpt whose mutator is a program."""
    _write_resources(folder, count)
    (folder / "Kptfile").write_text(_KPTFILE.format(program=program))


def _write_resources(folder: Path, count: int) -> None:
    folder.mkdir(exist_ok=True)
    with (folder / "resources.yaml").open("w", encoding="utf-8") as stream:
        stream.writelines(f"---\n{_document(item)}" for item in deployments(count))


def _document(item: str) -> str:
    """A list item as a document, without annotations of hosts."""
    document = re.sub("^..", "", item, flags=re.MULTILINE)
    return re.sub(r"^  annotations:\n(    internal\..*\n)+", "", document, flags=re.MULTILINE)
