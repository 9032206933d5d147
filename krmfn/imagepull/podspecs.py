"""Resources to pod specs: every mapping that describes pods, with its containers, pull secrets and ServiceAccounts.

krmfn calls each such mapping a pod spec: the one in a Deployment's template, the spec of a Workflow, the pod part of a
Sensor.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from krmfn.errors import InputError
from krmfn.imagepull import kinds
from krmfn.imagepull.builds import FinalImage
from krmfn.imagepull.image_triggers import ImageTriggers
from krmfn.imagepull.images import reference as images
from krmfn.imagepull.kinds import ImageField, Kind, KindTables, Origin, PodSite, Shape
from krmfn.imagepull.kinds.rows import ACCOUNT_FIELD, OLD_ACCOUNT_FIELD, REGISTRIES, TAGS, NewMapping, TextField
from krmfn.krm import resources
from krmfn.krm.resources import Resource
from krmfn.splice import nodes, paths
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.splice.pieces import Document

if TYPE_CHECKING:
    from krmfn.imagepull.workflow_controller import WorkflowController

SKIP_ANNOTATION = "krmfn.dev/skip"
"""An annotation whose value `true` makes krmfn leave an object alone."""

_POLICIES = "policy.open-cluster-management.io"
_COMPILED = "implementations-"
"""A part of the text of every Workflow that Kubeflow Pipelines compiles."""
_SENSOR = "Sensor"
_INDEX = re.compile(r"\[\d+\]")
_CONTAINER_SET = "containerSet.containers[]"


class FilledIn(NamedTuple):
    """A policy that the controller of the pods fills in, and the setting that it comes from, for messages."""

    policy: str
    by: str


class Container(NamedTuple):
    """A mapping with an image: a container, an image volume, or a field that a controller turns into one.

    Attributes:
        node: the mapping.
        path: its field path in the document.
        field: which of its keys are the image and the policy.
        image: the image, joined if several keys hold its parts; empty if there is none.
        policy: the policy's node, or None.
        inherits: the container of `templateDefaults` from which this one inherits missing fields.
        is_default: whether this is itself such a container of `templateDefaults`.
        finals: the images that run instead of this one, if builds replace it.
        trigger: what replaces the image in the cluster, as words after "filled in later"; empty if nothing does.
        filled_in: the policy that the controller of the pods sets if there is none here; None if it sets none.
        against: why no policy may be written for it; empty if one may.
    """

    node: MappingNode
    path: str
    field: ImageField
    image: str
    policy: Node | None
    inherits: "Container | None" = None
    is_default: bool = False
    finals: tuple[FinalImage, ...] = ()
    trigger: str = ""
    filled_in: FilledIn | None = None
    against: str = ""

    @property
    def runs(self) -> tuple[str, ...]:
        """The images that run: the written one, or the images with which builds replace it."""
        if not self.finals:
            return (self.image,)
        return tuple(dict.fromkeys(final.image for final in self.finals if final.is_root)) or (self.image,)

    @property
    def name(self) -> str:
        """The name of the container; empty if it has none."""
        name = nodes.last(self.node, "name")  # a duplicate key is an error only where krmfn edits
        return str(name.value) if isinstance(name, ScalarNode) else ""

    @property
    def is_filled_in_later(self) -> bool:
        """Whether the image that runs is known only later, because something else fills it in or replaces it."""
        return bool(self.trigger) or images.is_filled_in_later(self.image)

    @property
    def set_policy(self) -> str:
        """The policy that is set; empty if there is none, or if it is not a scalar."""
        node = self.policy
        return str(node.value) if isinstance(node, ScalarNode) and not nodes.is_null(node) else ""


class Text(NamedTuple):
    """A scalar that holds YAML.

    Attributes:
        field: what it holds.
        mapping: the mapping that has it.
        key: its key in that mapping.
        node: the scalar.
        path: its field path in the document.
        verb: what is done with its objects, such as `create`; empty if nothing says so.
        settled: containers outside the text whose policy also applies to containers in it, by list and name.
        against: why no policy may be written in it; empty if one may.
    """

    field: TextField
    mapping: MappingNode
    key: str
    node: ScalarNode
    path: str
    verb: str = ""
    settled: Mapping[tuple[str, str], Container] = MappingProxyType({})
    against: str = ""


class PodSpec(NamedTuple):
    """A mapping that describes pods.

    Attributes:
        resource: the object that it is part of.
        node: the mapping; if mappings are missing, the existing mapping in which the first of `missing` is created.
        path: its field path in the document.
        shape: which fields such a mapping may have.
        containers: its containers and image volumes.
        service_accounts: the ServiceAccounts of its pods; empty if not known.
        named_accounts: the ServiceAccounts that it names, each after the path of its field.
        missing: the mappings to create below `node`, outermost first; the last is the pod spec itself.
        added: the images of containers that patches add to it.
        overwritten_by: files with patches that remove or replace pull secrets of the object.
        controller: Argo's workflow controller that makes its pods; None if another one does, or it is not known.
        texts: its scalars that hold YAML.
        further_images: images that its texts add to its pods.
    """

    resource: Resource
    node: MappingNode
    path: str
    shape: Shape
    containers: tuple[Container, ...]
    service_accounts: tuple[str, ...]
    missing: tuple[NewMapping, ...] = ()
    added: tuple[FinalImage, ...] = ()
    overwritten_by: tuple[str, ...] = ()
    controller: "WorkflowController | None" = None
    texts: tuple[Text, ...] = ()
    further_images: tuple[str, ...] = ()
    named_accounts: tuple[tuple[str, str], ...] = ()

    @property
    def created_path(self) -> str:
        """The field path of the outermost missing mapping; the path of the pod spec if none is missing."""
        return self.path.rsplit(".", len(self.missing) - 1)[0] if len(self.missing) > 1 else self.path

    @property
    def images(self) -> tuple[str, ...]:
        """All images that run in its pods, each once."""
        written = (image for container in self.containers for image in container.runs if image)
        brought = self.controller.images if self.controller else ()
        patched = (final.image for final in self.added)
        return tuple(dict.fromkeys((*written, *patched, *self.further_images, *brought)))

    @property
    def is_workflow(self) -> bool:
        """Whether Argo's workflow controller makes its pods."""
        return self.shape.is_workflow

    @property
    def is_workflow_default(self) -> bool:
        """Whether it is the `workflowDefaults` in the ConfigMap of a workflow controller, which has no pods itself."""
        return self.shape.is_for_others

    @property
    def default_secrets(self) -> tuple[str, ...]:
        """The pull secrets that its pods always get in addition to the listed ones."""
        return self.controller.pull_secrets if self.controller else ()

    def heirs(self, default: Container) -> list[Container]:
        """The containers that inherit missing fields from this one of `templateDefaults`."""
        return [container for container in self.containers if container.inherits is default]

    def refers_to_templates(self) -> bool:
        """Whether its pods run templates of other objects, with its `templateDefaults`."""
        key, text = self.shape.template_ref, self.resource.document.text
        if not key or (key not in text and "\\" not in text):  # a quoted key may be written with escapes
            return False
        return any(nodes.last(node, key) for node in nodes.descendants([self.node]))


