"""Findings about Workflows: pods that do not get their pull secrets, and Argo's look-ups of commands in registries.

Source: `workflow/controller/` of Argo Workflows 4.0: `workflowpod.go` (look-ups), `artifact_gc.go` and `agent.go`.
"""

from collections import deque
from collections.abc import Collection, Iterator, Sequence

from krmfn.imagepull.podspecs import Container, PodSpec
from krmfn.krm.findings import Finding
from krmfn.krm.results import Severity
from krmfn.splice import nodes, paths
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode

_Template = tuple[Node, str]
"""A template, and its field path."""
_PATCH, _GC, _SECRETS = "podSpecPatch", "artifactGC", "imagePullSecrets"
_LOOKED_UP = frozenset(("container", "script", "containerSet.containers[]", "sidecars[]"))
"""The fields of a template whose containers Argo's executor starts, so that the controller must know their command."""

_WITH_PODS = ("container", "script", "containerSet", "resource", "data")
"""The fields of templates that run in a pod of their own."""


def find(workflow: PodSpec, names: Collection[str]) -> Iterator[Finding]:
    """Findings about a Workflow whose pods have pull secrets of these names, each once."""
    templates = [*_templates(workflow)]
    patches = [*_patches(workflow, templates)]
    is_patched = any(_SECRETS in patch for patch in patches)
    if not names and not is_patched:
        return
    # A patch may set the command of any container.
    if not any("command" in patch for patch in patches):
        pods = sum(any(nodes.last(template, key) is not None for key in _WITH_PODS) for template, _ in templates)
        if containers := [one for one in workflow.containers if _is_looked_up(one, workflow, pods)]:
            yield _lookup(containers, is_patched=is_patched)
    if names and (found := _collected(workflow, templates)):
        yield _garbage(*found, workflow)


def runs_plugins(workflow: PodSpec) -> bool:
    """Whether executor plugins run in pods of a Workflow: sidecars that the Workflow does not name."""
    if "plugin" not in workflow.resource.document.text:
        return False
    return any(isinstance(nodes.last(template, "plugin"), MappingNode) for template, _ in _templates(workflow))


def _patches(workflow: PodSpec, templates: Sequence[_Template]) -> Iterator[str]:
    """The texts of `podSpecPatch`, which the controller applies to pods last."""
    own = (workflow.node, nodes.last(workflow.node, "templateDefaults"))
    for node in (*own, *(template for template, _ in templates)):
        if isinstance(patch := nodes.last(node, _PATCH), ScalarNode):
            yield str(patch.value)


def _templates(workflow: PodSpec) -> Iterator[_Template]:
    """Its templates, including nested ones; malformed parts are skipped."""
    waiting = deque(_items(workflow.node, "templates", workflow.path))
    while waiting:
        template, at = waiting.popleft()
        yield template, at
        groups = _items(template, "steps", at)
        tasks = [*_items(nodes.last(template, "dag"), "tasks", paths.join(at, "dag"))]
        tasks += [(one, f"{path}[{i}]") for group, path in groups for i, one in enumerate(_values(group))]
        inline = ((nodes.last(task, "inline"), paths.join(path, "inline")) for task, path in tasks)
        waiting += [(node, path) for node, path in inline if node is not None]


def _items(node: Node | None, key: str, at: str) -> Iterator[tuple[Node, str]]:
    path = paths.join(at, key)
    return ((item, f"{path}[{i}]") for i, item in enumerate(_values(nodes.last(node, key))))


def _values(node: Node | None) -> list[Node]:
    return list(node.value) if isinstance(node, SequenceNode) else []


def _is_looked_up(container: Container, workflow: PodSpec, pods: int) -> bool:
    """Whether the controller asks a registry for the command of a container; `pods`: how many templates run in pods."""
    default, controller = container.inherits, workflow.controller
    image = container.image or (default.image if default else "")
    if container.field.path not in _LOOKED_UP or not image:
        return False
    # Of the defaults, only sidecars run by themselves, in pods of templates without a sidecar of that name.
    if container.is_default and (container.field.path != "sidecars[]" or len(workflow.heirs(container)) >= pods):
        return False
    if _has_command(container.node) or (default and _has_command(default.node)):
        return False
    return not controller or not (controller.default(container, "command") or image in controller.entrypoints)


def _has_command(container: Node) -> bool:
    command = nodes.last(container, "command")
    return isinstance(command, SequenceNode) and bool(command.value)


def _lookup(containers: list[Container], *, is_patched: bool) -> Finding:
    more = len(containers) - 1
    those = f"this container and {more} more of this Workflow have" if more else "this container has"
    message = (
        f"{those} no `command`: Argo's controller reads it from the image's registry, with the {_SECRETS} of the "
        "Workflow and of its ServiceAccount, and needs permission to get these Secrets"
    )
    if is_patched:
        message += f"; it does not use the {_SECRETS} of a {_PATCH} for that"
    return Finding(Severity.INFO, message, containers[0].path, containers[0].node)


def _collected(workflow: PodSpec, templates: Sequence[_Template]) -> tuple[str, Node] | None:
    """The field that makes pods delete artifacts, with its path; None if there is none, or they have pull secrets."""
    own = nodes.last(workflow.node, _GC)
    patch = nodes.last(own, _PATCH)
    if isinstance(patch, ScalarNode) and _SECRETS in patch.value:
        return None
    found = [(own, paths.join(workflow.path, _GC))] if own is not None else []
    for template, at in templates:
        for artifact, path in _items(nodes.last(template, "outputs"), "artifacts", f"{at}.outputs"):
            if (collection := nodes.last(artifact, _GC)) is not None:
                found.append((collection, paths.join(path, _GC)))
    for node, path in found:
        strategy = nodes.last(node, "strategy")
        if isinstance(strategy, ScalarNode) and strategy.value not in ("", "Never") and not nodes.is_null(strategy):
            return path, node
    return None


def _garbage(path: str, node: Node, workflow: PodSpec) -> Finding:
    key = "serviceAccountName"
    account = nodes.last(node, key) or nodes.last(nodes.last(workflow.node, _GC), key)
    name = str(account.value) if isinstance(account, ScalarNode) else "default"
    message = (
        f"the pods that delete artifacts do not get the {_SECRETS} of the Workflow: they pull the executor's image "
        f"with those of ServiceAccount {name}, or of `{_GC}.{_PATCH}`"
    )
    return Finding(Severity.INFO, message, path, node)
