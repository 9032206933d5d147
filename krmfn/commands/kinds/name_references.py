"""List the fields that name pull secrets, as a file for kustomize's `configurations:`.

kustomize writes the final name of a Secret, with prefix and hash, into the fields that it knows. It knows no fields of
custom resources. Its paths have slashes, go through lists without a mark, and cannot express "every key of a mapping".
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from krmfn.imagepull.kinds import SecretForm
from krmfn.imagepull.secrets import kustomize_names

_HEAD = """\
# Fields with the names of pull secrets, for `configurations:` in a kustomization.yaml.
# Made by `krmfn kinds --format kustomize`. Fields that kustomize knows by itself are left out.
nameReference:
- kind: Secret
  version: v1
  fieldSpecs:
  - {path: secrets/name, version: v1, kind: ServiceAccount}
"""


def name_references(rows: Iterable[Mapping[str, Any]]) -> str:
    """The text of the file for rows in the notation of `written`."""
    lines = [
        f"  - {{path: {path}, group: {_text(row['group'])}, kind: {_text(row['kind'])}}}\n"
        if row["group"]
        else f"  - {{path: {path}, version: v1, kind: {_text(row['kind'])}}}\n"
        for row in rows
        for path in _paths(row)
        if (row["kind"], path) not in kustomize_names.UPDATED
    ]
    return _HEAD + "".join(dict.fromkeys(lines))


def _paths(row: Mapping[str, Any]) -> Iterator[str]:
    fields = [(f"{path}.imagePullSecrets", SecretForm.NAMES) for path in row.get("podSpecs", ())]
    for entry in row.get("pullSecrets", ()):
        given = {"path": entry} if isinstance(entry, str) else entry
        fields.append((given["path"], SecretForm(given.get("form", SecretForm.NAMES))))
    for field, form in fields:
        if path := kustomize_names.path_of(field, has_names=form.has_names):
            yield path


def _text(name: str) -> str:
    """A name in flow style, quoted when it has unusual characters."""
    return name if re.fullmatch(r"[A-Za-z][A-Za-z0-9.-]*", name) else json.dumps(name)