def find_resources(document: Document, tables: KindTables) -> Iterator[tuple[Resource, Kind | None]]:
    """The objects of a document and the whole objects inside them, each with its row of the kind tables."""
    for resource in resources.read(document):
        yield from _with_inner(resource, tables)


def _with_inner(resource: Resource, tables: KindTables) -> Iterator[tuple[Resource, Kind | None]]:
    if own := tables.forbidden(resource.type_meta):
        resource = resource._replace(forbidden=(*resource.forbidden, *((resource.at, path) for path in own)))
    if resource.type_meta.group == _POLICIES or resource.type_meta.kind == _SENSOR:
        from krmfn.imagepull.unwanted_objects import unwanted_objects  # few inputs have any

        found = ((one.around, one.path) for one in unwanted_objects(resource))
        resource = resource._replace(forbidden=(*resource.forbidden, *found))
    kind = tables.lookup(resource.type_meta)
    if kind and kind.origin is Origin.STRUCTURE and not _holds_objects(resource, tables):
        kind = None  # only the name of the kind suggests a list
    if kind is None and tables.looks_into_texts(resource.type_meta):
        kind = of_config_map(resource, tables)
    yield resource, kind
    if kind is None:
        return
    for inner in _inner(resource, kind):
        if not resource.forbids(inner.at):
            yield from _with_inner(inner._replace(forbidden=resource.forbidden), tables)


