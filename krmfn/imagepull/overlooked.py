"""Places in unknown kinds that may run images, found by structure alone: krmfn leaves them alone, but reports them.

`status` and `metadata` are skipped: nothing in them runs.
"""

import re
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from krmfn.imagepull.images import reference as images
from krmfn.imagepull.kinds import KindTables, SecretForm
from krmfn.krm.resources import Resource
from krmfn.krm.typemeta import TypeMeta
from krmfn.splice import nodes, paths
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode

WORDS = re.compile(r"[iI]mage|[pP]ull_?[sSpP]|containers")
"""Matches in the text of every object about which this module may report something."""

_NOT_BELOW = frozenset({"apiVersion", "kind", "metadata", "status"})
_PULL_FIELD = re.compile(r"(?i)\w*pull_?(?:secret|policy)\w*")
_IMAGE_FIELD = re.compile(r"image|\w+(?:Image|_image)")
_INDEX = re.compile(r"\[\d+\]")
_REPOSITORY = ("repository", "name")
_TAGS = ("tag", "digest", "version")
NEVER = frozenset(
    {
        *("", "apps", "batch", "policy", "autoscaling", "extensions", "krmfn.dev"),
        *(f"{group}.k8s.io" for group in ("networking", "storage", "discovery", "apiregistration", "scheduling")),
        *(f"{group}.k8s.io" for group in ("rbac.authorization", "coordination", "events", "node", "certificates")),
    }
)
"""Groups whose unknown kinds run nothing: Kubernetes' own and krmfn's. Fields of ConfigMaps configure programs."""


_WITH_TEXTS = ("ConfigMap", "Secret")


def may_be_in_texts(meta: TypeMeta, text: str) -> bool:
    """Whether an object of this type and text may hold texts with images that are applied to a cluster."""
    if meta.group or meta.kind not in _WITH_TEXTS or "image" not in text:
        return False
    return "ontainers" in text or text.count("apiVersion") > 1


class Overlooked(NamedTuple):
    """A place that may run an image.

    Attributes:
        path: the field path in the document.
        node: the node at that path.
        inner: the type of the whole object that is embedded there; None for a field.
        image: the image, if the field holds a complete one; else empty.
    """

    path: str
    node: Node
    inner: TypeMeta | None = None
    image: str = ""


def find(resource: Resource, tables: KindTables, *, only_objects: bool) -> list[Overlooked]:
    """The places of an object that may run an image: embedded objects; if there are none, fields."""
    places = [(path, node) for path, node in _mappings(resource) if not (resource.forbidden and resource.forbids(path))]
    typed = ((path, node, _type_of(node)) for path, node in places)
    embedded = [Overlooked(path, node, meta) for path, node, meta in typed if meta and _runs_images(meta, node, tables)]
    if embedded or only_objects or resource.type_meta.group in NEVER:
        return embedded
    return [found for path, node in places for found in _fields(node, path)]


def images_in(resource: Resource) -> int:
    """The number of images that the fields of an object name."""
    fields = [entry for _, node in _mappings(resource) for entry in nodes.all_entries(node)]
    return sum(bool(_IMAGE_FIELD.fullmatch(key)) and _is_image(value) for key, value in fields)


def _mappings(resource: Resource) -> Iterator[tuple[str, MappingNode]]:
    """The mappings in an object that can run something, each with its field path."""
    for key, value in nodes.all_entries(resource.node):
        if key not in _NOT_BELOW:
            yield from _below(value, paths.join(resource.at, key))


