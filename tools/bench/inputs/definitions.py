"""CustomResourceDefinitions as list items: generated in the style of controller-gen, or from a folder."""

import re
import sys
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from bench.inputs.resource_lists import as_item

_HEAD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  annotations:
    controller-gen.kubebuilder.io/version: v0.19.0
  name: {plural}.{group}
spec:
  group: {group}
  names:
    kind: {kind}
    listKind: {kind}List
    plural: {plural}
    singular: {singular}
  scope: Namespaced
  versions:
  - additionalPrinterColumns:
    - jsonPath: .status.conditions[?(@.type=="Ready")].status
      name: Ready
      type: string
    name: v1
    schema:
      openAPIV3Schema:
        description: {kind} is what the controller of {group} looks after.
        properties:
          apiVersion:
            description: |-
              APIVersion defines the versioned schema of this representation of an object.
              Servers should convert recognized schemas to the latest internal value, and
              may reject unrecognized values.
            type: string
          kind:
            description: |-
              Kind is a string value representing the REST resource this object represents.
              Servers may infer this from the endpoint the client submits requests to.
            type: string
          metadata:
            type: object
          spec:
"""
_TAIL = """\
          status:
            description: '{kind}Status: what the controller has seen.'
            properties:
              observedGeneration:
                format: int64
                type: integer
            type: object
        required:
        - spec
        type: object
    served: true
    storage: true
    subresources:
      status: {{}}
"""
# One of every kind of field that generators write: {name} is the field, {deeper} an object's own fields.
_FIELDS = (
    """\
{name}:
  description: |-
    {name} says how the controller treats what it finds.
    If it is not set, the controller decides by itself, and writes into the status what it has decided.
    More info: https://example.com/docs/reference#{name}
  type: string
""",
    """\
{name}:
  default: 3
  description: The number of times that the controller tries before it gives up
    and reports a failure in the status of the object.
  format: int32
  minimum: 0
  type: integer
""",
    """\
{name}:
  anyOf:
  - type: integer
  - type: string
  description: '{name}: an amount, as a number or with a unit.'
  pattern: ^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?[0-9]+))?$
  x-kubernetes-int-or-string: true
""",
    """\
{name}:
  description: Where {name} is looked for, in this order.
  enum:
  - Cluster
  - Namespace
  - Both
  items:
    type: string
  type: array
  x-kubernetes-list-type: atomic
""",
    """\
{name}:
  additionalProperties:
    type: string
  description: Labels that are added to whatever is made for {name}.
  type: object
  x-kubernetes-map-type: atomic
""",
)
_OBJECT = """\
{name}:
  description: |-
    {name} has the settings of one part.

    Whatever is not set there is taken from the part above it.
  properties:
{deeper}\
  required:
  - {first}
  type: object
"""
_POD = """\
template:
  description: The pods that run it.
  properties:
    spec:
      properties:
        containers:
          items:
            properties:
              image:
                type: string
              imagePullPolicy:
                type: string
              name:
                type: string
            required:
            - name
            type: object
          type: array
        imagePullSecrets:
          items:
            properties:
              name:
                default: ""
                type: string
            type: object
            x-kubernetes-map-type: atomic
          type: array
      type: object
  type: object
"""


def definitions(count: int) -> Iterator[str]:
    """`count` list items of 40 to 350 KB; every third kind has pods."""
    for number in range(count):
        words = {"group": f"group-{number % 7}.example.com", "kind": f"Thing{number}", "singular": f"thing{number}"}
        words["plural"] = words["singular"] + "s"
        fields = "".join(_object(f"part{part}", depth=2) for part in range(1 + number % 5))
        if number % 3 == 0:
            fields += _POD
        spec = f"description: What is wanted.\nproperties:\n{_indented(fields, 2)}type: object\n"
        yield as_item(_HEAD.format(**words) + _indented(spec, 12) + _TAIL.format(**words))


def definitions_of(folder: Path, count: int) -> Iterator[str]:
    """`count` CustomResourceDefinitions from a folder, repeated if there are fewer."""
    found = [item for file in sorted(folder.rglob("*.y*ml")) for item in _items(file.read_text(encoding="utf-8"))]
    if not found:
        sys.exit(f"{folder} holds no CustomResourceDefinition")
    return islice(cycle(found), count)


def _items(stream: str) -> Iterator[str]:
    for document in re.split(r"^---.*\n", stream, flags=re.MULTILINE):
        if re.search(r"^kind: CustomResourceDefinition$", document, re.MULTILINE):
            yield as_item(document)


def _object(name: str, depth: int) -> str:
    fields = [form.format(name=f"{name}Field{number}") for number, form in enumerate(_FIELDS * 2)]
    if depth:
        fields += [_object(f"{name}{letter}", depth - 1) for letter in "ABC"]
    return _OBJECT.format(name=name, first=f"{name}Field0", deeper=_indented("".join(fields), 4))


def _indented(text: str, columns: int) -> str:
    blanks = " " * columns
    return "".join(f"{blanks}{line}" if line.strip() else line for line in text.splitlines(keepends=True))