def unwanted_in(resource: Resource, kind: Kind) -> Iterator[tuple[Resource, str]]:
    """The whole objects in a resource that `find_resources` leaves out, because they are not applied; each with why."""
    from krmfn.imagepull.unwanted_objects import unwanted_objects  # few inputs have any

    whys = {f"{one.around}.{one.path}": one.why for one in unwanted_objects(resource)}
    for inner in _inner(resource, kind) if whys else ():
        if inner.at in whys:
            yield inner, whys[inner.at]


def of_config_map(resource: Resource, tables: KindTables) -> Kind | None:
    """The row for a ConfigMap whose texts the settings include; None if they include none of its texts."""
    from krmfn.imagepull.kinds import config_maps  # few runs look into them

    data = nodes.last(resource.node, "data")
    keys = [key for key, _ in nodes.all_entries(data)] if isinstance(data, MappingNode) else []
    rows: list[Kind | None] = []
    if tables.embedded:
        rows.append(config_maps.kind(resource.ref.name, resource.labels, keys))
    if tables.workflow_defaults in (resource.ref.name, *resource.previous_names):  # the last one counts for a text
        rows.append(config_maps.workflow_defaults(keys, only_secrets=not tables.embedded))
    sites = tuple(site for row in rows if row for site in row.sites)
    return Kind(sites=sites) if sites else None


def _holds_objects(resource: Resource, tables: KindTables) -> bool:
    """Whether the items of a kind that is named like a list are objects: by the tables, or else by their structure."""
    items = nodes.last(resource.node, "items")
    meta = kinds.item_type(resource.type_meta)
    if items is None or (meta and tables.lookup(meta)):
        return items is not None
    return isinstance(items, SequenceNode) and all(
        nodes.last(item, "metadata") is not None or resources.is_object(item) for item in items.value
    )


def _inner(resource: Resource, kind: Kind) -> Iterator[Resource]:
    """The whole objects in a resource; none if it asks to be left alone."""
    if resource.opts_out(SKIP_ANNOTATION):
        return
    for path in kind.items:
        if resource.field_prefix:  # a list inside another object belongs to that object
            yield from resources.embedded(resource, path)
        else:
            yield from resources.items(resource, path, kinds.item_type(resource.type_meta))
    for path in kind.objects:
        yield from resources.embedded(resource, path)


def find_pod_specs(resource: Resource, kind: Kind) -> Iterator[PodSpec]:
    """Every pod spec of a resource.

    Raises:
        InputError: a field does not have the form that the API server requires.
    """
    looks = kind.origin is Origin.STRUCTURE and kind.sites
    foreign = kinds.in_objects_inside(resource.node) if looks else set()
    for site in kind.sites:
        for node, at in paths.walk(resource.node, site.path, resource.at):
            if not nodes.is_null(node) and id(node) not in foreign:
                pod_spec = _pod_spec(resource, paths.require_mapping(node, at), at, kinds.shape(site.shape))
                yield from _where_secrets_are(pod_spec, site)
        yield from _missing_pod_specs(resource, site)


