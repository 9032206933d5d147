"""Packages with exactly one defect that keeps their pods from pulling, and the same packages without it.

A package is pods in one shape, what names their pull secret, and what makes that Secret; a defect changes the last.
"""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

Object = dict[str, Any]

SECRET = "regcred"
IMAGE = "ghcr.io/team/app:1"
NAMESPACE, OTHER = "shop", "tools"
TYPE = "kubernetes.io/dockerconfigjson"
ACCOUNT = "puller"
PASSWORD = "hunter2"


class Shape(NamedTuple):
    """How pods stand in an object, and where their secret comes from.

    Attributes:
        kind: their kind, a key of `KINDS`.
        pods_in: their namespace; empty for none.
        secret_in: that of what makes the Secret; empty for none.
        by_account: whether their ServiceAccount names the secret, and not they themselves.
    """

    kind: str
    pods_in: str
    secret_in: str
    by_account: bool

    def __str__(self) -> str:
        giver = "account" if self.by_account else "pods"
        return f"{self.kind}-{self.pods_in or 'none'}-{self.secret_in or 'none'}-{giver}"


class Defect(NamedTuple):
    """One way to be wrong.

    Attributes:
        rule: the id of the cause.
        words: what the message says of it.
        broken: what makes the Secret, in a namespace, and is wrong.
        healthy: the same, and right.
        settings: the settings that it needs.
        fits: whether it can be in a shape.
        on_pods: whether the finding is about the pods, and not about what makes the Secret.
        severity: that of the finding in a stream.
    """

    rule: str
    words: str
    broken: Callable[[str], list[Object]]
    healthy: Callable[[str], list[Object]]
    settings: dict[str, Any] = {}  # noqa: RUF012 - never changed
    fits: Callable[[Shape], bool] = lambda _: True
    on_pods: bool = False
    severity: Callable[[Shape], str] = lambda _: "warning"


# The pods.


def _pod_spec(by_account: bool) -> Object:
    spec: Object = {"containers": [{"name": "app", "image": IMAGE, "imagePullPolicy": "IfNotPresent"}]}
    return spec | ({"serviceAccountName": ACCOUNT} if by_account else {"imagePullSecrets": [{"name": SECRET}]})


def _template(by_account: bool) -> Object:
    return {"selector": {"matchLabels": {"a": "b"}}, "template": {"spec": _pod_spec(by_account)}}


def _workflow(by_account: bool) -> Object:
    spec = _pod_spec(by_account)
    [container] = spec.pop("containers")
    container["command"] = ["app"]  # else the controller looks the image up, and krmfn says so
    return spec | {"entrypoint": "main", "templates": [{"name": "main", "container": container}]}


KINDS: dict[str, tuple[str, Callable[[bool], Object]]] = {
    "Deployment": ("apps/v1", _template),
    "StatefulSet": ("apps/v1", _template),
    "CronJob": ("batch/v1", lambda by: {"jobTemplate": {"spec": {"template": {"spec": _pod_spec(by)}}}}),
    "Pod": ("v1", _pod_spec),
    "Workflow": ("argoproj.io/v1alpha1", _workflow),
    # A field for one name.
    "PolicyServer": ("policies.kubewarden.io/v1", lambda _: {"image": IMAGE, "imagePullSecret": SECRET}),
    # A field for one reference.
    "KafkaConnect": (
        "kafka.strimzi.io/v1beta2",
        lambda _: {"image": IMAGE, "template": {"pod": {"imagePullSecrets": [{"name": SECRET}]}}},
    ),
}
"""Each kind with its version, and its spec for pods that name the secret, or whose ServiceAccount does."""
_WITHOUT_ACCOUNT = ("PolicyServer", "KafkaConnect")


def _metadata(name: str, namespace: str) -> Object:
    return {"name": name} | ({"namespace": namespace} if namespace else {})


def pods(shape: Shape) -> list[Object]:
    """The pods of a shape, with their ServiceAccount where that names the secret."""
    version, spec = KINDS[shape.kind]
    metadata = _metadata("app", shape.pods_in)
    own: list[Object] = [
        {"apiVersion": version, "kind": shape.kind, "metadata": metadata, "spec": spec(shape.by_account)}
    ]
    if shape.by_account:
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _metadata(ACCOUNT, shape.pods_in)}
        own.append(account | {"imagePullSecrets": [{"name": SECRET}]})
    return own


def shapes() -> Iterator[Shape]:
    """All of them."""
    for kind in KINDS:
        for by_account in (False, True):
            if not (by_account and kind in _WITHOUT_ACCOUNT):
                for pods_in, secret_in in (("", ""), (NAMESPACE, NAMESPACE), (NAMESPACE, ""), ("", NAMESPACE)):
                    yield Shape(kind, pods_in, secret_in, by_account)


# What makes the Secret.


