"""The settings as a CustomResourceDefinition, whose schema must be structural.

The rules: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
"""

from typing import Any

from krmfn.commands.schema.json_schema import spec
from krmfn.imagepull.settings import API_VERSION, KIND
from krmfn.splice import rendering

_GROUP, _, _VERSION = API_VERSION.partition("/")
_SINGULAR = KIND.lower()
_PLURAL = f"{_SINGULAR}s"


def image_pull() -> str:
    """The CustomResourceDefinition of ImagePull, as text."""
    schema = {
        "description": "Settings of krmfn. No controller reads it: a KRM function does.",
        "type": "object",
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": _structural(spec()),
        },
    }
    names = {"kind": KIND, "listKind": f"{KIND}List", "plural": _PLURAL, "singular": _SINGULAR}
    version = {"name": _VERSION, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{_PLURAL}.{_GROUP}"},
        "spec": {"group": _GROUP, "names": names, "scope": "Namespaced", "versions": [version]},
    }
    return "".join(f"{line}\n" for line in rendering.block(definition))


def _structural(schema: dict[str, Any]) -> dict[str, Any]:
    """The part of a JSON schema that a structural schema can express.

    Structural schemas have no `examples`, no `additionalProperties: false` (the API server drops unknown keys by
    itself), and no values of two types, for which any value is allowed instead.
    """
    if "anyOf" in schema:
        return {"x-kubernetes-preserve-unknown-fields": True}
    made = {key: value for key, value in schema.items() if key not in ("additionalProperties", "examples")}
    if "properties" in schema:
        made["properties"] = {key: _structural(value) for key, value in schema["properties"].items()}
    elif isinstance(schema.get("additionalProperties"), dict):
        made["additionalProperties"] = _structural(schema["additionalProperties"])
    if "items" in schema:
        made["items"] = _structural(schema["items"])
    return made
