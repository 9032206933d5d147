"""Append the configured pull secrets to the `imagePullSecrets` of a pod spec, or report why its pods get none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from krmfn.errors import InputError
from krmfn.imagepull.builds import UNKNOWN
from krmfn.imagepull.causes import GENERATED_SECRET
from krmfn.imagepull.images import reference as images
from krmfn.imagepull.kinds import Origin, SecretsField
from krmfn.imagepull.podspecs import PodSpec
from krmfn.imagepull.rules.context import Context
from krmfn.imagepull.secrets import openshift
from krmfn.imagepull.secrets import references as secret_references
from krmfn.imagepull.secrets.references import NamedSecrets
from krmfn.imagepull.settings import OFF, POD_SPECS, SERVICE_ACCOUNTS, WORKFLOW_DEFAULTS, Settings
from krmfn.imagepull.uses import ListedSecret, Use
from krmfn.imagepull.verdicts import Delivery, SecretDelivery, SecretsReason, Verdict
from krmfn.krm.findings import Finding
from krmfn.krm.reporting import path_in_resource
from krmfn.krm.results import Severity
from krmfn.krm.typemeta import TypeMeta
from krmfn.splice import nodes, paths
from krmfn.splice.changes import Change
from krmfn.splice.nodes import Node, ScalarNode

NAME = "image-pull-secrets"
DESCRIPTION = "Pull secrets that the settings of krmfn name are missing."
WHY = "Nodes pull these images without credentials; a private registry refuses that: ImagePullBackOff."
FIX = "Run `krmfn fix`, or add the secrets that the message names."

_Decided = dict[str, SecretDelivery]


def check(pod_spec: PodSpec, context: Context) -> Verdict:
    """The verdict about the secrets that the images of a pod spec need; missing ones are appended, each once."""
    verdict = Verdict()
    field, settings = pod_spec.shape.pull_secrets, context.settings
    if field is None:
        return verdict
    if not settings.pull_secrets:
        verdict.uses += _of_listed(pod_spec, field, context)
        verdict.findings += _reach(pod_spec, [one.name for use in verdict.uses for one in use.listed])
        return verdict
    own = secret_references.read(pod_spec, field)
    verdict.findings += own.oddities
    if WORKFLOW_DEFAULTS in settings.attach_to and pod_spec.is_workflow_default:
        _fill_defaults(own, context, verdict)
        return verdict  # it has no pods of its own
    secrets = _called_for(pod_spec, settings)
    verdict.findings += _undecided(pod_spec, settings, {*secrets, *own.names})
    if listed := own.names or _of_accounts(pod_spec, context):
        secrets = context.under_listed_names(secrets, listed, pod_spec.resource, pod_spec.images)
    missing = [name for name in secrets if name not in own.names]
    not_reaching = [name for name in missing if name not in pod_spec.default_secrets]
    if WORKFLOW_DEFAULTS in settings.attach_to and pod_spec.is_workflow:
        decided = _through_defaults(own, not_reaching, context, verdict)
    elif POD_SPECS not in settings.attach_to:
        decided = _without_pod_specs(own, not_reaching, context, verdict) if not_reaching else {}
    elif missing and (reference := _secrets_elsewhere(pod_spec)):
        decided = _elsewhere(pod_spec, reference, not_reaching, context, verdict) if not_reaching else {}
    elif not field.form.is_list:
        decided = _one(own, missing, secrets, verdict)
    else:
        decided = _listed(own, missing, context, verdict) if missing else {}
    if verdict.changes and pod_spec.overwritten_by:
        verdict.findings.append(_overwritten(own, pod_spec))
    added = [name for name, one in decided.items() if one.delivery is Delivery.ADDED]
    # Secrets of the ServiceAccount that are added to the pods are listed by the pods themselves from now on.
    known = (one._replace(account="", assumed="") if one.name in added else one for one in _known(own, context))
    verdict.uses.append(_use(pod_spec, secrets, tuple(known), context))
    verdict.findings += _not_in_all_builds(pod_spec, settings, added)
    verdict.findings += _reach(pod_spec, [*own.names, *pod_spec.default_secrets, *added])
    verdict.reasons.append(SecretsReason(pod_spec, secrets, decided))
    return verdict


def _reach(pod_spec: PodSpec, names: Sequence[str]) -> Iterator[Finding]:
    """Findings about a Workflow whose pods have secrets of these names."""
    if pod_spec.is_workflow:
        from krmfn.imagepull import workflow_reach  # few inputs have Workflows

        yield from workflow_reach.find(pod_spec, names)


def summary(changes: Sequence[Change], uses: Sequence[Use]) -> str:
    """`imagePullSecrets: regcred, team-a (for registry.example.com/team-a/web)`."""
    return secret_references.summary(changes, uses)


def _of_accounts(pod_spec: PodSpec, context: Context) -> tuple[str, ...]:
    """The secrets that pods which list none get from their ServiceAccounts, as far as these are known."""
    namespace = pod_spec.resource.ref.namespace
    known = (context.pull_secrets_of(namespace, account) or () for account in pod_spec.service_accounts)
    return tuple(name for names in known for name in names)


def _use(pod_spec: PodSpec, secrets: Mapping[str, str], listed: tuple[ListedSecret, ...], context: Context) -> Use:
    resource = pod_spec.resource
    return Use(
        resource.ref,
        resource.file,
        pod_spec.service_accounts,
        secrets,
        pod_spec.images,
        resource.location,
        resource.package,
        listed,
        has_all_images=bool(listed) and _has_all_images(pod_spec, context),
        is_workflow=pod_spec.is_workflow,
        named_accounts=pod_spec.named_accounts,
    )


def _has_all_images(pod_spec: PodSpec, context: Context) -> bool:
    row = context.tables.lookup(pod_spec.resource.type_meta)
    is_known = row is not None and row.origin is Origin.BUILT_IN
    return is_known and not pod_spec.refers_to_templates() and _secrets_elsewhere(pod_spec) is None


def _of_listed(pod_spec: PodSpec, field: SecretsField, context: Context) -> Iterator[Use]:
    """The pods with the secrets that they already have, if the settings add none."""
    if context.settings.check_secrets == OFF:
        return
    try:
        own = secret_references.read(pod_spec, field)
    except InputError:
        return  # nothing is edited here; the API server reports the error
    if listed := tuple(_known(own, context)):
        yield _use(pod_spec, {}, listed, context)


def _known(own: NamedSecrets, context: Context) -> Iterator[ListedSecret]:
    """The secrets that pods list; if they list none, those of their ServiceAccounts, as far as these are known."""
    resource = own.pod_spec.resource
    document, namespace = resource.document, resource.ref.namespace
    for entry in own.entries:
        yield ListedSecret(
            entry.name, path_in_resource(resource, entry.path), document.position(nodes.start(entry.node))
        )
    position = document.position(nodes.start(own.pod_spec.node))
    path = path_in_resource(resource, own.pod_spec.path)
    for name in own.pod_spec.default_secrets:
        if name not in own.names and own.pod_spec.controller:
            yield ListedSecret(name, path, position, f"workflowDefaults in {own.pod_spec.controller.label}")
    for account in own.pod_spec.service_accounts if own.is_empty and not own.pod_spec.default_secrets else ():
        label, assumed = f"ServiceAccount {_label(account, own.pod_spec)}", ""
        if namespace and any(not one.namespace for one in context.accounts.find(namespace, account)):
            assumed = "which names no namespace and so is assumed to be in every namespace"
        for name in context.pull_secrets_of(namespace, account) or ():
            yield ListedSecret(name, path, position, label, assumed)


def _one(own: NamedSecrets, missing: list[str], wanted: Mapping[str, str], verdict: Verdict) -> _Decided:
    """Decide for a field that holds one secret: it gets the first missing one, unless it is set."""
    left_out = missing if own.names else missing[1:]
    if left_out:
        verdict.findings.append(_takes_one(own, left_out, wanted))
    if missing and not own.names:
        verdict.changes.append(own.appended(missing[:1], NAME))
    return _all(missing, Delivery.ADDED) | _all(left_out, Delivery.MISSED, "this field takes one pull secret")


def _listed(own: NamedSecrets, missing: list[str], context: Context, verdict: Verdict) -> _Decided:
    """Decide for a list: it gets all missing secrets, after those that its pods would lose with the first entry."""
    inherited = _inherited(own, missing, context, verdict)
    decided = inherited | {name: inherited.get(name, _ADDED) for name in missing}
    verdict.is_default = bool(inherited) and _is_what_admission_gives(own.pod_spec, list(decided), context)
    verdict.changes.append(own.appended(list(decided), NAME))
    return decided


def _inherited(own: NamedSecrets, added: list[str], context: Context, verdict: Verdict) -> _Decided:
    """The secrets that pods get from their ServiceAccounts, and would lose as soon as they list one themselves."""
    inherited: _Decided = {}
    namespace = own.pod_spec.resource.ref.namespace
    for account in own.pod_spec.service_accounts if own.is_empty and not own.pod_spec.default_secrets else ():
        known = context.pull_secrets_of(namespace, account)
        lasting = [name for name in known or () if not openshift.is_generated(name)]
        is_settled = context.settings.known_pull_secrets(namespace, account) is not None
        if not is_settled and openshift.pulls_from_internal_registry(own.pod_spec):
            verdict.findings.append(_loses_the_generated_one_of(account, own.pod_spec, added))
        elif known is None:
            verdict.findings.append(_loses_those_of(account, own.pod_spec))
        inherited |= _all((n for n in lasting if n not in inherited), Delivery.ADDED, f"from ServiceAccount {account}")
    return inherited


def _is_what_admission_gives(pod_spec: PodSpec, names: list[str], context: Context) -> bool:
    """Whether Kubernetes itself writes this list into each new object: a Pod without a list gets its ServiceAccount's.

    Source: `plugin/pkg/admission/serviceaccount` of Kubernetes.
    """
    namespace, accounts = pod_spec.resource.ref.namespace, pod_spec.service_accounts
    is_pod = pod_spec.resource.type_meta == _POD and len(accounts) == 1
    return is_pod and names == [*(context.pull_secrets_of(namespace, accounts[0]) or ())]


_POD = TypeMeta("v1", "Pod")
_ADDED = SecretDelivery(Delivery.ADDED, "")


def _all(names: Iterable[str], delivery: Delivery, why: str = "") -> _Decided:
    """The same decision for each of the names."""
    return dict.fromkeys(names, SecretDelivery(delivery, why))


def _called_for(pod_spec: PodSpec, settings: Settings) -> Mapping[str, str]:
    """The secrets of the settings that the pods need, each with the first image that needs it; empty for all images."""
    if not pod_spec.containers and not pod_spec.shape.runs_own_image:
        return {}
    called_for: dict[str, str] = {}
    for secret in settings.pull_secrets:
        if not secret.images:
            called_for[secret.name] = ""
            continue
        if image := next(filter(secret.serves, pod_spec.images), None):
            called_for.setdefault(secret.name, image)
    return called_for


def _undecided(pod_spec: PodSpec, settings: Settings, decided: set[str]) -> Iterator[Finding]:
    """Findings about secrets that may be missing, because the image that might need them is not known yet."""
    open_ones = [secret for secret in settings.pull_secrets if secret.name not in decided]
    if not open_ones:
        return
    for container in pod_spec.containers:
        for image in filter(None, container.runs):
            unsure = [secret.name for secret in open_ones if secret.serves(image) is None]
            if not unsure:
                continue
            yield Finding(
                Severity.INFO,
                f"{_open(image)}: krmfn cannot know whether it needs {', '.join(unsure)}, "
                "and a secret that is limited to images is not added for it unless its `matchUnresolved` is true",
                container.path,
                container.node,
            )
            return
    names = [secret.name for secret in open_ones if secret.images]
    if names and pod_spec.refers_to_templates():
        yield Finding(
            Severity.INFO,
            "templates used by templateRef run with the secrets named here, not with those of their own "
            f"WorkflowTemplate: krmfn cannot know whether they need {', '.join(names)}",
            pod_spec.path,
            pod_spec.node,
        )
    if names and pod_spec.is_workflow:
        from krmfn.imagepull import workflow_reach  # few inputs have Workflows

        if workflow_reach.runs_plugins(pod_spec):
            yield Finding(
                Severity.INFO,
                "executor plugins run in a pod with the secrets named here: krmfn cannot know whether their images "
                f"need {', '.join(names)}",
                pod_spec.path,
                pod_spec.node,
            )


def _open(image: str) -> str:
    return "a build replaces this image" if image == UNKNOWN else f"image {image!r} is filled in later"


def _overwritten(own: NamedSecrets, pod_spec: PodSpec) -> Finding:
    return Finding(
        Severity.WARNING,
        f"the patch in {' and in '.join(pod_spec.overwritten_by)} replaces, removes or tests {own.field.key}, or a "
        "field around it: the secrets added here would be lost, or the build would fail. Add them in that patch",
        own.path,
        pod_spec.node,
    )


def _not_in_all_builds(pod_spec: PodSpec, settings: Settings, added: list[str]) -> Iterator[Finding]:
    """Findings about added secrets that only some builds of an image need."""
    for container in pod_spec.containers:
        roots = [final for final in container.finals if final.is_root]
        for secret in settings.pull_secrets if roots else ():
            needs = [final for final in roots if secret.serves(final.image)]
            if secret.name in added and secret.images and needs and len(needs) < len(roots):
                where = ", ".join(dict.fromkeys(final.build for final in needs))
                yield Finding(
                    Severity.INFO,
                    f"{secret.name} is needed for {needs[0].image} in {where}, but not in the other builds of this "
                    "file: it is added for all builds",
                    container.path,
                    container.node,
                )


def _takes_one(own: NamedSecrets, left_out: list[str], wanted: Mapping[str, str]) -> Finding:
    taken = (*own.names, *wanted)[0]
    return Finding(
        # If the field already has another secret, the user chose it: no warning.
        Severity.WARNING if taken in wanted else Severity.INFO,
        f"this field takes only one pull secret, {taken}: {', '.join(left_out)} cannot be added",
        own.path,
        own.pod_spec.node,
    )


def _secrets_elsewhere(pod_spec: PodSpec) -> Node | None:
    """The reference to the object that must hold the pods' secrets; None if they belong in this pod spec."""
    key = pod_spec.shape.secrets_elsewhere
    reference = nodes.child(pod_spec.node, key) if key else None
    return None if reference is None or nodes.is_null(reference) else reference


