"""Where the pull secrets of a Workflow do not reach, and what Argo's controller does with them but to pass them on.

Source: `workflow/controller/` of Argo Workflows 4.0, its `workflowpod.go` (look-ups), `artifact_gc.go` and `agent.go`.
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
"""Where the containers of a template stand whose command the controller must know: it runs them itself."""

_WITH_PODS = ("container", "script", "containerSet", "resource", "data")
"""The fields of templates that run in a pod of their own."""


def find(workflow: PodSpec, names: Collection[str]) -> Iterator[Finding]:
    """What is to be said of a Workflow whose pods have pull secrets of these names, each once."""
    templates = [*_templates(workflow)]
    patches = [*_patches(workflow, templates)]
    is_patched = any(_SECRETS in patch for patch in patches)
    if not names and not is_patched:
        return
    # A patch may bring the command of any container.
    if not any("command" in patch for patch in patches):
        pods = sum(any(nodes.last(template, key) is not None for key in _WITH_PODS) for template, _ in templates)
        if containers := [one for one in workflow.containers if _is_looked_up(one, workflow, pods)]:
            yield _lookup(containers, is_patched=is_patched)
    if names and (found := _collected(workflow, templates)):
        yield _garbage(*found, workflow)


def runs_plugins(workflow: PodSpec) -> bool:
    """Whether executor plugins run in pods of a Workflow: sidecars that no Workflow names."""
    if "plugin" not in workflow.resource.document.text:
        return False
    return any(isinstance(nodes.last(template, "plugin"), MappingNode) for template, _ in _templates(workflow))


def _patches(workflow: PodSpec, templates: Sequence[_Template]) -> Iterator[str]:
    """The texts that the controller patches pods with last."""
    own = (workflow.node, nodes.last(workflow.node, "templateDefaults"))
    for node in (*own, *(template for template, _ in templates)):
        if isinstance(patch := nodes.last(node, _PATCH), ScalarNode):
            yield str(patch.value)


def _templates(workflow: PodSpec) -> Iterator[_Template]:
    """Its templates, those inside others too; none where the form is not Argo's."""
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
    """Whether the controller asks a registry about a container; `pods`: how many templates run in one of their own."""
    default, controller = container.inherits, workflow.controller
    image = container.image or (default.image if default else "")
    if container.field.path not in _LOOKED_UP or not image:
        return False
    # Of the defaults only a sidecar runs by itself: where templates have none of its name.
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
        message += f"; the {_SECRETS} of a {_PATCH} do not count for that"
    return Finding(Severity.INFO, message, containers[0].path, containers[0].node)


def _collected(workflow: PodSpec, templates: Sequence[_Template]) -> tuple[str, Node] | None:
    """What has pods delete artifacts, with its field path; None when nothing does, or those have pull secrets."""
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
        f"the pods that delete artifacts get no {_SECRETS} of the Workflow: they pull the executor's image with those "
        f"of ServiceAccount {name}, or of `{_GC}.{_PATCH}`"
    )
    return Finding(Severity.INFO, message, path, node)
