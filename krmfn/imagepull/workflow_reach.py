"""Where the pull secrets of a Workflow do not reach, and what Argo's controller does with them but to pass them on.

Source: `workflow/controller/` of Argo Workflows 4.0, its `workflowpod.go` (look-ups), `artifact_gc.go` and `agent.go`.
"""

from collections.abc import Collection, Iterator

from krmfn.imagepull.podspecs import Container, PodSpec
from krmfn.krm.findings import Finding
from krmfn.krm.results import Severity
from krmfn.splice import nodes, paths
from krmfn.splice.nodes import MappingNode, Node, ScalarNode, SequenceNode

_PATCH, _GC, _SECRETS = "podSpecPatch", "artifactGC", "imagePullSecrets"
_LOOKED_UP = frozenset(("container", "script", "containerSet.containers[]", "sidecars[]"))
"""Where the containers of a template stand whose command the controller must know: it runs them itself."""

_WITH_PODS = ("container", "script", "containerSet", "resource", "data")
"""The fields of templates that run in a pod of their own."""


def find(workflow: PodSpec, names: Collection[str]) -> Iterator[Finding]:
    """What is to be said of a Workflow whose pods have pull secrets of these names, each once."""
    patches = [*_patches(workflow)]
    is_patched = any(_SECRETS in patch for patch in patches)
    if not names and not is_patched:
        return
    if containers := [one for one in workflow.containers if _is_looked_up(one, workflow, patches)]:
        yield _lookup(containers, is_patched=is_patched)
    if names and (found := _collected(workflow)):
        yield _garbage(*found, workflow)


def runs_plugins(workflow: PodSpec) -> bool:
    """Whether executor plugins run in pods of a Workflow: sidecars that no Workflow names."""
    if "plugin" not in workflow.resource.document.text:
        return False
    return any(isinstance(nodes.last(template, "plugin"), MappingNode) for template, _ in _templates(workflow))


def _patches(workflow: PodSpec) -> Iterator[str]:
    """The texts that the controller patches pods with last."""
    own = (workflow.node, nodes.last(workflow.node, "templateDefaults"))
    for node in (*own, *(template for template, _ in _templates(workflow))):
        if isinstance(patch := nodes.last(node, _PATCH), ScalarNode):
            yield str(patch.value)


def _templates(workflow: PodSpec) -> Iterator[tuple[Node, str]]:
    """Its templates, those inside others too, each with its field path; none where the form is not Argo's."""
    waiting = [*_items(workflow.node, "templates", workflow.path)]
    while waiting:
        template, at = waiting.pop(0)
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


def _is_looked_up(container: Container, workflow: PodSpec, patches: Collection[str]) -> bool:
    default, controller = container.inherits, workflow.controller
    image = container.image or (default.image if default else "")
    if container.field.path not in _LOOKED_UP or not image:
        return False
    if container.is_default and not _is_added(container, workflow):
        return False
    if _has_command(container.node) or (default and _has_command(default.node)):
        return False
    if controller and (controller.default(container, "command") or image in controller.entrypoints):
        return False
    return not any("command" in patch for patch in patches)  # of whichever container


def _is_added(default: Container, workflow: PodSpec) -> bool:
    """Whether a container of `templateDefaults` runs by itself: a sidecar does where templates lack one of its name."""
    with_pods = sum(any(nodes.last(one, key) is not None for key in _WITH_PODS) for one, _ in _templates(workflow))
    return default.field.path == "sidecars[]" and len(workflow.heirs(default)) < with_pods


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


def _collected(workflow: PodSpec) -> tuple[str, Node] | None:
    """What has pods delete artifacts, with its field path; None when nothing does, or those have pull secrets."""
    own = nodes.last(workflow.node, _GC)
    patch = nodes.last(own, _PATCH)
    if isinstance(patch, ScalarNode) and _SECRETS in patch.value:
        return None
    found = [(own, paths.join(workflow.path, _GC))] if own is not None else []
    for template, at in _templates(workflow):
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
