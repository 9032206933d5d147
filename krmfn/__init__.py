r"""krmfn makes image pulls explicit in Kubernetes manifests: it writes `imagePullPolicy` and `imagePullSecrets`.

>>> from krmfn import Settings, run
>>> run(b"apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: nginx}]}\n", Settings()).output
b'apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: nginx, imagePullPolicy: Always}]}\n'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from krmfn.errors import KrmfnError
    from krmfn.imagepull.function import run
    from krmfn.imagepull.outcome import ImagePullOutcome
    from krmfn.imagepull.settings import Settings
    from krmfn.krm.outcome import AnnouncedChange, Outcome
    from krmfn.krm.results import Result, Severity

__all__ = ["AnnouncedChange", "ImagePullOutcome", "KrmfnError", "Outcome", "Result", "Settings", "Severity", "run"]

_HOMES = {
    "AnnouncedChange": "krm.outcome",
    "ImagePullOutcome": "imagepull.outcome",
    "KrmfnError": "errors",
    "Outcome": "krm.outcome",
    "Result": "krm.results",
    "Settings": "imagepull.settings",
    "Severity": "krm.results",
    "run": "imagepull.function",
}


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used: `krmfn.sdk` and commands need few of them."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
