"""What makes Secrets: the kinds whose objects become one in the cluster, or several, and what they say of it.

Field paths are from the published definitions of the kinds. By their sources, their controllers make a Secret of type
Opaque where no type is named, by themselves or by leaving it to the API server.
"""

from typing import NamedTuple

from krmfn.krm.typemeta import TypeMeta


class SecretSource(NamedTuple):
    """Where an object of a kind says what Secret it makes.

    Attributes:
        at: the paths of the mappings that describe one Secret each; an empty one is the object itself. All paths below
            begin there.
        names: the paths of its name; the first that is set counts.
        type: the path of its type.
        default: its type where none is set; empty when that is not known.
        namespace: the path of its namespace; where none is set, it is that of the object.
        own_name: whether it has the object's own name where none of `names` is set.
        unknown_if: paths, and the values there with which nothing is known of the Secret: something else makes it and
            gives it its type, or it is sealed as a whole. The value is empty for an absent field; None stands for any.
        keys: the paths of what names its keys: mappings by their keys, lists and scalars by what they hold.
        more_keys: the paths of fields that add keys which nothing here names.
        template_keys: as `keys`; where one of these or of `template_more_keys` is set, the others do not count.
        template_more_keys: as `more_keys`, of the template.
        template_merges: the path of a field with which the others count all the same, if it is `Merge`.
    """

    at: tuple[str, ...] = ("",)
    names: tuple[str, ...] = ()
    type: str = ""
    default: str = "Opaque"
    namespace: str = ""
    own_name: bool = True
    unknown_if: tuple[tuple[str, frozenset[str] | None], ...] = ()
    keys: tuple[str, ...] = ()
    more_keys: tuple[str, ...] = ()
    template_keys: tuple[str, ...] = ()
    template_more_keys: tuple[str, ...] = ()
    template_merges: str = ""


def _external(at: str, names: tuple[str, ...]) -> SecretSource:
    """What External Secrets Operator makes of a spec: `externalsecret_controller_template.go` in its sources."""
    template = f"{at}.target.template"
    return SecretSource(
        names=names,
        type=f"{template}.type",
        unknown_if=(
            (f"{at}.target.creationPolicy", frozenset(("Merge", "CreateOrMerge", "None"))),
            (f"{at}.target.manifest.kind", frozenset(("ConfigMap",))),
        ),
        keys=(f"{at}.data[].secretKey",),
        more_keys=(f"{at}.dataFrom[]",),
        template_keys=(f"{template}.data",),
        template_more_keys=(f"{template}.templateFrom[]",),
        template_merges=f"{template}.mergePolicy",
    )


