"""Causes of failing pulls that krmfn reports but no rule corrects, each with a stable id.

Results and findings have the id as their `rule`. Reports describe it with the texts of this module.
"""

from typing import NamedTuple


class Cause(NamedTuple):
    """A cause, for lists and explanations.

    Attributes:
        name: the id that every report shows.
        description: what is wrong, in one sentence.
        why: what happens because of it.
        fix: how to fix it.
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
GENERATED_SECRET = "generated-secret"
MISPLACED_FIELD = "misplaced-field"
IMMUTABLE_OBJECT = "immutable-object"
LEFT_ALONE = "left-alone"
UNUSED_SETTING = "unused-setting"
FAILED_BUILD = "failed-build"

CAUSES = (
    Cause(
        SECRET_MISSING,
        "Pods name a pull secret that is not in the input, and that nothing in the input makes.",
        "The kubelet pulls without it and reports that in an event of the pod: a private image ends in "
        "ImagePullBackOff.",
        "Add the Secret, or an object that makes it, to the input; correct the name; or, if the Secret comes to the "
        "cluster from elsewhere, set `checkSecrets: Present`.",
    ),
    Cause(
        SECRET_NAMESPACE,
        "Pods name a pull secret that the input has only in another namespace.",
        "Pods can only use Secrets of their own namespace, so the kubelet does not find this one.",
        "Make the Secret in the namespace of the pods too, or let a controller copy it there.",
    ),
    Cause(
        SECRET_TYPE,
        "A pull secret does not have, or will not have, a type for Docker configs.",
        "The kubelet ignores Secrets of any type but kubernetes.io/dockerconfigjson and kubernetes.io/dockercfg.",
        "Set the type in the Secret, or in the object that makes it. The type of an existing Secret is immutable: "
        "delete it from the cluster first.",
    ),
    Cause(
        SECRET_CONTENT,
        "A pull secret holds no credentials that the kubelet can use.",
        "The kubelet finds no credentials, or the registry refuses them.",
        "Create a new Docker config: `krmfn secret` and `kubectl create secret docker-registry` write a valid one.",
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
        "kustomize updates the names of Secrets only in kinds that it knows, so these pods keep the old name.",
        "Run krmfn as a transformer of the kustomization, describe the field in a file for `configurations:` "
        "(`krmfn kinds --format kustomize` writes it), or set `disableNameSuffixHash`.",
    ),
    Cause(
        GENERATED_SECRET,
        "Pods that run images of OpenShift's internal registry get their first pull secret.",
        "OpenShift generates a pull secret for each ServiceAccount. Kubernetes copies it only into pods that list no "
        "pull secret, so these pods can no longer pull from the internal registry.",
        "Set `attachTo: [ServiceAccounts]`: the ServiceAccount then has the secrets besides the generated one.",
    ),
    Cause(
        MISPLACED_FIELD,
        "A pull secret or pull policy is in a field that Kubernetes ignores: in the wrong place, or misspelt.",
        "The API server drops the field, or rejects the object if validation is strict; the pods run without it.",
        "Move or rename the field as the message says.",
    ),
    Cause(
        IMMUTABLE_OBJECT,
        "krmfn would change an object that is immutable once it is applied.",
        "If the object exists in the cluster already, the API server rejects the change, and the sync fails.",
        "Delete the object from the cluster, have each sync replace it, or set `immutableObjects: Skip`.",
    ),
    Cause(
        LEFT_ALONE,
        "krmfn leaves something alone that may run an image.",
        "krmfn writes no policy and no pull secret there, and does not check its images.",
        "Do what the message proposes: add a row to `kinds`, set `embedded: true`, give definitions with --crds, or "
        "run krmfn on the rendered manifests.",
    ),
    Cause(
        UNUSED_SETTING,
        "A setting matches nothing in the manifests that krmfn read.",
        "The setting has no effect: it may be misspelt, or the manifests may have changed since.",
        "Correct it as the message proposes, or remove it.",
    ),
    Cause(
        FAILED_BUILD,
        "A kustomization could not be built.",
        "krmfn cannot check what the kustomization deploys.",
        "Run the build by hand to see its error. --enable-helm, --enable-exec and --load-restrictor allow more.",
    ),
)
"""All causes, in the order of the checks."""
