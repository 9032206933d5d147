"""ResourceLists in the form that hosts send: a head with settings, then items."""

from collections.abc import Iterable
from pathlib import Path

SECRET = "regcred"
"""The pull secret in the settings of every row."""

BARE = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"

CONFIG_MAP = f"""\
{BARE}\
functionConfig:
  apiVersion: v1
  kind: ConfigMap
  metadata:
    name: image-pull
  data:
    imagePullSecrets: {SECRET}
"""

IMAGE_PULL = f"""\
{BARE}\
functionConfig:
  apiVersion: krmfn.dev/v1alpha1
  kind: ImagePull
  metadata:
    name: image-pull
  spec:
    pullSecrets:
    - name: {SECRET}
"""


def write(file: Path, items: Iterable[str], head: str = IMAGE_PULL) -> Path:
    """Write a ResourceList item by item; returns the file."""
    with file.open("w", encoding="utf-8") as stream:
        stream.write(head + "items:\n")
        stream.writelines(items)
    return file


def as_item(document: str) -> str:
    """A document in block style as an item of a list, without comments and blank lines before its first key."""
    lines = document.splitlines()
    first = next(number for number, line in enumerate(lines) if line[:1].isalpha())
    return "- " + "\n".join(f"  {line}" if line else "" for line in lines[first:]).lstrip() + "\n"
