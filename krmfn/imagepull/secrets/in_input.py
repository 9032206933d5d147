"""The Secrets that the input brings: those that stand in it, and those that something in it makes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from krmfn.errors import InputError
from krmfn.imagepull.docker_config import LEGACY_TYPE, TYPE, DockerConfig, of_secret
from krmfn.imagepull.images.reference import is_templated, known_part
from krmfn.imagepull.kinds.secret_sources import FILLED_IN, REPLICATED, SECRET, SOURCES, SecretSource
from krmfn.krm.resources import Resource
from krmfn.krm.results import File, Location, ResourceRef
from krmfn.splice import nodes, paths
from krmfn.splice.nodes import MappingNode, Node, ScalarNode

_PREVIOUS_NAMESPACES = "internal.config.kubernetes.io/previousNamespaces"


class SecretInInput(NamedTuple):
    """A Secret that is in the input or comes from something in it. Holds no credential that it would show.

    Attributes:
        name: its name.
        names: that and those it had before kustomize renamed it, by which pods may still refer to it.
        namespace: its namespace; empty when nothing names it.
        namespaces: that and those it had before; None when it comes to be in others that nothing names.
        source: the object it is or comes from.
        file: where the host says that one came from.
        location: where that one is in the input; None when it is in a sibling.
        config: its Docker config; None when that is not known.
        fault: what keeps the kubelet from using it, to be read after "the Secret"; empty when nothing is known to.
        outdated: those of its names that it will not have in the cluster, as kustomize tells functions.
    """

    name: str
    names: frozenset[str]
    namespace: str
    namespaces: frozenset[str] | None
    source: ResourceRef
    file: File | None
    location: Location | None
    config: DockerConfig | None = None
    fault: str = ""
    outdated: frozenset[str] = frozenset()

    def is_in(self, namespace: str) -> bool:
        """Whether pods of a namespace can use it; those that name none may come to be in any."""
        return self.namespaces is None or not namespace or namespace in self.namespaces

    def may_serve(self, image: str) -> bool:
        """Whether it may have credentials for an image, as far as both are known."""
        reference = known_part(image)
        return self.config is None or reference is None or self.config.serves(reference)


class SecretsByName:
    """Some Secrets by each name that they have or had: a stream may have the same one for thousands of namespaces."""

    def __init__(self, secrets: Iterable[SecretInInput]) -> None:
        self._all: dict[str, list[SecretInInput]] = {}
        self._of_any: dict[str, list[SecretInInput]] = {}
        self._of_one: dict[tuple[str, str], list[SecretInInput]] = {}
        for secret in secrets:
            for name in secret.names:
                self._all.setdefault(name, []).append(secret)
                if secret.namespaces is None:
                    self._of_any.setdefault(name, []).append(secret)
                for namespace in secret.namespaces or ():
                    self._of_one.setdefault((namespace, name), []).append(secret)

    def anywhere(self, name: str) -> Sequence[SecretInInput]:
        """Those of a name, in whatever namespace."""
        return self._all.get(name, ())

    def usable_in(self, namespace: str, name: str) -> Sequence[SecretInInput]:
        """Those of a name that pods of a namespace can use, as `is_in` of each says."""
        if not namespace:
            return self.anywhere(name)
        return (*self._of_one.get((namespace, name), ()), *self._of_any.get(name, ()))


def secrets_in_input(resource: Resource) -> Iterator[SecretInInput]:
    """The Secrets that an object is or makes; one that does not look as its kind should makes none."""
    kind = resource.type_meta.group, resource.type_meta.kind
    source = SOURCES[kind]
    if kind == SECRET and resource.is_local:
        return  # it never reaches a cluster
    try:
        described = [node for node, _ in paths.walk(resource.node, source.at, "") if isinstance(node, MappingNode)]
        for node in described:
            yield from _given(resource, source, node, is_secret=kind == SECRET)
    except InputError:
        return  # not as the API server wants it: reported by whoever applies it


def _given(resource: Resource, source: SecretSource, node: MappingNode, *, is_secret: bool) -> Iterator[SecretInInput]:
    name = next(filter(None, (_text(node, path) for path in source.names)), "")
    name = name or (resource.ref.name if source.own_name else "")
    if not name:
        return
    namespace = _text(node, source.namespace) or resource.ref.namespace
    # Of another kind's own name, the Secret may have one that kustomize does not know.
    previous = resource.previous_names if name == resource.ref.name else ()
    given = SecretInInput(
        name=name,
        names=frozenset((name, *previous)),
        namespace=namespace,
        namespaces=frozenset((namespace, *_previous_namespaces(resource))),
        source=resource.ref,
        file=resource.file,
        location=resource.location,
        outdated=frozenset((name, *previous)) - (set() if resource.needs_hash_suffix else {name}),
    )
    if not namespace or any(resource.annotations.get(key) for key in REPLICATED):
        given = given._replace(namespaces=None)
    if is_secret and not any(key in resource.annotations for key in FILLED_IN) and not _is_sealed(resource.node):
        yield _with_config(given, resource.node)
        return
    secret_type = _text(node, source.type)
    if secret_type in ("", TYPE, LEGACY_TYPE) or is_templated(secret_type):
        yield given
    else:
        yield given._replace(fault=f"will be of type {secret_type}; {TYPE} is expected, or the kubelet passes it over")


def _with_config(given: SecretInInput, secret: MappingNode) -> SecretInInput:
    parts = (nodes.child(secret, key) for key in ("type", "data", "stringData"))
    plain = [None if part is None else nodes.plain(part) for part in parts]
    try:
        return given._replace(config=of_secret(*plain))
    except InputError as error:
        return given._replace(fault=str(error))


def _is_sealed(secret: MappingNode) -> bool:
    """Whether something else is to decrypt or fill in the values: SOPS, or what fills in templates."""
    if nodes.last(secret, "sops") is not None:
        return True
    values = [nodes.last(secret, key) for key in ("data", "stringData")]
    entries = [value for mapping in values if isinstance(mapping, MappingNode) for _, value in mapping.value]
    return any(isinstance(value, ScalarNode) and is_templated(value.value) for value in entries)


def _previous_namespaces(resource: Resource) -> list[str]:
    return resource.annotations.get(_PREVIOUS_NAMESPACES, "").split(",")


def _text(node: Node, path: str) -> str:
    found = [value for value, _ in paths.walk(node, path, "")] if path else []
    return found[0].value if found and isinstance(found[0], ScalarNode) else ""
