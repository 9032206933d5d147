"""Fields of a schema to images, policies and pull secrets, by their names and types.

The functions take the `properties` of a mapping, as in OpenAPI and JSON schema. Ambiguous fields are left out: a
missing row only means that a user has to describe the kind, but a wrong row means wrong edits.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from krmfn.imagepull.kinds.rows import IMAGE_PARTS, TAGS, SecretForm

Properties = Mapping[str, Any]

CONTAINER = frozenset({"image", "imagePullPolicy", "command", "volumeMounts"})
"""Fields that every container has, but hardly any mapping that only borrows some fields of containers."""
# Fields that only occur beside `image` in volumes.
_VOLUME = frozenset({"emptyDir", "configMap", "secret", "persistentVolumeClaim", "projected", "hostPath"})
# The key of an image or of its name, by the key of the policy.
_IMAGES = {
    "imagePullPolicy": ("image", "repository", "imageRepository", "containerImage"),
    "image_pull_policy": ("image",),
    "pullPolicy": ("image", "repository", "name"),
}
# The suffixes of keys of other images, with the suffixes of the keys of their policies.
_SUFFIXES = {"Image": ("ImagePullPolicy",), "_image": ("_image_pull_policy",)}
_UNPREFIXED = ("imagePullPolicy", "image_pull_policy")
_SECRETS = re.compile(
    r"(?:\w*?image_?)?pull_?secrets?(?:_?names?|_?refs?)?|image_?repo_?secrets?|(?:image_?)?registry_?secrets",
    re.IGNORECASE,
)
# Other artifacts in registries, which the kubelet does not pull.
_NO_IMAGE = re.compile(
    r"(?:chart|package|module|wasm|artifact|bundle|oci)(?=\Z|\[\]|_?(?:Image_?)?Pull)", re.IGNORECASE
)


def images_in(path: str, properties: Properties) -> Iterator[tuple[str, Any]]:
    """The images of a mapping that also has their policies: each as an entry of a row, with the key of the row."""
    if path.endswith("volumes[].image") and {"reference", "pullPolicy"} <= properties.keys():
        yield _image_volume(path)
        return
    for policy, names in _IMAGES.items():
        image = next((name for name in names if is_string(properties, name)), None)
        if image is None or not is_string(properties, policy):
            continue
        if image == "repository" and is_string(properties, "name") and policy == "pullPolicy":
            image = "name"  # beside `name`, `repository` is the repository that has the image
        is_container = properties.keys() >= CONTAINER
        # `image` alone is a whole reference; beside `repository` it is only the name, like `repository` beside
        # `registry`.
        is_whole = image == "image" and not is_string(properties, "repository")
        also = [] if is_container or is_whole else _parts(properties, IMAGE_PARTS, image)
        yield "containers" if is_container else "images", _entry(path, image, also, policy)
    yield from _prefixed(path, properties)


def image_volume_in(path: str, properties: Properties) -> Iterator[tuple[str, Any]]:
    """The image volume of a mapping that is a volume, at any path and under any name."""
    image = properties_of(properties.get("image"))
    if image.keys() == {"reference", "pullPolicy"} and properties.keys() & _VOLUME and not path.endswith("volumes[]"):
        yield _image_volume(f"{path}.image")


def secrets_in(path: str, name: str, schema: Any) -> Any | None:
    """The entry of a row for a field with pull secrets; None for any other field."""
    if not _SECRETS.fullmatch(name) or _NO_IMAGE.search(name) or _NO_IMAGE.search(path.rpartition(".")[2]):
        return None
    form = _form(mapping(schema))
    if form is None or ("registry" in name.lower() and not form.is_list):  # a single one may be for pushing images
        return None
    return f"{path}.{name}" if form is SecretForm.NAMES else {"path": f"{path}.{name}", "form": form.value}


def _prefixed(path: str, properties: Properties) -> Iterator[tuple[str, Any]]:
    """Images such as `dbImage` with `dbImagePullPolicy`, and a single such image with a policy without a prefix."""
    unpaired = []
    for name in properties:
        suffix = next((suffix for suffix in _SUFFIXES if name.endswith(suffix) and name != suffix), None)
        if suffix is None or name in _IMAGES["imagePullPolicy"] or not is_string(properties, name):
            continue
        policies = [name.removesuffix(suffix) + end for end in _SUFFIXES[suffix]]
        if policy := next((policy for policy in policies if is_string(properties, policy)), None):
            yield "images", _entry(path, name, [], policy)
        else:
            unpaired.append(name)
    for policy in _UNPREFIXED:
        if len(unpaired) != 1 or not is_string(properties, policy) or any(map(properties.get, _IMAGES[policy])):
            continue
        # Only `baseImage`, which Prometheus once had, lacks its tag; elsewhere `version` may be that of a product.
        also = _parts(properties, TAGS, unpaired[0]) if unpaired[0] == "baseImage" else []
        yield "images", _entry(path, unpaired[0], also, policy)


def _parts(properties: Properties, parts: tuple[str, ...], image: str) -> list[str]:
    return [part for part in parts if part != image and is_string(properties, part)]


def _entry(path: str, image: str, also: list[str], policy: str) -> Any:
    entry: dict[str, Any] = {"path": path}
    entry |= {"image": image} if image != "image" else {}
    entry |= {"also": also} if also else {}
    entry |= {"policy": policy} if policy != "imagePullPolicy" else {}
    return path if len(entry) == 1 else entry


def _image_volume(path: str) -> tuple[str, Any]:
    return "containers", {"path": path, "image": "reference", "policy": "pullPolicy"}


def _form(schema: Properties) -> SecretForm | None:
    """The form of a field with pull secrets; None if the field holds more than names."""
    items = mapping(schema.get("items"))
    if _is_reference(items):
        return SecretForm.NAMES
    if schema.get("type") == "array" and items.get("type") == "string":
        return SecretForm.STRINGS
    if schema.get("type") == "string":
        return SecretForm.STRING
    return SecretForm.NAME if properties_of(schema).keys() == {"name"} else None


def _is_reference(schema: Properties) -> bool:
    """Whether a mapping is complete with a name; not if it has a namespace, which krmfn would have to know."""
    properties = properties_of(schema)
    return (
        is_string(properties, "name")
        and "namespace" not in properties
        and set(schema.get("required") or ()) <= {"name"}
        and all(is_string(properties, name) or name == "optional" for name in properties)
    )


def is_string(properties: Properties, name: str) -> bool:
    """Whether a field is a string."""
    return mapping(properties.get(name)).get("type") in ("string", ["string", "null"])


def properties_of(schema: Any) -> Properties:
    """The fields of a schema."""
    return mapping(mapping(schema).get("properties"))


def mapping(data: Any) -> Mapping[str, Any]:
    """The data if it is a mapping, else an empty mapping."""
    return data if isinstance(data, Mapping) else {}
