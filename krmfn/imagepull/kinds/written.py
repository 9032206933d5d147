"""Rows in the notation of users and the catalogue to `Kind`, and back.

group: example.com
kind: Web
podSpecs: [spec.template.spec]                    # whole pod specs
containers: [spec.sidecars[]]                     # fields that become a container or an image volume of a pod
images: [{path: spec.image, image: repository, also: [tag], policy: pullPolicy}]   # images that a controller reads
pullSecrets: [spec.imagePullSecrets, {path: spec.pullSecret, form: string}]
create: [spec.pods, {path: spec.pods.spec, lists: [containers]}]    # created if absent, for the pull secrets in them
objects: [spec.manifests[]]                       # whole objects
immutable: true                                   # the API server rejects changes of it
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from krmfn.imagepull.kinds.rows import (
    ACCOUNT_FIELD,
    OLD_ACCOUNT_FIELD,
    ImageField,
    Kind,
    NewMapping,
    Origin,
    PodSite,
    SecretForm,
    SecretsField,
    Shape,
)
from krmfn.splice import paths

POD_SPEC = "PodSpec"
_COMPLETED = "CompletedPodSpec"
_Created = Mapping[str, NewMapping]
"""Mappings to create, by path."""


def read(row: Mapping[str, Any], origin: Origin) -> Kind:
    """A row, whose values have the right types, to a `Kind`; raise `ValueError` if a path is invalid."""
    if ignored := row.get("ignore", ""):
        return Kind(ignored=ignored, origin=origin)
    pod_specs = row.get("podSpecs", ())
    fields = [_image_field(entry, is_passed_on=True) for entry in row.get("containers", ())]
    fields += [_image_field(entry, is_passed_on=False) for entry in row.get("images", ())]
    secrets = [_with_keys(entry) for entry in row.get("pullSecrets", ())]
    for path in (
        *pod_specs,
        *row.get("objects", ()),
        *(field.path for field in fields),
        *(entry["path"] for entry in secrets),
    ):
        paths.parse(path)
    created = {given["path"]: _new_mapping(given) for given in map(_with_keys, row.get("create", ()))}
    sites = [_pod_spec_site(path, created) for path in pod_specs]
    if fields:
        sites.append(PodSite("", Shape(images=tuple(fields))))
    in_pod_specs = {f"{path}.imagePullSecrets" for path in pod_specs}
    sites += [
        _secrets_site(entry, fields, pod_specs, created) for entry in secrets if entry["path"] not in in_pod_specs
    ]
    return Kind(
        tuple(sites),
        objects=tuple(row.get("objects", ())),
        immutable=row.get("immutable", False),
        may_lack=row.get("mayLack", ""),
        origin=origin,
    )


def _with_keys(entry: str | Mapping[str, Any]) -> Mapping[str, Any]:
    return {"path": entry} if isinstance(entry, str) else entry


def _image_field(entry: str | Mapping[str, Any], *, is_passed_on: bool) -> ImageField:
    given = _with_keys(entry)
    return ImageField(
        path=given["path"],
        image=given.get("image", "image"),
        policy=given.get("policy", "imagePullPolicy"),
        also=tuple(given.get("also", ())),
        is_passed_on=is_passed_on,
    )


def _new_mapping(given: Mapping[str, Any]) -> NewMapping:
    return NewMapping(given["path"].rpartition(".")[2], tuple(given.get("lists", ())))


def created_for(holder: str, created: _Created) -> tuple[NewMapping, ...]:
    """The last mappings of a path that are created, outermost first."""
    found: list[NewMapping] = []
    while holder in created:
        found.insert(0, created[holder])
        holder = holder.rpartition(".")[0]
    return tuple(found)


def _pod_spec_site(path: str, created: _Created) -> PodSite:
    create = created_for(path, created)
    return PodSite(path, _COMPLETED if create else POD_SPEC, create=create)


def _secrets_site(
    entry: Mapping[str, Any], fields: Sequence[ImageField], pod_specs: Sequence[str], created: _Created
) -> PodSite:
    """The site of a field for pull secrets, with the images below the deepest mapping that holds it and a container.

    Image volumes alone do not make a pod. If the row has no container there, the controller adds it.
    """
    *holder, key = entry["path"].split(".")
    containers = [*pod_specs, *(field.path for field in fields if not field.is_volume)]
    depths = range(len(holder), 0, -1)
    arounds = (holder[:n] for n in depths if any(_below(path, holder[:n]) is not None for path in containers))
    around = next(arounds, holder)
    served = [field._replace(path=rest) for field in fields if (rest := _below(field.path, around)) is not None]
    nested = [(rest, POD_SPEC) for path in pod_specs if (rest := _below(path, around)) is not None]
    secrets_in = ".".join(holder[len(around) :])
    shape = Shape(
        images=tuple(served),
        nested=tuple(nested),
        pull_secrets=SecretsField(key, form=SecretForm(entry.get("form", SecretForm.NAMES))),
        service_accounts=tuple(_accounts(secrets_in)),
        default_account="",
        runs_own_image=True,
        has_policies=False,
    )
    return PodSite(".".join(around), shape, secrets_in, created_for(".".join(holder), created))


def _accounts(secrets_in: str) -> Iterator[str]:
    """Possible paths of the pods' ServiceAccount: beside the secrets, or in a mapping around (`spec` of a TaskRun)."""
    steps = secrets_in.split(".") if secrets_in else []
    for count in range(len(steps) + 1):
        yield from (".".join((*steps[:count], key)) for key in (ACCOUNT_FIELD, OLD_ACCOUNT_FIELD))


def _below(path: str, around: list[str]) -> str | None:
    """The rest of a path that begins with the steps; None if it does not."""
    steps = path.split(".")
    return ".".join(steps[len(around) :]) if steps[: len(around)] == around else None


def write(kind: Kind, shapes: Mapping[str, Shape]) -> dict[str, Any]:
    """A built-in row in the notation of users; shapes that nest in themselves are written once."""
    if kind.ignored:
        return {"ignore": kind.ignored, "source": kind.origin.value}
    row: dict[str, list[Any]] = {"podSpecs": [], "containers": [], "pullSecrets": [], "create": [], "objects": []}
    for site in kind.sites:
        row["create"] += [site.path] if site.create else []
        if site.shape == POD_SPEC:
            row["podSpecs"].append(site.path)
            continue
        shape = shapes[site.shape] if isinstance(site.shape, str) else site.shape
        row["containers"] += [_entry(site.path, field) for field in shape.images]
        for path, name in shape.nested:
            row["containers"] += [_entry(f"{site.path}.{path}", field) for field in shapes[name].images]
        if shape.pull_secrets:
            row["pullSecrets"].append(f"{site.path}.{shape.pull_secrets.key}")
    row["objects"] = [*kind.items, *kind.objects]
    said = {key: entries for key, entries in row.items() if entries}
    return said | ({"immutable": True} if kind.immutable else {}) | {"source": kind.origin.value}


def _entry(above: str, field: ImageField) -> Any:
    path = f"{above}.{field.path}"
    if field.policy == "imagePullPolicy":
        return path
    return {"path": path, "image": field.image, "policy": field.policy}
