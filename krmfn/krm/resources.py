"""Read resources from documents: identity, file of origin, and whether the object asks to be left alone."""

from collections.abc import Iterator
from typing import NamedTuple

from krmfn.errors import DoubledKey, InputError
from krmfn.krm.results import File, Location, ResourceRef
from krmfn.krm.typemeta import TypeMeta
from krmfn.splice import nodes, paths
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.splice.pieces import Document

PATH_ANNOTATION = "internal.config.kubernetes.io/path"
INDEX_ANNOTATION = "internal.config.kubernetes.io/index"
PACKAGE_ANNOTATION = "internal.config.kubernetes.io/package-path"
LOCAL_CONFIG = "config.kubernetes.io/local-config"
_PATH = (PATH_ANNOTATION, "config.kubernetes.io/path")
_PREVIOUS_NAMES = "internal.config.kubernetes.io/previousNames"
_NEEDS_HASH_SUFFIX = "internal.config.kubernetes.io/needsHashSuffix"
_INDEX = (INDEX_ANNOTATION, "config.kubernetes.io/index")
OF_HOSTS = (
    *_PATH,
    *_INDEX,
    PACKAGE_ANNOTATION,
    _PREVIOUS_NAMES,
    _NEEDS_HASH_SUFFIX,
    "internal.config.kubernetes.io/id",
)
"""The annotations in which hosts store where an object came from; they do not apply to a copy of the object."""