def row(one: Overlooked, resource: Resource) -> str:
    """The row for `kinds` of the settings that would include the place, as YAML."""
    path = _INDEX.sub("[]", one.path.removeprefix(resource.at).lstrip("."))
    parent, _, key = path.rpartition(".")
    quoted = f"'{path}'" if "[" in path else path
    if one.inner:
        what = f"objects: [{quoted}]"
    elif re.search(r"(?i)secret", key):
        form = _form(one.node)
        entry = quoted if form is SecretForm.NAMES else f"{{path: {quoted}, form: {form}}}"
        what = f"pullSecrets: [{entry}]"
    elif isinstance(one.node, MappingNode):
        name, tag = (next(key for key in keys if nodes.last(one.node, key)) for keys in (_REPOSITORY, _TAGS))
        what = f"images: [{{path: {quoted}, image: {name}, also: [{tag}], policy: ''}}]"
    elif re.search(r"(?i)policy", key):
        what = f"images: [{{path: '{parent}', policy: {key}}}]"
    else:
        what = f"images: [{{path: '{parent}', image: {key}, policy: ''}}]"
    return f"{{group: {resource.type_meta.group or repr('')}, kind: {resource.type_meta.kind}, {what}}}"


def _below(node: Node, path: str) -> Iterator[tuple[str, MappingNode]]:
    """The mappings at and below a node, outermost first."""
    waiting = deque([(path, node)])
    seen: set[int] = set()
    while waiting:
        at, one = waiting.popleft()
        if id(one) in seen:
            continue
        if isinstance(one, MappingNode):
            seen.add(id(one))
            yield at, one
            waiting += [(paths.join(at, key), value) for key, value in nodes.all_entries(one)]
        elif isinstance(one, SequenceNode):
            seen.add(id(one))
            waiting += [(f"{at}[{i}]", item) for i, item in enumerate(one.value)]


def _type_of(node: MappingNode) -> TypeMeta | None:
    api_version, kind = nodes.last(node, "apiVersion"), nodes.last(node, "kind")
    if isinstance(api_version, ScalarNode) and isinstance(kind, ScalarNode):
        return TypeMeta(api_version.value, kind.value)
    return None


def _runs_images(meta: TypeMeta, node: MappingNode, tables: KindTables) -> bool:
    """Whether a mapping is an object that runs images, and not only a reference to one."""
    kind = tables.lookup(meta)
    sites = kind.sites if kind and not kind.ignored else ()
    return any(nodes.last(node, site.path.partition(".")[0].partition("[")[0]) is not None for site in sites)


def _fields(node: MappingNode, path: str) -> Iterator[Overlooked]:
    """Pull fields, and images: `image: registry/name`, or a repository with a tag."""
    for key, value in nodes.all_entries(node):
        if _IMAGE_FIELD.fullmatch(key) and _is_image(value):
            yield Overlooked(paths.join(path, key), value, image=_text(value))
        elif _PULL_FIELD.fullmatch(key) and _is_of_pulls(key, value):
            yield Overlooked(paths.join(path, key), value)


def _is_of_pulls(key: str, value: Node) -> bool:
    """Whether a value is a policy, or names of secrets; a mapping may be the schema of such a field."""
    if isinstance(value, ScalarNode):
        return not nodes.is_null(value)
    is_secret = "secret" in key.lower()
    return is_secret and (isinstance(value, SequenceNode) or nodes.last(value, "name") is not None)


def _form(value: Node) -> SecretForm:
    """The form in which a field names pull secrets, guessed from its value."""
    if isinstance(value, SequenceNode):
        is_text = bool(value.value) and isinstance(value.value[0], ScalarNode)
        return SecretForm.STRINGS if is_text else SecretForm.NAMES
    return SecretForm.NAME if isinstance(value, MappingNode) else SecretForm.STRING


def _is_image(value: Node) -> bool:
    if isinstance(value, MappingNode):
        has_name = any(_text(nodes.last(value, key)) for key in _REPOSITORY)
        return has_name and any(nodes.last(value, key) is not None for key in _TAGS)
    # `image: logo` or `image: 12` is probably no image reference; only a text with a registry or a tag counts.
    text = _text(value)
    return any(char in text for char in "/:") and (bool(images.parse(text)) or images.is_filled_in_later(text))


def _text(node: Node | None) -> str:
    return str(node.value) if isinstance(node, ScalarNode) and not nodes.is_null(node) else ""