# `SyncSecret` in its `helpers/secrets.go`: without `create` it writes the data of a Secret that is there.
_VAULT = SecretSource(
    ("spec.destination",), ("name",), "type", unknown_if=(("create", frozenset(("", "false"))),), own_name=False
)
_INFISICAL = SecretSource(
    ("spec.managedSecretReference", "spec.managedKubeSecretReferences[]"),
    ("secretName",),
    "secretType",
    namespace="secretNamespace",
    own_name=False,
)
SECRET = ("", "Secret")
SOURCES = {
    SECRET: SecretSource(type="type"),
    ("bitnami.com", "SealedSecret"): SecretSource(
        type="spec.template.type", unknown_if=(("spec.data", None),), keys=("spec.encryptedData", "spec.template.data")
    ),
    ("clustersecret.io", "ClusterSecret"): SecretSource(type="type"),
    ("external-secrets.io", "ExternalSecret"): _external("spec", ("spec.target.name",)),
    ("external-secrets.io", "ClusterExternalSecret"): _external(
        "spec.externalSecretSpec", ("spec.externalSecretSpec.target.name", "spec.externalSecretName")
    ),
    ("isindir.github.com", "SopsSecret"): SecretSource(
        ("spec.secretTemplates[]",), ("name",), "type", own_name=False, keys=("data", "stringData")
    ),
    ("k8s.bitwarden.com", "BitwardenSecret"): SecretSource(names=("spec.secretName",)),
    ("kubernetes-client.io", "ExternalSecret"): SecretSource(type="spec.template.type"),
    ("kustomize.config.k8s.io", "Kustomization"): SecretSource(
        ("secretGenerator[]",),
        ("name",),
        "type",
        namespace="namespace",
        own_name=False,
        unknown_if=(("behavior", frozenset(("merge", "replace"))),),
        keys=("files[]", "literals[]"),
        more_keys=("envs", "env"),
    ),
    # A rule that copies one into namespaces.
    ("kyverno.io", "ClusterPolicy"): SecretSource(
        ("spec.rules[].generate",), ("name",), default="", namespace="namespace", own_name=False
    ),
    ("onepassword.com", "OnePasswordItem"): SecretSource(type="type"),
    ("ops.alexellis.io", "ClusterPullSecret"): SecretSource(default=""),
    ("ricoberger.de", "VaultSecret"): SecretSource(type="spec.type"),
    ("secretgen.carvel.dev", "SecretImport"): SecretSource(default=""),
    ("secretgen.carvel.dev", "SecretTemplate"): SecretSource(
        type="spec.template.type", keys=("spec.template.data", "spec.template.stringData")
    ),
    ("secrets-store.csi.x-k8s.io", "SecretProviderClass"): SecretSource(
        ("spec.secretObjects[]",), ("secretName",), "type", own_name=False, keys=("data[].key",)
    ),
    ("secrets.doppler.com", "DopplerSecret"): SecretSource(
        ("spec.managedSecret",), ("name",), "type", namespace="namespace", own_name=False
    ),
    ("secrets.hashicorp.com", "HCPVaultSecretsApp"): _VAULT,
    ("secrets.hashicorp.com", "VaultDynamicSecret"): _VAULT,
    ("secrets.hashicorp.com", "VaultPKISecret"): _VAULT,
    ("secrets.hashicorp.com", "VaultStaticSecret"): _VAULT,
    ("secrets.infisical.com", "InfisicalDynamicSecret"): _INFISICAL,
    ("secrets.infisical.com", "InfisicalSecret"): _INFISICAL,
    ("secrets.infisical.com", "InfisicalStaticSecret"): SecretSource(
        ("spec.targets[]",),
        ("name",),
        "secretType",
        namespace="namespace",
        own_name=False,
        unknown_if=(("kind", frozenset(("ConfigMap",))),),
    ),
    ("spv.no", "AzureKeyVaultSecret"): SecretSource(("spec.output.secret",), ("name",), "type", own_name=False),
}
"""By group and kind."""
WORDS = ("Secret", "secretGenerator", "OnePasswordItem")
"""One of them is in the text of each such object."""

REPLICATED = (
    "kubed.appscode.com/sync",
    "reflector.v1.k8s.emberstack.com/reflection-allowed",
    "reflector.v1.k8s.emberstack.com/reflection-auto-enabled",
    "replicator.v1.mittwald.de/replicate-to",
    "replicator.v1.mittwald.de/replicate-to-matching",
    "replicator.v1.mittwald.de/replication-allowed",
)
"""Annotations of Secrets that a controller copies into other namespaces."""
FILLED_IN = (
    "reflector.v1.k8s.emberstack.com/reflects",
    "replicator.v1.mittwald.de/replicate-from",
    "secretgen.carvel.dev/image-pull-secret",
)
"""Annotations of Secrets that a controller fills in; they keep the type that they are written with."""
FILLS_IN_PLACEHOLDERS = "avp.kubernetes.io/path"
"""The annotation of objects in which Argo CD's vault plugin replaces every `<placeholder>`, and not only `<path:…>`."""
GENERATORS = frozenset(
    {
        "ACRAccessToken",
        "CloudsmithAccessToken",
        "ECRAuthorizationToken",
        "GCRAccessToken",
        "GithubAccessToken",
        "QuayAccessToken",
    }
)
"""Generators of External Secrets Operator that give a user name, a password and the like, and no Docker config."""


def is_source(meta: TypeMeta) -> bool:
    """Whether an object of this type is a Secret or makes one."""
    return (meta.group, meta.kind) in SOURCES