def docker_config(registry: str = "ghcr.io", **entry: str) -> str:
    """A Docker config with one entry."""
    return json.dumps({"auths": {registry: entry or {"username": "u", "password": PASSWORD}}})


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def secret(namespace: str, text: str, name: str = SECRET, key: str = ".dockerconfigjson", **fields: Any) -> Object:
    """A Secret with a Docker config; `type` may be another one, or None for none."""
    given: Object = {"apiVersion": "v1", "kind": "Secret", "metadata": _metadata(name, namespace), "type": TYPE}
    given |= {"data": {key: _base64(text)}} | fields
    return {field: value for field, value in given.items() if value is not None}


def _secret(text: str = docker_config(), **fields: Any) -> Callable[[str], list[Object]]:
    return lambda namespace: [secret(namespace, text, **fields)]


def _made(version: str, kind: str, name: str = SECRET, **fields: Any) -> Callable[[str], list[Object]]:
    return lambda namespace: [{"apiVersion": version, "kind": kind, "metadata": _metadata(name, namespace)} | fields]


def _external(template: Object | None, **spec: Any) -> Callable[[str], list[Object]]:
    target = {"name": SECRET} | ({} if template is None else {"template": template})
    return _made("external-secrets.io/v1", "ExternalSecret", "any", spec={"target": target} | spec)


_KEY = ".dockerconfigjson"
_REMOTE = {"data": [{"secretKey": _KEY, "remoteRef": {"key": "k"}}]}
_OTHER_KEY = {"data": [{"secretKey": "token", "remoteRef": {"key": "k"}}]}


def _generated(kind: str) -> Object:
    return {"dataFrom": [{"sourceRef": {"generatorRef": {"kind": kind, "name": "g"}}}]}


_ECR = _generated("ECRAuthorizationToken")
_VAULT = "secrets.hashicorp.com/v1beta1"
_INFISICAL = "secrets.infisical.com/v1alpha1"


def _sealed(template: Object, key: str = _KEY) -> Callable[[str], list[Object]]:
    return _made("bitnami.com/v1alpha1", "SealedSecret", spec={"encryptedData": {key: "AgBy"}, "template": template})


def _vault(kind: str, **destination: Any) -> Callable[[str], list[Object]]:
    return _made(_VAULT, kind, "any", spec={"destination": {"name": SECRET, "create": True} | destination})


def _infisical(namespace: str, **reference: Any) -> list[Object]:
    managed = {"secretName": SECRET, "secretNamespace": namespace} | reference
    return _made(_INFISICAL, "InfisicalSecret", "any", spec={"managedSecretReference": managed})(namespace)


def _untyped() -> Iterator[tuple[str, Callable[[str], list[Object]], Callable[[str], list[Object]]]]:
    """Kinds that make Secrets: without a type, and with it."""
    typed = {"type": TYPE}
    yield "external", _external(None, **_REMOTE), _external(typed, **_REMOTE)
    yield "external-template", _external({"data": {_KEY: "x"}}), _external(typed | {"data": {_KEY: "x"}})
    yield "generator", _external(None, **_ECR), _external(typed | {"data": {_KEY: "x"}}, **_ECR)
    yield "sealed", _sealed({}), _sealed(typed)
    for kind in ("VaultStaticSecret", "VaultDynamicSecret", "VaultPKISecret", "HCPVaultSecretsApp"):
        yield kind, _vault(kind), _vault(kind, **typed)
    yield (
        "onepassword",
        _made("onepassword.com/v1", "OnePasswordItem", spec={"itemPath": "x"}),
        _made("onepassword.com/v1", "OnePasswordItem", spec={"itemPath": "x"}, **typed),
    )
    yield "infisical", _infisical, lambda namespace: _infisical(namespace, secretType=TYPE)
    doppler = ("secrets.doppler.com/v1alpha1", "DopplerSecret", "any")
    yield (
        "doppler",
        _made(*doppler, spec={"managedSecret": {"name": SECRET}}),
        _made(*doppler, spec={"managedSecret": {"name": SECRET} | typed}),
    )
    sops = ("isindir.github.com/v1alpha3", "SopsSecret", "any")
    yield (
        "sops-operator",
        _made(*sops, spec={"secretTemplates": [{"name": SECRET}]}),
        _made(*sops, spec={"secretTemplates": [{"name": SECRET} | typed]}),
    )
    csi = ("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", "any")
    yield (
        "csi",
        _made(*csi, spec={"secretObjects": [{"secretName": SECRET}]}),
        _made(*csi, spec={"secretObjects": [{"secretName": SECRET} | typed]}),
    )
    for annotation in (
        "reflector.v1.k8s.emberstack.com/reflects",
        "replicator.v1.mittwald.de/replicate-from",
        "secretgen.carvel.dev/image-pull-secret",
    ):
        yield annotation, _filled_in(annotation, None), _filled_in(annotation, TYPE)
    template = ("secretgen.carvel.dev/v1alpha1", "SecretTemplate")
    yield "secretgen", _made(*template, spec={"template": {}}), _made(*template, spec={"template": typed})
    encrypted: Object = {"data": {_KEY: "ENC[AES256_GCM,data:x]"}, "sops": {"version": "3.9.0"}}
    yield "sops", _secret(type=None, **encrypted), _secret(**encrypted)


