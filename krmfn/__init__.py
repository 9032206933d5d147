r"""krmfn makes image pulls explicit in Kubernetes manifests: `imagePullPolicy` and `imagePullSecrets`, written out.

>>> from krmfn import Settings, run
>>> run(b"apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: nginx}]}\n", Settings()).output
b'apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: nginx, imagePullPolicy: Always}]}\n'
"""

from krmfn.errors import KrmfnError
from krmfn.function import run
from krmfn.outcome import AnnouncedChange, Outcome
from krmfn.results import Result, Severity
from krmfn.settings import Settings

__all__ = ["AnnouncedChange", "KrmfnError", "Outcome", "Result", "Settings", "Severity", "run"]