def _where_secrets_are(pod_spec: PodSpec, site: PodSite) -> Iterator[PodSpec]:
    """The pod spec once for each mapping that holds, or is created to hold, the pull secrets for its images."""
    if not site.secrets_in:
        yield pod_spec
        return
    for node, at in paths.walk(pod_spec.node, site.secrets_in, pod_spec.path):
        if not nodes.is_null(node):
            yield pod_spec._replace(node=paths.require_mapping(node, at), path=at)
    for node, at, missing in _absent(pod_spec.node, site.secrets_in, pod_spec.path, site.create):
        yield pod_spec._replace(node=node, path=at, missing=missing)


def _missing_pod_specs(resource: Resource, site: PodSite) -> Iterator[PodSpec]:
    """Pod specs that are created as a whole: their pods run even if they are absent, with images of the controller."""
    below = site.secrets_in.count(".") + 1 if site.secrets_in else 0
    inner = site.create[len(site.create) - below :]
    shape = kinds.shape(site.shape)
    for node, at, missing in _absent(resource.node, site.path, resource.at, site.create[: -below or None]):
        path = f"{at}.{site.secrets_in}" if below else at
        yield PodSpec(resource, node, path, shape, (), run_as((), shape.default_account), missing + inner)


def _absent(
    node: Node, path: str, at: str, create: Sequence[NewMapping]
) -> Iterator[tuple[MappingNode, str, tuple[NewMapping, ...]]]:
    """Mappings that lack the next step of a path, each with the path of the new mapping and the mappings to create."""
    steps = path.split(".")
    for count in range(1, min(len(create), len(steps)) + 1):
        missing = tuple(create[-count:])
        for found, where in paths.walk(node, ".".join(steps[:-count]), at):
            if isinstance(found, MappingNode) and nodes.is_null(paths.child(found, missing[0].key, where)):
                yield found, ".".join(filter(None, (where, *steps[-count:]))), missing


def _pod_spec(resource: Resource, node: MappingNode, at: str, shape: Shape) -> PodSpec:
    containers = list(_containers(node, shape, at))
    if triggers := ImageTriggers(resource):
        containers = [c._replace(trigger=triggers.of_container(c.node, c.path)) for c in containers]
    if shape.default_images:
        containers = _with_defaults(containers, paths.join(at, shape.default_images))
    found = [
        (path, str(value.value))
        for path in shape.service_accounts
        for value, _ in paths.walk(node, path, at)
        if nodes.is_string(value) and value.value
    ]
    # Kubernetes ignores the old name of the field if the new one is set.
    given = {path for path, _ in found}
    named = tuple((path, name) for path, name in found if path != OLD_ACCOUNT_FIELD or ACCOUNT_FIELD not in given)
    accounts = run_as(named, shape.default_account)
    texts = tuple(_texts(node, shape, at))
    pod_spec = PodSpec(resource, node, at, shape, tuple(containers), accounts, texts=texts, named_accounts=named)
    # Imported late: few objects need these modules.
    if shape.template_ref and _COMPILED in resource.document.text:
        from krmfn.imagepull import compiled_pipelines

        pod_spec = pod_spec._replace(further_images=tuple(compiled_pipelines.images(node)))
    if any(text.field.holds for text in texts):
        from krmfn.imagepull.pod_spec_patches import with_patches

        pod_spec = with_patches(pod_spec)
    return pod_spec


def run_as(
    named: Sequence[tuple[str, str]], default: str, filled_in: Mapping[str, str] = MappingProxyType({})
) -> tuple[str, ...]:
    """The ServiceAccounts of pods, each once.

    Args:
        named: the ServiceAccounts that the pod spec names, each after the path of its field.
        default: the ServiceAccount of pods for which none is named; empty if not known.
        filled_in: the ServiceAccounts that a controller fills in where the pod spec names none, by field path.
    """
    given = {path for path, _ in named}
    found = [*named, *((path, name) for path, name in filled_in.items() if path not in given)]
    names = dict.fromkeys(name for _, name in found)
    if default and all("[]" in path for path, _ in found):
        names[default] = None
    return tuple(names)


