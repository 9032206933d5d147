"""The pull secrets that a pod spec or a ServiceAccount names, and the change that adds more."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from krmfn.errors import InputError
from krmfn.imagepull.accounts.in_input import PULL_SECRETS, SECRETS
from krmfn.imagepull.kinds import SecretForm, SecretsField
from krmfn.imagepull.podspecs import PodSpec
from krmfn.imagepull.uses import Use
from krmfn.krm.findings import Finding
from krmfn.krm.results import Severity
from krmfn.splice import nodes, paths
from krmfn.splice.changes import AddKey, AppendItems, Change, ReplaceScalar, new_value
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode


class Entry(NamedTuple):
    """The name of a secret, with the field path and node of the entry that holds it."""

    name: str
    path: str
    node: Node


class NamedSecrets(NamedTuple):
    """The field with pull secrets of one pod spec.

    Attributes:
        pod_spec: the pod spec.
        field: the field.
        path: its field path in the document.
        value: its value; None if it is absent.
        entries: the secrets that it names, each once.
        oddities: findings about entries without a name and duplicates.
    """

    pod_spec: PodSpec
    field: SecretsField
    path: str
    value: Node | None
    entries: tuple[Entry, ...]
    oddities: tuple[Finding, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the secrets."""
        return tuple(entry.name for entry in self.entries)

    @property
    def is_empty(self) -> bool:
        """Whether the field has no entry at all: only then Kubernetes copies the secrets of the ServiceAccount."""
        return not self.entries and not self.oddities

    def appended(self, names: Sequence[str], rule: str) -> Change:
        """The change of `rule` that adds secrets to the field; a field that holds one secret gets the first."""
        entries = [{"name": name} if self.field.form.has_names else name for name in names]
        new = entries if self.field.form.is_list else entries[0]
        node, key = self.pod_spec.node, self.field.key
        if self.pod_spec.missing:
            return self._created(new, rule)
        if isinstance(self.value, SequenceNode):
            return AppendItems(self.path, self.value, tuple(entries), rule)
        if isinstance(self.value, MappingNode):
            return _named(self.value, paths.join(self.path, "name"), names[0], rule)
        own = nodes.entry(node, key)
        if own and isinstance(own[1], ScalarNode):
            return ReplaceScalar(self.path, node, key, own[1], new, rule)
        return AddKey(self.path, node, key, new, self.field.beside, rule=rule)

    def _created(self, new: Any, rule: str) -> Change:
        """One addition that creates all missing mappings, with the field in the innermost one."""
        node, missing, outermost = self.pod_spec.node, self.pod_spec.missing, self.pod_spec.created_path
        added = {self.field.key: new}
        for inner in reversed(missing):
            added = {inner.key: added | {key: [] for key in inner.lists}}
        key, value = next(iter(added.items()))
        null = nodes.entry(node, key)
        if null and isinstance(null[1], ScalarNode):
            return ReplaceScalar(outermost, node, key, null[1], value, rule)
        return AddKey(outermost, node, key, value, rule=rule)


def read(pod_spec: PodSpec, field: SecretsField) -> NamedSecrets:
    """The secrets that `field` of a pod spec names.

    Raises:
        InputError: the field does not have the form that the API server requires.
    """
    path = paths.join(pod_spec.path, field.key)
    value = None if pod_spec.missing else nodes.child(pod_spec.node, field.key)
    found = list(_entries(value, path, field.form))
    entries = tuple(entry for entry in found if isinstance(entry, Entry))
    return NamedSecrets(pod_spec, field, path, value, entries, tuple(odd for odd in found if isinstance(odd, Finding)))


def _entries(value: Node | None, path: str, form: SecretForm) -> Iterator[Entry | Finding]:
    if not form.is_list:
        if value is not None and (name := _name(value, path, form)):
            yield Entry(name, path, value)
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
            yield Finding(Severity.WARNING, f"{name!r} is in the list twice; it is left as it is", at, item)
        else:
            seen.add(name)
            yield Entry(name, at, item)


def _name(node: Node, at: str, form: SecretForm) -> str:
    """The name that a reference holds; empty if there is none."""
    if nodes.is_null(node):
        return ""
    if form in (SecretForm.STRINGS, SecretForm.STRING):
        if not isinstance(node, ScalarNode):
            raise InputError(f"must be the name of a secret, not {nodes.describe(node)}", nodes.start(node), at)
        return str(node.value)
    if not isinstance(node, MappingNode):
        raise InputError(f"must be {{name: …}}, not {nodes.describe(node)}", nodes.start(node), at)
    name = nodes.child(node, "name")
    return str(name.value) if isinstance(name, ScalarNode) and not nodes.is_null(name) else ""


def _named(reference: MappingNode, path: str, secret: str, rule: str) -> Change:
    """The change that sets the name of a reference without one."""
    own = nodes.entry(reference, "name")
    if own and isinstance(own[1], ScalarNode):
        return ReplaceScalar(path, reference, "name", own[1], secret, rule)
    return AddKey(path, reference, "name", secret, rule=rule)


def names_in(change: Change) -> tuple[str, ...]:
    """The names of the secrets that a change from `NamedSecrets.appended` writes."""
    return tuple(_strings(new_value(change)))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    else:
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def summary(changes: Sequence[Change], uses: Sequence[Use]) -> str:
    """Changes to a summary of the secrets that they write, by field, each with the image that needs it."""
    called_for = {name: image for use in uses for name, image in use.secrets.items()}
    fields: dict[str, dict[str, None]] = {}
    for change in changes:
        field = SECRETS if change.path.rpartition(".")[2] == SECRETS else PULL_SECRETS
        fields.setdefault(field, {}).update(dict.fromkeys(names_in(change)))
    return "; ".join(
        f"{field}: {', '.join(name + (f' (for {called_for[name]})' if called_for.get(name) else '') for name in names)}"
        for field, names in fields.items()
    )
