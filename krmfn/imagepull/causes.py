"""Why a pod will not pull: what krmfn finds wrong that no rule for pod specs corrects, each cause by a stable id.

Results and findings bear the id as their `rule`, and reports describe it in the words that stand here.
"""

from typing import NamedTuple


class Cause(NamedTuple):
    """A cause, for lists and explanations.

    Attributes:
        name: the id that every report shows.
        description: what is wrong, in one sentence.
        why: what comes of it.
        fix: what mends it.
    """

    name: str
    description: str
    why: str
    fix: str


SECRET_MISSING = "secret-missing"
SECRET_NAMESPACE = "secret-namespace"
SECRET_TYPE = "secret-type"
SECRET_CONTENT = "secret-content"
SECRET_REGISTRY = "secret-registry"
SECRET_RENAMED = "secret-renamed"

CAUSES = (
    Cause(
        SECRET_MISSING,
        "Pods name a pull secret that nothing in the input makes.",
        "The kubelet pulls without it, and says so in an event of the pod: a private image ends in ImagePullBackOff.",
        "Add the Secret, or what makes it, to the input; correct the name; or, where the cluster gets the Secret from "
        "elsewhere, set `checkSecrets: Present`.",
    ),
    Cause(
        SECRET_NAMESPACE,
        "Pods name a pull secret that the input has in another namespace only.",
        "Pods use Secrets of their own namespace, so the kubelet does not find this one.",
        "Make the Secret in the namespace of the pods too, or let a controller copy it there.",
    ),
    Cause(
        SECRET_TYPE,
        "A pull secret is not of a type that holds a Docker config, or will not be.",
        "The kubelet passes over Secrets of any type but kubernetes.io/dockerconfigjson and kubernetes.io/dockercfg.",
        "Set the type in the Secret, or where the object that makes it takes the type. The type of a Secret in the "
        "cluster cannot change: delete that one first.",
    ),
    Cause(
        SECRET_CONTENT,
        "A pull secret holds nothing that the kubelet can log in with.",
        "The kubelet finds no credentials, or the registry refuses them.",
        "Make the Docker config anew: `krmfn secret` and `kubectl create secret docker-registry` write a valid one.",
    ),
    Cause(
        SECRET_REGISTRY,
        "A pull secret has no credentials for the registry of the images that pods pull with it.",
        "The kubelet pulls these images without credentials; a private registry refuses that.",
        "Add the registry to the Docker config of the Secret, or name a Secret that has it.",
    ),
    Cause(
        SECRET_RENAMED,
        "Pods name a pull secret that kustomize has renamed, or renames later.",
        "kustomize updates the names of Secrets in the kinds that it knows only, so these pods keep the old name.",
        "Run krmfn as a transformer of the kustomization, describe the field in a file for `configurations:` "
        "(`krmfn kinds --format kustomize` writes it), or set `disableNameSuffixHash`.",
    ),
)
"""In the order of the checks."""
