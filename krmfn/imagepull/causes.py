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
GENERATED_SECRET = "generated-secret"
MISPLACED_FIELD = "misplaced-field"
IMMUTABLE_OBJECT = "immutable-object"
LEFT_ALONE = "left-alone"
UNUSED_SETTING = "unused-setting"
FAILED_BUILD = "failed-build"

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
        "The type of a pull secret is not one that holds a Docker config, or will not be.",
        "The kubelet ignores Secrets of any type but kubernetes.io/dockerconfigjson and kubernetes.io/dockercfg.",
        "Set the type in the Secret, or in the object that makes it. The type of a Secret in the cluster cannot "
        "change: delete that one first.",
    ),
    Cause(
        SECRET_CONTENT,
        "A pull secret holds nothing that the kubelet can log in with.",
        "The kubelet finds no credentials, or the registry refuses them.",
        "Make a new Docker config: `krmfn secret` and `kubectl create secret docker-registry` write a valid one.",
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
    Cause(
        GENERATED_SECRET,
        "Pods that run images of OpenShift's internal registry get their first pull secret.",
        "OpenShift generates a pull secret for each ServiceAccount, and Kubernetes copies it only into pods that list "
        "none: these pods cannot pull from the internal registry any more.",
        "Set `attachTo: [ServiceAccounts]`: the ServiceAccount gets the secrets beside the generated one.",
    ),
    Cause(
        MISPLACED_FIELD,
        "A pull secret or pull policy stands at a place, or under a name, that Kubernetes ignores.",
        "The API server drops the field, or refuses the object where validation is strict; the pods run without it.",
        "Move or rename the field as the message says.",
    ),
    Cause(
        IMMUTABLE_OBJECT,
        "An object that cannot change once it is applied would change.",
        "If it exists in the cluster already, the API server refuses the change, and the sync fails.",
        "Delete the object in the cluster, have each sync replace it, or set `immutableObjects: Skip`.",
    ),
    Cause(
        LEFT_ALONE,
        "Something may run an image, and krmfn leaves it alone.",
        "krmfn writes no policy and no pull secret there, and does not check its images.",
        "Do what the message proposes: add a row to `kinds`, set `embedded: true`, give definitions with --crds, or "
        "run krmfn on the rendered manifests.",
    ),
    Cause(
        UNUSED_SETTING,
        "A setting matches nothing in the manifests that krmfn looked at.",
        "It has no effect: it may be misspelt, or the manifests may have changed since.",
        "Correct it as the message proposes, or remove it.",
    ),
    Cause(
        FAILED_BUILD,
        "A kustomization could not be built.",
        "krmfn cannot check what it deploys.",
        "Run the build by hand. --enable-helm, --enable-exec and --load-restrictor allow kustomize more.",
    ),
)
"""In the order of the checks."""