def _filled_in(annotation: str, given: str | None) -> Callable[[str], list[Object]]:
    def made(namespace: str) -> list[Object]:
        [one] = _secret("{}", type=given)(namespace)
        return [one | {"metadata": one["metadata"] | {"annotations": {annotation: "a/b"}}}]

    return made


def _built(**generator: Any) -> Callable[[str], list[Object]]:
    return lambda namespace: [
        {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "secretGenerator": [_metadata(SECRET, namespace) | {"type": TYPE} | generator],
        }
    ]


# The defects.


def defects() -> Iterator[tuple[str, Defect]]:
    """All of them, each with a name."""
    healthy = _secret()
    legacy = {"type": "kubernetes.io/dockercfg", "key": ".dockercfg"}
    old = _secret(json.dumps({"ghcr.io": {"username": "u", "password": PASSWORD}}), **legacy)
    yield (
        "missing",
        Defect(
            "secret-missing",
            "nothing in the input makes it",
            lambda _: [],
            healthy,
            {"checkSecrets": "All"},
            on_pods=True,
            severity=lambda _: "error",
        ),
    )
    yield (
        "other-namespace",
        Defect(
            "secret-namespace",
            f"the input has it only in {OTHER}",
            lambda _: healthy(OTHER),
            healthy,
            fits=lambda shape: bool(shape.pods_in),
            on_pods=True,
        ),
    )
    yield (
        "renamed",
        Defect(
            "secret-renamed",
            "kustomize seems to have renamed it",
            _secret(name=f"{SECRET}-m654t874c6"),
            healthy,
            on_pods=True,
        ),
    )
    yield (
        "renamed-with-prefix",
        Defect(
            "secret-renamed",
            f"to prod-{SECRET}-m654t874c6",
            _secret(name=f"prod-{SECRET}-m654t874c6"),
            healthy,
            on_pods=True,
        ),
    )
    for name, fields in (("opaque", {"type": "Opaque"}), ("no-type", {"type": None}), ("tls", {"type": "k/tls"})):
        yield name, Defect("secret-type", "is of type", _secret(**fields), healthy)
    for name, broken, right in _untyped():
        yield f"untyped-{name}", Defect("secret-type", "will be of type Opaque", broken, right)
    yield "legacy-as-new", Defect("secret-content", "has no key", _secret(key=".dockercfg"), old)
    colon = _base64("no colon")
    for name, words, text in (
        ("no-json", "is not JSON", "{"),
        ("empty", "has an empty", ""),
        ("no-auths", "no registry", "{}"),
        ("no-base64", "not base64", docker_config(auth="!")),
        ("no-colon", "no colon", docker_config(auth=colon)),
        ("no-password", "without user name and password", docker_config(username="u")),
        ("token", "does not read tokens", docker_config(identitytoken="t")),
        ("line-break", "ends with a line break", docker_config(username="u", password=f"{PASSWORD}\n")),
        ("line-break-in-auth", "ends with a line break", docker_config(auth=_base64(f"u:{PASSWORD}\n"))),
        ("user-with-line-break", "a user name that ends", docker_config(username="u\r\n", password=PASSWORD)),
        ("placeholder", "is a placeholder", docker_config(username="u", password="<PASSWORD>")),
        ("placeholder-for-auth", "is a placeholder", docker_config(auth="<AUTH>")),
    ):
        yield name, Defect("secret-content", words, _secret(text), healthy)
    typed = {"type": TYPE}
    right = _external(typed | {"data": {_KEY: "x"}}, **_ECR)
    for name, files in (("file", [f"secrets/{_KEY}"]), ("key-and-file", [f"{_KEY}=secrets/config.json"])):
        broken, kept = _built(files=["secrets/config.json"]), _built(files=files)
        yield f"built-of-{name}", Defect("secret-content", f"will have no key `{_KEY}`", broken, kept)
    for name, broken in (
        ("template-without-key", _external(typed | {"data": {"config.json": "x"}}, **_REMOTE)),
        ("data-without-key", _external(typed, **_OTHER_KEY)),
        ("generator-without-template", _external(typed, **_ECR)),
        ("gcr-without-template", _external(typed, **_generated("GCRAccessToken"))),
        ("acr-without-template", _external(typed, **_generated("ACRAccessToken"))),
        ("sealed-without-key", _sealed(typed, "config.json")),
    ):
        yield name, Defect("secret-content", f"will have no key `{_KEY}`", broken, right)
    yield (
        "other-registry",
        Defect(
            "secret-registry",
            f"no credentials for ghcr.io to pull {IMAGE}, only for quay.io",
            _secret(docker_config("quay.io")),
            old,
            on_pods=True,
            # A secret of ServiceAccounts is for all their pods; and a controller has images that nobody writes.
            severity=lambda shape: "info" if shape.by_account or shape.kind in _WITHOUT_ACCOUNT else "warning",
        ),
    )
