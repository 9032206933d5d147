"""Resources to the Secrets that they are or make, such as a Secret, a generator or an ExternalSecret."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from krmfn.errors import InputError
from krmfn.imagepull import causes
from krmfn.imagepull.docker_config import KEYS, TYPE, DockerConfig, of_secret
from krmfn.imagepull.images.reference import is_templated, known_part
from krmfn.imagepull.kinds.secret_sources import FILLED_IN, GENERATORS, REPLICATED, SECRET, SOURCES, SecretSource
from krmfn.imagepull.secrets import sealing
from krmfn.krm.resources import Resource
from krmfn.krm.results import File, Location, ResourceRef
from krmfn.splice import nodes, paths
from krmfn.splice.nodes import MappingNode, Node, ScalarNode

_PREVIOUS_NAMESPACES = "internal.config.kubernetes.io/previousNamespaces"


class SecretInInput(NamedTuple):
    """A Secret that is in the input, or that an object in it makes. Its repr shows no credential.

    Attributes:
        name: its name.
        names: its name and earlier names before kustomize renamed it, which pods may still use.
        namespace: its namespace; empty if the object names none.
        namespaces: its namespace and earlier ones; None if it may be in any, or be copied to others.
        source: the object that is or makes the Secret.
        file: the file of that object, if the host says so.
        location: the location of that object in the input; None if it is in a sibling.
        config: its Docker config; None if not known.
        fault: why the kubelet cannot use it, as words after "the Secret, which"; empty if no fault is known.
        cause: the id of the cause of the fault.
        field: the field path of the fault or of the placeholder; empty for the whole object.
        placeholder: what a plugin has to replace in it, as words after "which has"; else empty.
        outdated: names that it will not have in the cluster, according to kustomize's annotations.
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
    cause: str = ""
    field: str = ""
    placeholder: str = ""
    outdated: frozenset[str] = frozenset()

    def is_in(self, namespace: str) -> bool:
        """Whether pods of a namespace can use it. Pods without a namespace may be in any."""
        return self.namespaces is None or not namespace or namespace in self.namespaces

    def may_serve(self, image: str) -> bool:
        """Whether it may have credentials for an image, as far as both are known."""
        reference = known_part(image)
        return self.config is None or reference is None or self.config.serves(reference)


class SecretsByName:
    """Secrets, indexed by their names: a stream may have a Secret of the same name in thousands of namespaces."""

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
        """The Secrets that have or had a name, in any namespace."""
        return self._all.get(name, ())

    def usable_in(self, namespace: str, name: str) -> Sequence[SecretInInput]:
        """The Secrets that have or had a name and for which `is_in` a namespace is true."""
        if not namespace:
            return self.anywhere(name)
        return (*self._of_one.get((namespace, name), ()), *self._of_any.get(name, ()))


def secrets_in_input(resource: Resource) -> Iterator[SecretInInput]:
    """The Secrets that an object is or makes; none if the object does not have the form of its kind."""
    kind = resource.type_meta.group, resource.type_meta.kind
    source = SOURCES[kind]
    if kind == SECRET and resource.is_local:
        return  # it never reaches a cluster
    try:
        found = [pair for path in source.at for pair in paths.walk(resource.node, path, "")]
        described = [(node, at) for node, at in found if isinstance(node, MappingNode)]
        for node, at in described:
            yield from _given(resource, source, node, at)
    except InputError:
        return  # the API server rejects the object anyway


def _given(resource: Resource, source: SecretSource, node: MappingNode, at: str) -> Iterator[SecretInInput]:
    name = next(filter(None, (_text(node, path) for path in source.names)), "")
    name = name or (resource.ref.name if source.own_name else "")
    if not name:
        return
    namespace = _text(node, source.namespace) or resource.ref.namespace
    # kustomize tracks the names of the object only; a Secret with a name of its own has no earlier names.
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
    if not namespace or is_templated(namespace) or _is_copied(resource):
        given = given._replace(namespaces=None)
    if source is not SOURCES[SECRET] or any(key in resource.annotations for key in FILLED_IN):
        yield _to_be_made(given, source, node, at)
    elif placeholder := sealing.placeholder(resource):
        words, field = placeholder
        made = _to_be_made(given, source, node, at)
        yield made if made.fault else made._replace(placeholder=words, field=field)
    elif sealing.has_open_values(resource.node):
        yield _to_be_made(given, source, node, at)
    else:
        yield _with_config(given, resource.node)


