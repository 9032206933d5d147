"""Write patches as YAML for a host."""

from collections.abc import Iterable, Iterator

from krmfn.commands.patches.objects import Patch
from krmfn.commands.patches.operations import Operation
from krmfn.krm.results import visible_line
from krmfn.splice.rendering import flow, scalar


def component(head: str, patches: Iterable[Patch]) -> str:
    """A kustomize Component with the patches; `head` is a comment at the top."""
    top = ["apiVersion: kustomize.config.k8s.io/v1alpha1", "kind: Component"]
    return _text([f"# {visible_line(head)}", *top, *_lines(patches)])


def flux(head: str, patches: Iterable[Patch]) -> str:
    """`spec.patches` of a Flux Kustomization, also for `kubectl patch --type merge --patch-file`."""
    return _text([f"# {visible_line(head)}", "spec:", *(f"  {line}" for line in _lines(patches))])


FORMATS = {"component": component, "flux": flux}
"""The formats by name, the default first."""


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _lines(patches: Iterable[Patch]) -> Iterator[str]:
    lines = [line for patch in patches for line in _entry(patch)]
    if not lines:
        yield "patches: []"
        return
    yield "patches:"
    yield from lines


def _entry(patch: Patch) -> Iterator[str]:
    yield "- target:"
    for key, value in patch.target.items():
        yield f"    {key}: {scalar(value)}"
    yield "  patch: |-"
    for operation in patch.operations:
        yield f"    - {_operation(operation)}"


def _operation(operation: Operation) -> str:
    return flow({"op": operation.op, "path": operation.pointer, "value": operation.value})