def _elsewhere(pod_spec: PodSpec, reference: Node, missing: list[str], context: Context, verdict: Verdict) -> _Decided:
    """Decide for secrets that belong in the object that a pod spec refers to."""
    finding = _belongs_elsewhere(pod_spec, reference, missing, context)
    verdict.findings.append(finding)
    return _all(missing, Delivery.MISSED, finding.message)


def _belongs_elsewhere(pod_spec: PodSpec, reference: Node, names: list[str], context: Context) -> Finding:
    field = pod_spec.shape.secrets_elsewhere
    name = nodes.child(reference, "name")
    target = f" {name.value!r}" if isinstance(name, ScalarNode) else ""
    namespace = pod_spec.resource.ref.namespace
    # The template cannot know which ServiceAccounts its pods use here.
    brought = {a: _after_the_run(namespace, a, context) for a in pod_spec.service_accounts}
    lost = {a: known for a, every in brought.items() if (known := [name for name in every if name not in names])}
    those = "".join(f", and with them {', '.join(known)} of ServiceAccount {a}" for a, known in lost.items())
    return Finding(
        Severity.WARNING if lost else Severity.INFO,
        f"imagePullSecrets ({', '.join(names)}) are not added beside {field}: "
        f"they belong in the template{target} that it refers to{those}",
        paths.join(pod_spec.path, field),
        reference,
    )


