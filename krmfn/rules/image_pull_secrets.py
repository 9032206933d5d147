"""Append the configured pull secrets to the `imagePullSecrets` of a pod spec."""

from collections.abc import Iterator

from krmfn import images, nodes, paths
from krmfn.changes import AddKey, AppendItems, Beside, Change, ReplaceScalar
from krmfn.errors import InputError
from krmfn.findings import Finding
from krmfn.kinds import SecretForm
from krmfn.nodes import MappingNode, Node, ScalarNode, SequenceNode
from krmfn.podspecs import PodSpec
from krmfn.results import Severity
from krmfn.rules.context import Context
from krmfn.settings import Settings


def image_pull_secrets(pod_spec: PodSpec, context: Context) -> Iterator[Change | Finding]:
    """The secrets that the pod spec's images call for, at the end of its list, each once."""
    field = pod_spec.shape.pull_secrets
    if field is None or not context.settings.pull_secrets:
        return
    wanted = _wanted(pod_spec, context.settings)
    path = paths.join(pod_spec.path, field.key)
    value = None if pod_spec.missing_key else nodes.child(pod_spec.node, field.key)
    present = list(_present(value, path, field.form))
    yield from (name for name in present if isinstance(name, Finding))
    yield from _undecided(pod_spec, context.settings, {*wanted, *present})
    missing = [name for name in wanted if name not in present]
    if not missing:
        return
    key = pod_spec.shape.secrets_elsewhere
    elsewhere = nodes.child(pod_spec.node, key) if key else None
    if elsewhere is not None and not nodes.is_null(elsewhere):
        yield _belongs_elsewhere(pod_spec, elsewhere, missing)
        return
    if not field.form.is_list:
        left_out = missing if present else missing[1:]
        if left_out:
            yield _takes_one(pod_spec, path, left_out, taken=(present or wanted)[0], wanted=wanted)
        missing = [] if present else missing[:1]
    elif not present:
        inherited: dict[str, None] = {}
        for account in pod_spec.service_accounts or filter(None, (pod_spec.shape.default_account,)):
            secrets = context.accounts.pull_secrets(pod_spec.resource.ref.namespace, account)
            if secrets is None:
                yield _unknown_account(pod_spec, account)
            else:
                inherited |= dict.fromkeys(secrets)
        missing = list(inherited | dict.fromkeys(missing))
    if missing:
        yield _change(pod_spec, path, value, missing)


def _wanted(pod_spec: PodSpec, settings: Settings) -> list[str]:
    if not pod_spec.containers and not pod_spec.shape.runs_own_image:
        return []
    references = [images.parse(container.image) for container in pod_spec.containers if container.image]
    return list(dict.fromkeys(secret.name for secret in settings.pull_secrets if secret.serves(references)))


def _undecided(pod_spec: PodSpec, settings: Settings, decided: set[str | Finding]) -> Iterator[Finding]:
    """Secrets that may be missing, because an image that they could be for is not known yet."""
    names = [secret.name for secret in settings.pull_secrets if secret.name not in decided]
    image = next((container for container in pod_spec.containers if images.is_templated(container.image)), None)
    if names and image:
        yield Finding(
            Severity.INFO,
            f"image {image.image!r} is filled in later: whether it needs {', '.join(names)} cannot be told, "
            "and a secret that is limited to images is not added for it",
            image.path,
            image.node,
        )


def _present(value: Node | None, path: str, form: SecretForm) -> Iterator[str | Finding]:
    """The names that are there, and what is odd about them."""
    if not form.is_list:
        if name := _name(value, path, form):
            yield name
        return
    if value is None or nodes.is_null(value):
        return
    seen: set[str] = set()
    for i, item in enumerate(paths.require_sequence(value, path).value):
        at = f"{path}[{i}]"
        name = _name(item, at, form)
        if not name:
            yield Finding(Severity.WARNING, "this entry has no name; it is left as it is", at, item)
        elif name in seen:
            yield Finding(Severity.WARNING, f"{name!r} stands twice in the list; it is left as it is", at, item)
        else:
            seen.add(name)
            yield name


