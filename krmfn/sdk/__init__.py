r"""Write your own KRM function: yield what each object should have, and krmfn writes it into the existing text.

>>> from krmfn.sdk import Config, Function
>>> class SetReplicas(Config):
...     replicas: int
>>> def set_replicas(thing, config):
...     if thing.kind == "Deployment":
...         yield thing.set("spec.replicas", config.replicas)
>>> function = Function(SetReplicas, set_replicas, api_version="example.com/v1", kind="SetReplicas")
>>> web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web} # the shop\nspec: {replicas: 1}\n"
>>> print(function.run(web, SetReplicas(replicas=3)).output.decode(), end="")
apiVersion: apps/v1
kind: Deployment
metadata: {name: web} # the shop
spec: {replicas: 3}

These names, and those of `krmfn.testing`, are public. They are provisional until krmfn 1.0: a minor version may change
them, and its changelog says so. Everything else in krmfn is private.
"""

from krmfn.krm.results import Result, Severity
from krmfn.sdk.changes import Change
from krmfn.sdk.config import Config
from krmfn.sdk.function import Function
from krmfn.sdk.objects import Object, Objects
from krmfn.sdk.pods import Container, Image, PodSpec

__all__ = ["Change", "Config", "Container", "Function", "Image", "Object", "Objects", "PodSpec", "Result", "Severity"]
