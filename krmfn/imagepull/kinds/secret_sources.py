"""What makes Secrets: the kinds whose objects become one in the cluster, or several, and what they say of it.

Field paths are from the published definitions of the kinds. By their sources, their controllers make a Secret of type
Opaque where no type is named, by themselves or by leaving it to the API server.
"""

from typing import NamedTuple

from krmfn.krm.typemeta import TypeMeta


class SecretSource(NamedTuple):
    """Where an object of a kind says what Secret it makes.

    Attributes:
        at: the paths of the mappings that describe one Secret each; an empty one is the object itself.
        names: the paths below `at` of its name, the first that is set counts; where none is, it is the object's own.
        type: the path below `at` of its type.
        default: its type where nothing stands there, or where no path leads to a type; empty when that is not known.
        namespace: the path below `at` of its namespace; where nothing stands, it is the object's own.
        own_name: whether the object's own name counts when there is none at `names`.
        into: paths below `at` with values, empty for an absent one and None for any, with which nothing is known of the
            Secret: something else makes it, and gives it its type, or it is sealed as a whole.
        keys: the paths below `at` of the mappings whose keys, or of the lists or scalars which, are keys in the Secret.
        open: the paths below `at` which, where something stands there, bring further keys.
        template: the same as `keys` for those which, where they are there, replace all others.
        template_open: the same as `open` for those.
        template_merges: the path below `at` which, where `Merge` stands, makes them add to the others.
    """

    at: tuple[str, ...] = ("",)
    names: tuple[str, ...] = ()
    type: str = ""
    default: str = "Opaque"
    namespace: str = ""
    own_name: bool = True
    into: tuple[tuple[str, frozenset[str] | None], ...] = ()
    keys: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    template: tuple[str, ...] = ()
    template_open: tuple[str, ...] = ()
    template_merges: str = ""


def _external(at: str, names: tuple[str, ...]) -> SecretSource:
    """What External Secrets Operator makes of a spec: `externalsecret_controller_template.go` in its sources."""
    template = f"{at}.target.template"
    return SecretSource(
        names=names,
        type=f"{template}.type",
        into=(
            (f"{at}.target.creationPolicy", frozenset(("Merge", "CreateOrMerge", "None"))),
            (f"{at}.target.manifest.kind", frozenset(("ConfigMap",))),
        ),
        keys=(f"{at}.data[].secretKey",),
        open=(f"{at}.dataFrom[]",),
        template=(f"{template}.data",),
        template_open=(f"{template}.templateFrom[]",),
        template_merges=f"{template}.mergePolicy",
    )


# `SyncSecret` in its `helpers/secrets.go`: without `create` it writes the data of a Secret that is there.
_VAULT = SecretSource(
    ("spec.destination",), ("name",), "type", into=(("create", frozenset(("", "false"))),), own_name=False
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
        type="spec.template.type", into=(("spec.data", None),), keys=("spec.encryptedData", "spec.template.data")
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
        into=(("behavior", frozenset(("merge", "replace"))),),
        keys=("files[]", "literals[]"),
        open=("envs", "env"),
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
        into=(("kind", frozenset(("ConfigMap",))),),
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