def _name(node: Node | None, at: str, form: SecretForm) -> str:
    """The name that a reference holds; empty when it holds none."""
    if node is None or nodes.is_null(node):
        return ""
    if form in (SecretForm.STRINGS, SecretForm.STRING):
        if not isinstance(node, ScalarNode):
            raise InputError(f"must be the name of a secret, not {nodes.describe(node)}", nodes.start(node), at)
        return str(node.value)
    if not isinstance(node, MappingNode):
        raise InputError(f"must be {{name: …}}, not {nodes.describe(node)}", nodes.start(node), at)
    name = nodes.child(node, "name")
    return str(name.value) if isinstance(name, ScalarNode) and not nodes.is_null(name) else ""


def _change(pod_spec: PodSpec, path: str, value: Node | None, names: list[str]) -> Change:
    field = pod_spec.shape.pull_secrets
    assert field is not None
    has_names = field.form in (SecretForm.NAMES, SecretForm.NAME)
    entries = [{"name": name} if has_names else name for name in names]
    new = entries if field.form.is_list else entries[0]
    secrets = tuple(names)
    if pod_spec.missing_key:
        added = {field.key: new}
        null = nodes.entry(pod_spec.node, pod_spec.missing_key)
        if null and isinstance(null[1], ScalarNode):
            return ReplaceScalar(pod_spec.path, pod_spec.node, pod_spec.missing_key, null[1], added, secrets)
        return AddKey(pod_spec.path, pod_spec.node, pod_spec.missing_key, added, Beside(), secrets=secrets)
    if isinstance(value, SequenceNode):
        return AppendItems(path, value, tuple(entries), secrets)
    if isinstance(value, MappingNode):
        return _named(value, paths.join(path, "name"), secrets)
    own = nodes.entry(pod_spec.node, field.key)
    if own and isinstance(own[1], ScalarNode):
        return ReplaceScalar(path, pod_spec.node, field.key, own[1], new, secrets)
    return AddKey(path, pod_spec.node, field.key, new, field.beside, secrets=secrets)


def _named(reference: MappingNode, path: str, secrets: tuple[str, ...]) -> Change:
    """A reference without a name gets one."""
    own = nodes.entry(reference, "name")
    if own and isinstance(own[1], ScalarNode):
        return ReplaceScalar(path, reference, "name", own[1], secrets[0], secrets)
    return AddKey(path, reference, "name", secrets[0], Beside(), secrets=secrets)


def _takes_one(pod_spec: PodSpec, path: str, left_out: list[str], taken: str | Finding, wanted: list[str]) -> Finding:
    return Finding(
        # What the user chose needs no warning.
        Severity.WARNING if taken in wanted else Severity.INFO,
        f"this field takes one pull secret, {taken}: {', '.join(left_out)} cannot be added",
        path,
        pod_spec.node,
    )


def _belongs_elsewhere(pod_spec: PodSpec, reference: Node, names: list[str]) -> Finding:
    field = pod_spec.shape.secrets_elsewhere
    name = nodes.child(reference, "name")
    target = f" {name.value!r}" if isinstance(name, ScalarNode) else ""
    return Finding(
        Severity.INFO,
        f"imagePullSecrets ({', '.join(names)}) are not added beside {field}: "
        f"they belong in the template{target} that it refers to",
        paths.join(pod_spec.path, field),
        reference,
    )


def _unknown_account(pod_spec: PodSpec, account: str) -> Finding:
    namespace = pod_spec.resource.ref.namespace
    is_expected = account == "default" or images.is_templated(account)
    label = f"{namespace}/{account}" if namespace else account
    return Finding(
        Severity.INFO if is_expected else Severity.WARNING,
        f"ServiceAccount {label} is not in the input: if it has imagePullSecrets, these pods lose them, "
        "because Kubernetes copies them only into pods that list none",
        pod_spec.path,
        pod_spec.node,
        once=("ServiceAccount", namespace, account),
    )
