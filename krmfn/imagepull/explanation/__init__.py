"""Decisions to explanations: what was decided about each image, with the rules' own reasons."""

from collections.abc import Iterable, Iterator

from krmfn.errors import InputError
from krmfn.imagepull.accounts import in_input as accounts
from krmfn.imagepull.builds import FinalImage
from krmfn.imagepull.decisions import Decision, LeftAlone, Unhandled
from krmfn.imagepull.explanation.credentials import needs_secret
from krmfn.imagepull.explanation.images import (
    ExplainedImage,
    ExplainedSecret,
    OtherChange,
    Policy,
    PullSecrets,
    Role,
    RunningImage,
    State,
    WrittenImage,
)
from krmfn.imagepull.explanation.secrets import FORBIDDEN, NO_FIELD, PodSecrets, pod_secrets, why_no_field
from krmfn.imagepull.images import reference as images
from krmfn.imagepull.kinds import Kind, Origin, by_structure
from krmfn.imagepull.overlooked import Overlooked
from krmfn.imagepull.podspecs import Container, PodSpec, find_pod_specs
from krmfn.imagepull.rules import Context, image_pull_policy, image_pull_secrets, stale_policy
from krmfn.imagepull.verdicts import Delivery, PolicyReason, SecretsReason
from krmfn.krm.reporting import path_in_resource
from krmfn.splice import nodes, paths
from krmfn.splice.changes import new_value


def explain(
    decisions: Iterable[Decision], left_alone: Iterable[LeftAlone], unhandled: Iterable[Unhandled], context: Context
) -> Iterator[ExplainedImage]:
    """Every image of these resources, including those that are left alone, ordered by position."""
    pods = (decision for decision in decisions if decision.kind is not accounts.KIND)
    found = [image for decision in pods for image in _of_decision(decision, context)]
    found += [image for one in left_alone for image in _of_left_alone(one, context)]
    found += [image for one in unhandled for image in _of_unhandled(one)]
    yield from sorted(found, key=lambda image: image.position)


def _of_left_alone(one: LeftAlone, context: Context) -> Iterator[ExplainedImage]:
    kind = one.kind or by_structure(one.resource.node)
    if kind and kind is not accounts.KIND and not kind.ignored:
        try:
            pod_specs = tuple(context.around(find_pod_specs(one.resource, kind)))
        except InputError:
            return  # errors in excluded objects are not reported
        yield from _of_decision(Decision(one.resource, kind, pod_specs, (), (), (), one.why), context)


def _of_unhandled(one: Unhandled) -> Iterator[ExplainedImage]:
    """The places of an object of an unknown kind; the object itself, if only the number of places is known."""
    resource = one.resource
    nothing = Decision(resource, Kind(origin=Origin.STRUCTURE), (), (), (), ())
    for place in one.places or (Overlooked(resource.at, resource.node),):
        yield _place(nothing, place.path, nodes.start(place.node), Role.UNKNOWN)._replace(
            reference=_written(place.image),
            policy=Policy(why=one.why),
            pull_secrets=PullSecrets(why="left alone"),
            origin="",
        )


def _of_decision(decision: Decision, context: Context) -> Iterator[ExplainedImage]:
    policies = {_key(d.container): d for d in decision.reasons if isinstance(d, PolicyReason)}
    by_pods = {id(d.pod_spec): d for d in decision.reasons if isinstance(d, SecretsReason)}
    found: dict[str, tuple[ExplainedImage, PodSecrets]] = {}
    for pod_spec in decision.pod_specs:
        secrets = pod_secrets(pod_spec, by_pods.get(id(pod_spec)), decision, context)
        named = [container for container in pod_spec.containers if container.image or container.set_policy]
        for container in named:
            key = _key(container)
            if key in found:  # in a pod spec, and again in the site that holds the secrets for it
                image, others = found[key]
                found[key] = image, others.with_those_of(secrets)
            else:
                why = why_no_field(decision, container) if secrets.why == NO_FIELD else secrets.why
                found[key] = _image(decision, container, policies.get(key), context), secrets._replace(why=why)
        for final in pod_spec.added:
            found[f"{pod_spec.path} {final.container} {final.image} {final.build}"] = (
                _added(decision, pod_spec, final),
                secrets,
            )
        if secrets.all and not named:
            found[pod_spec.path] = _pods(decision, pod_spec), secrets
    for image, secrets in found.values():
        pull_secrets = PullSecrets(secrets.now, secrets.all, "" if secrets.all else secrets.why)
        serving = tuple(_serving(image, secrets.all, context))
        served = image._replace(pull_secrets=pull_secrets._replace(serving=serving))
        running = [one.text for one in served.running]
        yield served._replace(
            needs_secret=any(needs_secret(text, context) for text in running),
            nodes_can_pull=all(context.settings.nodes_can_pull(text) for text in running),
        )


