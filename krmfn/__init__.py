r"""krmfn makes image pulls explicit in Kubernetes manifests: it writes `imagePullPolicy` and `imagePullSecrets`.

>>> from krmfn import Settings, run
>>> run(b"apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: nginx}]}\n", Settings()).output
b'apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: nginx, imagePullPolicy: Always}]}\n'
"""

from krmfn.errors import KrmfnError
from krmfn.imagepull.function import run
from krmfn.imagepull.outcome import ImagePullOutcome
from krmfn.imagepull.settings import Settings
from krmfn.krm.outcome import AnnouncedChange, Outcome
from krmfn.krm.results import Result, Severity

__all__ = ["AnnouncedChange", "ImagePullOutcome", "KrmfnError", "Outcome", "Result", "Settings", "Severity", "run"]
