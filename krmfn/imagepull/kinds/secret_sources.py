"""Kinds that make Secrets in the cluster, and the fields that say which Secrets.

Field paths are from the published definitions of the kinds. According to their sources, their controllers make a Secret
of type Opaque if no type is set, or leave the type to the API server, which sets Opaque.
"""

from typing import NamedTuple

from krmfn.krm.typemeta import TypeMeta


class SecretSource(NamedTuple):
    """The fields of a kind that say which Secret an object makes.

    Attributes:
        at: the paths of the mappings that describe one Secret each; empty for the object itself. All other paths are
            relative to these mappings.
        names: the paths of the Secret's name; the first that is set counts.
        type: the path of the Secret's type.
        default: the type if none is set; empty if not known.
        namespace: the path of the Secret's namespace; if none is set, it is that of the object.
        own_name: whether the Secret has the object's name if none of `names` is set.
        unknown_if: paths with values at which nothing is known about the Secret: something else makes it and sets its
            type, or it is encrypted as a whole. An empty value means an absent field; None means any value.
        keys: the paths of fields that name the Secret's keys: the keys of mappings, the items of lists, or scalars.
        more_keys: the paths of fields that add keys with unknown names.
        template_keys: like `keys`; if one of these or of `template_more_keys` is set, `keys` and `more_keys` are
            ignored.
        template_more_keys: like `more_keys`, for the template.
        template_merges: the path of a field whose value `Merge` makes `keys` and `more_keys` count anyway.
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
    """The source for a spec of External Secrets Operator, as in its `externalsecret_controller_template.go`."""
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


# `SyncSecret` in its `helpers/secrets.go`: without `create` it writes the data of an existing Secret.
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
    # A rule that copies a Secret into namespaces.
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
"""All sources, by group and kind."""
WORDS = ("Secret", "secretGenerator", "OnePasswordItem")
"""The text of each such object has at least one of these words."""

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
"""Annotations of Secrets that a controller fills in; the controller keeps their type."""
FILLS_IN_PLACEHOLDERS = "avp.kubernetes.io/path"
"""An annotation with which Argo CD's vault plugin replaces every `<placeholder>` in an object, not only `<path:…>`."""
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
"""Generators of External Secrets Operator that provide values such as a user name, but no Docker config."""


def is_source(meta: TypeMeta) -> bool:
    """Whether an object of this type is a Secret or makes one."""
    return (meta.group, meta.kind) in SOURCES