def _key(container: Container) -> str:
    return paths.join(container.path, container.field.image)


def _image(decision: Decision, container: Container, reason: PolicyReason | None, context: Context) -> ExplainedImage:
    written = nodes.child(container.node, container.field.image)
    start = nodes.start(container.node if written is None else written)
    role = Role.CONTAINER if container.field.is_passed_on else Role.CONTROLLER
    if container.field.is_volume:
        role = Role.VOLUME
    return _place(decision, _key(container), start, role)._replace(
        container=container.name,
        reference=_written(container.image, container.trigger),
        policy=_policy(decision, container, reason, context),
        other_changes=tuple(_other_changes(decision, container)),
        runs=tuple(_running(final) for final in container.finals if final.is_root),
    )


def _running(final: FinalImage) -> RunningImage:
    return RunningImage(_written(final.image), final.build, final.by)


def _added(decision: Decision, pod_spec: PodSpec, final: FinalImage) -> ExplainedImage:
    """An image that is only in a patch."""
    why = f"{final.by[0]} adds the container: its policy belongs there"
    return _place(decision, pod_spec.path, nodes.start(pod_spec.node), Role.PATCH)._replace(
        container=final.container,
        reference=_written(final.image),
        policy=Policy(why=why),
        runs=(_running(final),),
    )


def _policy(decision: Decision, container: Container, reason: PolicyReason | None, context: Context) -> Policy:
    now = container.set_policy
    path = paths.join(container.path, container.field.policy) if container.field.policy else ""
    in_input = decision.resource.document.path + path if path else ""
    # The rule has a reason for each field for a policy.
    to_be, why = now, decision.why_unchanged or "there is no field for a policy"
    if reason and (reason.policy == now or path in {change.path for change in decision.changes}):
        to_be, why = reason.policy, reason.why
    elif reason and not decision.why_unchanged:
        why = FORBIDDEN
    stale = stale_policy.find(container, context.settings.pull_policy)
    return Policy(now, to_be, why, in_input, stale.staleness if stale else None)


def _other_changes(decision: Decision, container: Container) -> Iterator[OtherChange]:
    """The changes at a container of rules without a column of their own."""
    known = (image_pull_policy.NAME, image_pull_secrets.NAME)
    for change in decision.changes:
        if change.rule not in known and change.path.startswith((f"{container.path}.", f"{container.path}[")):
            yield OtherChange(change.rule, path_in_resource(decision.resource, change.path), str(new_value(change)))


def _pods(decision: Decision, pod_spec: PodSpec) -> ExplainedImage:
    return _place(decision, pod_spec.path, nodes.start(pod_spec.node), Role.PODS)


def _place(decision: Decision, path: str, start: int, role: Role) -> ExplainedImage:
    """An explained image with only its location, role and origin."""
    resource = decision.resource
    return ExplainedImage(
        document=resource.document.outermost.number,
        position=resource.document.position(start),
        resource=resource.ref,
        file=resource.file,
        field=path_in_resource(resource, path),
        role=role,
        origin=decision.kind.origin.value,
    )


def _written(image: str, trigger: str = "") -> WrittenImage:
    """An image, parsed as far as possible; `trigger`: what replaces it in the cluster, if anything."""
    # An image that a trigger replaces is not in any registry: `web` would be read as an image of Docker Hub.
    reference = None if trigger else images.known_part(image)
    return WrittenImage(
        text=image,
        state=_state(image, trigger),
        registry=reference.domain if reference else "",
        repository=reference.path if reference else "",
        tag=reference.effective_tag if reference else "",
        digest=(reference.digest or "") if reference else "",
    )


def _state(image: str, trigger: str) -> State:
    if not image:
        return State.NONE
    if trigger or images.is_filled_in_later(image):
        return State.TEMPLATED
    return State.RESOLVED if images.parse(image) else State.INVALID


def _serving(image: ExplainedImage, secrets: Iterable[ExplainedSecret], context: Context) -> Iterator[str]:
    """The secrets that may have credentials for an image.

    Left out: secrets that the settings limit to other images, and Secrets in the input without credentials for it.
    """
    texts = [running.text for running in image.running]
    for secret in secrets:
        own = [one for one in context.settings.pull_secrets if one.name == secret.name]
        is_meant = not own or any(one.serves(text) is not False for one in own for text in texts)
        given = [g for g in context.secrets if secret.name in g.names and g.is_in(image.resource.namespace)]
        is_fit = not given or any(not g.fault and g.may_serve(text) for g in given for text in texts)
        if secret.delivery is not Delivery.MISSED and is_meant and is_fit:
            yield secret.name
