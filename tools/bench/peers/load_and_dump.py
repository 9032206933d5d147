"""The simple alternative to krmfn: load, edit, dump. It loses comments, quotes and long lines.

stdin to stdout with PyYAML's C loader; `uncollected`: without Python's garbage collector; `ruamel`: with ruamel.yaml,
which keeps comments; `fix FOLDER` and `check FOLDER`: each file of a folder, which `check` does not write. It shares
no code with krmfn, so that the outputs can be compared.
"""

import gc
import os
import sys
from collections.abc import Iterator
from itertools import chain
from typing import Any

SECRET = "regcred"
WORKLOADS = ("Deployment", "Job")
TEMPLATE_KEYS = ("container", "script")


def edit(item: dict[str, Any]) -> None:
    """Make the image pulls of an object explicit, if it has any."""
    kind = item["kind"]
    if kind in WORKLOADS:
        edit_pod(item["spec"]["template"]["spec"])
    elif kind in ("Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"):
        edit_workflow(item["spec"])
    elif kind == "CronWorkflow":
        edit_workflow(item["spec"]["workflowSpec"])


def edit_pod(pod: dict[str, Any]) -> None:
    """Edit a pod spec."""
    add_secret(pod)
    for container in pod["containers"]:
        add_policy(container)


def edit_workflow(spec: dict[str, Any]) -> None:
    """Edit the spec of a Workflow."""
    if "workflowTemplateRef" not in spec:
        add_secret(spec)
    for plugin in spec.get("executorPlugins", ()):
        add_policy(plugin["spec"]["sidecar"]["container"])
    for template in (spec.get("templateDefaults"), *spec.get("templates", ())):
        edit_template(template or {})


def edit_template(template: dict[str, Any]) -> None:
    """Edit a template of a Workflow, and the templates inside of it."""
    for key in TEMPLATE_KEYS:
        add_policy(template.get(key) or {})
    for key in ("initContainers", "sidecars"):
        for container in template.get(key, ()):
            add_policy(container)
    for container in template.get("containerSet", {}).get("containers", ()):
        add_policy(container)
    tasks = template.get("dag", {}).get("tasks", ())
    for task in chain(tasks, *template.get("steps", ())):
        edit_template(task.get("inline") or {})


def add_secret(pod: dict[str, Any]) -> None:
    """Append the pull secret, once."""
    secrets = pod.setdefault("imagePullSecrets", [])
    if {"name": SECRET} not in secrets:
        secrets.append({"name": SECRET})


def add_policy(container: dict[str, Any]) -> None:
    """Write the policy that Kubernetes would default, unless the image is a placeholder."""
    image = container.get("image")
    if image and "{{" not in image and "${" not in image:
        tag = image.rpartition("/")[2].partition("@")[0].partition(":")[2]
        latest = tag == "latest" or (not tag and "@" not in image)
        container.setdefault("imagePullPolicy", "Always" if latest else "IfNotPresent")


def edit_stream() -> None:
    """Edit a ResourceList with PyYAML."""
    import yaml

    resource_list = yaml.load(sys.stdin.buffer, Loader=yaml.CSafeLoader)
    for item in resource_list["items"]:
        edit(item)
    yaml.dump(resource_list, sys.stdout, Dumper=yaml.CSafeDumper, sort_keys=False)


def edit_stream_by_ruamel() -> None:
    """Edit a ResourceList with ruamel.yaml's round trip."""
    from ruamel.yaml import YAML

    parser = YAML()
    parser.preserve_quotes = True
    parser.width = 10_000
    resource_list = parser.load(sys.stdin.buffer)
    for item in resource_list["items"]:
        edit(item)
    parser.dump(resource_list, sys.stdout)


def edit_files(folder: str, *, writes: bool) -> None:
    """Edit each file of a folder with PyYAML."""
    import yaml

    for path in files(folder):
        with open(path, "rb") as stream:
            documents = list(yaml.load_all(stream, Loader=yaml.CSafeLoader))
        before = repr(documents)
        for document in documents:
            edit(document)
        if writes and repr(documents) != before:
            with open(path, "w", encoding="utf-8") as stream:
                yaml.dump_all(documents, stream, Dumper=yaml.CSafeDumper, sort_keys=False)


def files(folder: str) -> Iterator[str]:
    """The files below a folder."""
    for root, _, names in os.walk(folder):
        yield from (os.path.join(root, name) for name in names)


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            edit_stream()
        case ["uncollected"]:
            gc.disable()
            edit_stream()
        case ["ruamel"]:
            edit_stream_by_ruamel()
        case [("fix" | "check") as way, folder]:
            edit_files(folder, writes=way == "fix")
        case _:
            sys.exit(__doc__)
