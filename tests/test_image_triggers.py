"""Images that OpenShift's triggers fill in, beyond the cases in `cases/triggers/`."""

import json

from krmfn import Settings, run
from krmfn.imagepull.explanation.images import State


def deployment(triggers: str) -> bytes:
    spec = {"template": {"spec": {"containers": [{"name": "web", "image": "web"}]}}}
    metadata = {"name": "web", "annotations": {"image.openshift.io/triggers": triggers}}
    return json.dumps({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}).encode()


def test_image_is_of_no_registry_until_it_is_filled_in() -> None:
    path = 'spec.template.spec.containers[?(@.name=="web")].image'
    triggers = json.dumps([{"from": {"kind": "ImageStreamTag", "name": "web:1"}, "fieldPath": path}])
    (image,) = run(deployment(triggers), Settings(), explains=True).images
    assert (image.reference.text, image.reference.state) == ("web", State.TEMPLATED)
    assert (image.reference.registry, image.reference.repository, image.reference.tag) == ("", "", "")
    why = "the image is filled in later by OpenShift from ImageStreamTag web:1, and the default depends on it"
    assert (image.policy.to_be, image.policy.why) == ("", why)


def test_annotation_deeper_than_python_recurses_fills_in_nothing() -> None:
    outcome = run(deployment("[" * 100_000), Settings())
    assert b'"imagePullPolicy": "Always"' in outcome.output