def _is_copied(resource: Resource) -> bool:
    """Whether annotations, anywhere in the object, have a controller copy the Secret into other namespaces."""
    mappings = (node for node in nodes.descendants([resource.node]) if isinstance(node, MappingNode))
    found = (value for node in mappings for key, value in nodes.all_entries(node) if key in REPLICATED)
    return any(isinstance(value, ScalarNode) and value.value not in ("", "false") for value in found)


def _to_be_made(given: SecretInInput, source: SecretSource, node: MappingNode, at: str) -> SecretInInput:
    """A Secret whose values come from elsewhere, with the fault that its object shows, if any."""
    is_set = _text(node, source.type)
    is_unknown = any(
        bool(text) if values is None else text in values
        for text, values in ((_text(node, path), values) for path, values in source.unknown_if)
    )
    if is_unknown or sealing.is_open(is_set):
        return given
    secret_type = is_set or source.default
    if secret_type and secret_type not in KEYS:
        field = ".".join(filter(None, (at, source.type)))
        return given._replace(
            fault=_wrong_type(given, source, is_set, field), cause=causes.SECRET_TYPE, field=field if is_set else at
        )
    keys = _keys(node, source)
    if not secret_type or keys is None or KEYS[secret_type] in keys:
        return given
    fault = f"will have no key `{KEYS[secret_type]}`, which a Secret of type {secret_type} must have"
    if source.template_keys:
        fault += f"; add it in `{source.template_keys[0]}`"
    return given._replace(fault=fault, cause=causes.SECRET_CONTENT)


def _wrong_type(given: SecretInInput, source: SecretSource, is_set: str, field: str) -> str:
    if is_set:
        return f"will be of type {is_set}; the kubelet ignores it unless its type is {TYPE}"
    if not source.type:
        why = f"like every Secret that a {given.source.kind} makes; the kubelet ignores it unless its type is {TYPE}"
    else:
        why = f"since `{field}` is not set; set it to {TYPE}, or the kubelet ignores it"
    return f"will be of type {source.default}, {why}"


def _keys(node: MappingNode, source: SecretSource) -> frozenset[str] | None:
    """The keys of the Secret that an object makes; None if not known."""
    paths_to_keys, paths_to_more = source.keys, source.more_keys
    if any(True for path in (*source.template_keys, *source.template_more_keys) for _ in paths.walk(node, path, "")):
        is_merged = source.template_merges and _text(node, source.template_merges) == "Merge"
        paths_to_keys = (*source.template_keys, *(source.keys if is_merged else ()))
        paths_to_more = (*source.template_more_keys, *(source.more_keys if is_merged else ()))
    more = [one for path in paths_to_more for one, _ in paths.walk(node, path, "")]
    if any(not _is_generator(one) for one in more):
        return None
    found = [one for path in paths_to_keys for one, _ in paths.walk(node, path, "")]
    if not found and not more:
        return None  # the object does not list them
    names = [key for one in found for key in (nodes.keys(one) if isinstance(one, MappingNode) else (one,))]
    if not all(isinstance(name, ScalarNode) and not is_templated(name.value) for name in names):
        return None
    # kustomize's generators write `KEY=VALUE`, `KEY=FILE` or `FOLDER/KEY`.
    return frozenset(name.value.partition("=")[0].rpartition("/")[2] for name in names)


def _is_generator(node: Node) -> bool:
    """Whether an entry of `dataFrom` is a generator, none of which makes a Docker config."""
    return (
        isinstance(node, MappingNode)
        and _text(node, "sourceRef.generatorRef.kind") in GENERATORS
        and nodes.last(node, "rewrite") is None
    )


def _with_config(given: SecretInInput, secret: MappingNode) -> SecretInInput:
    parts = (nodes.child(secret, key) for key in ("type", "data", "stringData"))
    plain = [None if part is None else nodes.plain(part) for part in parts]
    try:
        config = of_secret(*plain)
    except InputError as error:
        cause = causes.SECRET_TYPE if error.path == "type" else causes.SECRET_CONTENT
        return given._replace(fault=str(error), cause=cause, field=error.path)
    if not config.flaws:
        return given._replace(config=config)
    fault = f"has {' and '.join(config.flaws)}: the registry refuses that; `echo -n` and `printf` write none"
    return given._replace(config=config, fault=fault, cause=causes.SECRET_CONTENT)


def _previous_namespaces(resource: Resource) -> list[str]:
    return resource.annotations.get(_PREVIOUS_NAMESPACES, "").split(",")


def _text(node: Node, path: str) -> str:
    found = [value for value, _ in paths.walk(node, path, "")] if path else []
    return found[0].value if found and isinstance(found[0], ScalarNode) else ""