def _after_the_run(namespace: str, account: str, context: Context) -> dict[str, None]:
    """The pull secrets of a ServiceAccount, those that this run attaches to it included."""
    found = context.accounts.find(namespace, account)
    attached = [name for one in found for name in context.attachment.secrets(one.namespace, one.names)]
    return dict.fromkeys((*(context.pull_secrets_of(namespace, account) or ()), *attached))


def _loses_those_of(account: str, pod_spec: PodSpec) -> Finding:
    is_expected = account == "default" or images.is_templated(account)
    hint = "" if is_expected else "; `knownServiceAccounts` in the settings can name them"
    return Finding(
        Severity.INFO if is_expected else Severity.WARNING,
        f"ServiceAccount {_label(account, pod_spec)} is not in the input: if it has imagePullSecrets, these pods lose "
        f"them, because Kubernetes copies them only into pods that list none{hint}",
        pod_spec.path,
        pod_spec.node,
        once=("ServiceAccount", pod_spec.resource.ref.namespace, account),
    )


def _loses_the_generated_one_of(account: str, pod_spec: PodSpec, added: Sequence[str]) -> Finding:
    names = ", ".join(added)
    return Finding(
        Severity.WARNING,
        f"once these pods list {names}, they lose the pull secret that OpenShift generates for ServiceAccount "
        f"{_label(account, pod_spec)}, and cannot pull from its internal registry. `attachTo: [ServiceAccounts]` in "
        f"the settings adds {names} to the ServiceAccount instead",
        pod_spec.path,
        pod_spec.node,
        once=(GENERATED_SECRET, pod_spec.resource.ref.namespace, account),
        rule=GENERATED_SECRET,
    )