def _containers(node: MappingNode, shape: Shape, at: str) -> Iterator[Container]:
    for field in shape.images:
        for found, path in paths.walk(node, field.path, at):
            if field.path.endswith("[]") or not nodes.is_null(found):
                yield _container(paths.require_mapping(found, path), path, field)
    for nested_path, name in shape.nested:
        for found, path in paths.walk(node, nested_path, at):
            if not nodes.is_null(found):
                mapping = paths.require_mapping(found, path)
                yield from _containers(mapping, kinds.shape(name), path)


def _texts(node: MappingNode, shape: Shape, at: str) -> Iterator[Text]:
    for field in shape.texts:
        parent, _, key = field.path.rpartition(".")
        for found, path in paths.walk(node, parent, at):
            if not isinstance(found, MappingNode):
                continue
            for name, value in nodes.all_entries(found) if key == "*" else [(key, nodes.last(found, key))]:
                if isinstance(value, ScalarNode) and nodes.is_string(value) and name in (field.keys or (name,)):
                    yield Text(field, found, name, value, paths.join(path, name), _verb(node, field))
    for nested_path, name in shape.nested:
        for found, path in paths.walk(node, nested_path, at):
            if isinstance(found, MappingNode):
                yield from _texts(found, kinds.shape(name), path)


def _verb(node: MappingNode, field: TextField) -> str:
    """What is done with the objects of a text, such as `create`; empty if nothing says so."""
    verb: Node | None = node if field.verb else None
    for key in field.verb.split("."):
        verb = nodes.last(verb, key)
    return str(verb.value) if isinstance(verb, ScalarNode) else ""


def _container(node: MappingNode, path: str, field: ImageField) -> Container:
    image = paths.child(node, field.image, path)
    if image is not None and not nodes.is_null(image) and not nodes.is_string(image):
        at = paths.join(path, field.image)
        raise InputError(f"must be a string, not {nodes.describe(image)}", nodes.start(image), at)
    text = "" if image is None or nodes.is_null(image) else str(image.value)
    if text and field.also:
        text = _joined(text, {key: nodes.child(node, key) for key in field.also})
    return Container(node, path, field, text, paths.child(node, field.policy, path))


def _joined(name: str, parts: dict[str, Node | None]) -> str:
    """The image from its name and the parts in other fields."""
    texts = {
        key: str(node.value)
        for key, node in parts.items()
        if isinstance(node, ScalarNode) and node.value and not nodes.is_null(node)
    }
    registry = next((texts[key] for key in REGISTRIES if key in texts), None)
    tag = next((texts[key] for key in TAGS if key in texts), None)
    image = f"{registry}/{name}" if registry else name
    if tag:
        image += f"@{tag}" if tag.startswith("sha256:") else f":{tag}"
    return f"{image}@{texts['digest']}" if "digest" in texts else image


def _with_defaults(containers: list[Container], defaults_path: str) -> list[Container]:
    """The containers, each with the one of `templateDefaults` that it inherits from: same field, in lists same name.

    Argo merges `templateDefaults` into a template by strategic merge, lists of containers by name. The list of a
    container set is an exception: the template's list replaces the default one as a whole.
    """
    defaults = {
        _merge_key(container): container._replace(is_default=True)
        for container in containers
        if _is_directly_in(defaults_path, container)
    }
    linked = list(defaults.values())
    for container in containers:
        if not _is_directly_in(defaults_path, container):
            is_merged = container.field.path != _CONTAINER_SET
            linked.append(container._replace(inherits=defaults.get(_merge_key(container)) if is_merged else None))
    return linked


def _is_directly_in(defaults_path: str, container: Container) -> bool:
    """Whether a container is directly in `templateDefaults`, and not in a template inside it."""
    return _INDEX.sub("[]", container.path) == f"{_INDEX.sub('[]', defaults_path)}.{container.field.path}"


def _merge_key(container: Container) -> tuple[str, str]:
    if not container.field.path.endswith("[]"):
        return container.field.path, ""
    name = nodes.child(container.node, "name")
    return container.field.path, str(name.value) if name is not None else ""