class Resource(NamedTuple):
    """One Kubernetes object.

    Attributes:
        document: the document with its text.
        node: its root mapping.
        type_meta: apiVersion and kind.
        at: the field path of `node` in the document; empty if the document is the object.
        ref: the resource that results name. For an object inside another object's spec, the outer one.
        metadata: the metadata of the object that `ref` names, or None.
        annotations: the annotations of that object, and the object's own.
        file: the file of origin, as the host names it.
        field_prefix: the field path of `node` in the resource that `ref` names.
        forbidden: field paths in the document at and below which nothing may be written, each as the field path of
            this object or an outer one, and a path below it.
    """

    document: Document
    node: MappingNode
    type_meta: TypeMeta
    at: str
    ref: ResourceRef
    metadata: Node | None
    annotations: dict[str, str]
    file: File | None = None
    field_prefix: str = ""
    forbidden: tuple[tuple[str, str], ...] = ()

    @property
    def previous_names(self) -> tuple[str, ...]:
        """The names before kustomize renamed it: kustomize updates references only at the end of a build."""
        return tuple(self.annotations[_PREVIOUS_NAMES].split(",")) if _PREVIOUS_NAMES in self.annotations else ()

    @property
    def needs_hash_suffix(self) -> bool:
        """Whether kustomize appends a hash of the content to the name at the end of a build."""
        return self.annotations.get(_NEEDS_HASH_SUFFIX) == "enabled"

    @property
    def package(self) -> str:
        """The package, as the host names it; empty if the host does not."""
        return self.annotations.get(PACKAGE_ANNOTATION, "")

    @property
    def location(self) -> Location:
        """The start of the resource in the input."""
        return Location(self.document.position(nodes.start(self.node)))

    @property
    def place(self) -> tuple[int, str]:
        """A key that is unique in the input: the number of the document, and the field path in it."""
        return self.document.outermost.number, self.document.path + self.at

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the object that `ref` names."""
        return _strings(self.metadata, "labels")

    def forbids(self, at: str) -> bool:
        """Whether nothing may be written at a field path of the document."""
        return any(paths.is_within(at.removeprefix(above).lstrip("."), path) for above, path in self.forbidden)

    @property
    def is_local(self) -> bool:
        """Whether the object is never applied to a cluster."""
        return says_local(self.annotations.get(LOCAL_CONFIG))

    def opts_out(self, annotation: str) -> str:
        """The annotation that asks to leave it alone: `annotation`, or the one for local objects; else empty."""
        if self.annotations.get(annotation) == "true":
            return annotation
        return LOCAL_CONFIG if self.is_local else ""


def says_local(value: str | None) -> bool:
    """Whether a value of the annotation for local objects is true: any except `false`, as in kustomize and kpt."""
    return value is not None and value != "false"


def read(document: Document) -> Iterator[Resource]:
    """The objects in a document: none, one, or those in a list or a mapping of objects.

    Raises:
        InputError: a key that identifies an object is duplicate, or `---` is glued to other text.
    """
    try:
        yield from _objects(document)
    except DoubledKey as error:
        from krmfn.krm import glued

        raise glued.between(document, error.position) or error from None


def items(resource: Resource, path: str, item_type: TypeMeta | None = None) -> Iterator[Resource]:
    """The objects in a list of objects, each with its own identity.

    `item_type` is the type of items without apiVersion and kind, as in lists from the API server; by default such items
    have no type.
    """
    for node, at in paths.walk(resource.node, path, resource.at):
        yield _item(resource.document, node, at, item_type)


def embedded(resource: Resource, path: str) -> Iterator[Resource]:
    """The objects inside the spec of another object; results and selectors name the outer one."""
    for node, at in paths.walk(resource.node, path, resource.at):
        inner = _read(resource.document, node, at, None)
        if inner:
            namespace = inner.ref.namespace or resource.ref.namespace
            yield Resource(
                document=resource.document,
                node=inner.node,
                type_meta=inner.type_meta,
                at=at,
                ref=ResourceRef(resource.ref.api_version, resource.ref.kind, resource.ref.name, namespace),
                field_prefix=paths.behind(resource.field_prefix, at[len(resource.at) :].lstrip(".")),
                file=resource.file,
                metadata=resource.metadata,
                annotations=resource.annotations | inner.annotations,
            )


def is_object(node: Node) -> bool:
    """Whether a node has apiVersion and kind."""
    return all(_text(node, key) for key in ("apiVersion", "kind"))


def _objects(document: Document) -> Iterator[Resource]:
    root = document.root
    if own := _read(document, root, "", None):
        yield own
    elif isinstance(root, MappingNode):
        from krmfn.krm import glued  # a late import, because most documents are objects

        if error := glued.to_a_key(root):
            raise error
        for node, at in _in_mapping(root, ""):
            yield _item(document, node, at, None)
    elif isinstance(root, SequenceNode) and any(map(is_object, root.value)):
        for i, node in enumerate(root.value):
            yield _item(document, node, f"[{i}]", None)


def _in_mapping(mapping: MappingNode, at: str) -> list[tuple[MappingNode, str]]:
    """The objects in a mapping of only objects and such mappings, as jsonnet prints it; with their field paths.

    Empty if the mapping has any other value, as in the values of a chart.
    """
    found: list[tuple[MappingNode, str]] = []
    for key, value in mapping.value:
        if not isinstance(key, ScalarNode) or key.value == "<<" or not isinstance(value, MappingNode):
            return []
        below = paths.join(at, key.value)
        inner = [(value, below)] if is_object(value) else _in_mapping(value, below)
        if not inner:
            return []
        found += inner
    nodes.check_keys(mapping)
    return found


def _item(document: Document, node: Node, at: str, item_type: TypeMeta | None) -> Resource:
    """An entry of a list or mapping of objects; without a type if it has none and `item_type` is None."""
    resource = _read(document, paths.require_mapping(node, at), at, item_type or TypeMeta("", ""))
    assert resource is not None
    return resource


def _read(document: Document, node: Node, at: str, default_type: TypeMeta | None) -> Resource | None:
    if not isinstance(node, MappingNode):
        return None
    type_meta = _type_meta(node) or default_type
    if type_meta is None:
        return None
    first = node.value[0][0]
    if not isinstance(first, ScalarNode) and nodes.is_flow(first):
        message = f"an object begins with {nodes.describe(first)} for a key, and YAML parsers disagree about that"
        raise InputError(message, nodes.start(first))
    metadata = nodes.last(node, "metadata")
    annotations = _strings(metadata, "annotations")
    name = _text(metadata, "name") or _text(metadata, "generateName")
    return Resource(
        document=document,
        node=node,
        type_meta=type_meta,
        at=at,
        ref=ResourceRef(type_meta.api_version, type_meta.kind, name, _text(metadata, "namespace")),
        file=file_of(annotations),
        metadata=metadata,
        annotations=annotations,
    )


def _type_meta(node: MappingNode) -> TypeMeta | None:
    api_version, kind = (_scalar_text(nodes.child(node, key)) for key in ("apiVersion", "kind"))
    return TypeMeta(api_version, kind) if api_version and kind else None


def _text(node: Node | None, key: str) -> str:
    return _scalar_text(nodes.last(node, key))


def _scalar_text(node: Node | None) -> str:
    return node.value if isinstance(node, ScalarNode) and not nodes.is_null(node) else ""


def _strings(metadata: Node | None, key: str) -> dict[str, str]:
    mapping = nodes.last(metadata, key)
    if not isinstance(mapping, MappingNode):
        return {}
    return {k.value: v.value for k, v in mapping.value if isinstance(k, ScalarNode) and isinstance(v, ScalarNode)}


def file_of(annotations: dict[str, str]) -> File | None:
    """The file that the annotations of a host name, or None."""
    path = next((annotations[key] for key in _PATH if key in annotations), "")
    index = next((annotations[key] for key in _INDEX if key in annotations), "0")
    return File(path, int(index) if index.isdecimal() else 0) if path else None