def _fill_defaults(own: NamedSecrets, context: Context, verdict: Verdict) -> None:
    """Add to the defaults of a workflow controller the secrets that its Workflows need."""
    wanted = context.workflow_defaults.get(own.pod_spec.resource.ref, ())
    if missing := [name for name in wanted if name not in own.names]:
        verdict.changes.append(own.appended(missing, NAME))
        if own.is_empty:
            message = (
                f"every Workflow gets {', '.join(missing)}: a Workflow that lists no pull secrets, and that krmfn does "
                "not edit here, loses those of its ServiceAccount"
            )
            verdict.findings.append(Finding(Severity.INFO, message, own.path, own.pod_spec.node))


def _through_defaults(own: NamedSecrets, missing: list[str], context: Context, verdict: Verdict) -> _Decided:
    """Decide for secrets that go to the defaults of the workflow controller."""
    from krmfn.imagepull import workflow_defaults  # few inputs have Workflows

    pod_spec = own.pod_spec
    why, lacking = workflow_defaults.reason_against(pod_spec, missing, context.settings)
    if lacking:
        message = f"{_do_not(lacking)} reach the pods of this Workflow: {why}"
        controller = pod_spec.controller
        if controller:
            which = "it" if len(lacking) == 1 else "them"
            message += f". Add {which} there by hand, to `spec.imagePullSecrets` of workflowDefaults"
        once = WORKFLOW_DEFAULTS, controller.label if controller else pod_spec.resource.ref.namespace, tuple(lacking)
        verdict.findings.append(Finding(Severity.WARNING, message, pod_spec.path, pod_spec.node, once=once))
    attached = f"attached to workflowDefaults in {pod_spec.controller.label}" if pod_spec.controller else ""
    decided = _all(missing, Delivery.ATTACHED, attached) | _all(lacking, Delivery.MISSED, why)
    if workflow_defaults.get_any(pod_spec, context.workflow_defaults):
        inherited = _inherited(own, [name for name in missing if name not in lacking], context, verdict)
        if inherited and (reference := _secrets_elsewhere(pod_spec)):
            finding = _belongs_elsewhere(pod_spec, reference, list(inherited), context)
            verdict.findings.append(finding._replace(severity=Severity.WARNING))
        elif inherited:
            verdict.changes.append(own.appended(list(inherited), NAME))
            decided |= inherited
    return decided


def _without_pod_specs(own: NamedSecrets, missing: list[str], context: Context, verdict: Verdict) -> _Decided:
    """Decide for secrets if the settings do not attach them to pod specs."""
    if SERVICE_ACCOUNTS in context.settings.attach_to:
        return _through_account(own, missing, context, verdict)
    message = f"`attachTo` has only WorkflowDefaults, and this is not a Workflow: {_do_not(missing)} reach its pods"
    once = WORKFLOW_DEFAULTS, "others"
    verdict.findings.append(Finding(Severity.INFO, message, own.pod_spec.path, own.pod_spec.node, once=once))
    return _all(missing, Delivery.MISSED, "`attachTo` has only WorkflowDefaults")


def _through_account(own: NamedSecrets, missing: list[str], context: Context, verdict: Verdict) -> _Decided:
    """Decide for secrets that go to ServiceAccounts, and report what keeps them from reaching the pods."""
    pod_spec, names = own.pod_spec, ", ".join(missing)
    namespace = pod_spec.resource.ref.namespace
    if not own.is_empty or pod_spec.default_secrets:
        verdict.findings.append(
            Finding(
                Severity.WARNING,
                f"these pods list pull secrets {_source(pod_spec)}, so Kubernetes gives them none of their "
                f"ServiceAccount, and {_do_not(missing)} reach them; `attachTo: [PodSpecs]` adds secrets to the pods",
                own.path,
                pod_spec.node,
            )
        )
        return _all(
            missing, Delivery.MISSED, "attached to their ServiceAccount, while these pods list secrets of their own"
        )
    if not pod_spec.service_accounts:
        verdict.findings.append(
            Finding(
                Severity.WARNING,
                f"the ServiceAccount of these pods is not named here, so {names} may not reach them; "
                "`attachTo: [PodSpecs]` adds secrets to the pods",
                pod_spec.path,
                pod_spec.node,
            )
        )
        return _all(missing, Delivery.MISSED, "the ServiceAccount of these pods is not known")
    decided: _Decided = {}
    for account in pod_spec.service_accounts:
        has = context.pull_secrets_of(namespace, account) or ()
        lacking = [name for name in missing if name not in has]
        reason = context.attachment.reason_against(namespace, account) if lacking else None
        decided = _all(missing, Delivery.ATTACHED, f"attached to ServiceAccount {account}") | decided
        if reason:
            verdict.findings.append(
                Finding(
                    Severity.WARNING,
                    f"ServiceAccount {_label(account, pod_spec)} {reason}: {_do_not(lacking)} reach these "
                    "pods through it",
                    pod_spec.path,
                    pod_spec.node,
                    once=("ServiceAccount", namespace, account, tuple(lacking)),
                )
            )
            # Secrets that reach only some of the pods count as missed.
            decided |= _all(lacking, Delivery.MISSED, f"ServiceAccount {account} {reason}")
    return decided


def _do_not(names: Sequence[str]) -> str:
    """`a, b do not`."""
    return f"{', '.join(names)} {'does' if len(names) == 1 else 'do'} not"


def _source(pod_spec: PodSpec) -> str:
    """Where the secrets that pods list come from, for messages."""
    controller = pod_spec.controller
    return f"from workflowDefaults in {controller.label}" if controller and controller.pull_secrets else "of their own"


def _label(account: str, pod_spec: PodSpec) -> str:
    namespace = pod_spec.resource.ref.namespace
    return f"{namespace}/{account}" if namespace else account
