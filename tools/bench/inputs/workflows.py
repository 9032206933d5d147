"""Argo Workflows as list items: generated with templates of every form, or from a folder."""

import re
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from bench.inputs.resource_lists import as_item

_HEADS = (
    "kind: Workflow\nmetadata:\n  generateName: build-{number}-\n",
    "kind: WorkflowTemplate\nmetadata:\n  name: build-{number}\n",
    "kind: ClusterWorkflowTemplate\nmetadata:\n  name: build-{number}\n",
)
_CRON = """\
kind: CronWorkflow
metadata:
  name: nightly-{number}
spec:
  schedules: ["{minute} 3 * * *"]
  timezone: Europe/Berlin
  concurrencyPolicy: Forbid
  workflowSpec:
"""
_SPEC = """\
# Builds, tests and publishes one program.
entrypoint: main
serviceAccountName: default
onExit: tell
arguments:
  parameters:
  - name: revision
    value: main
  - {{name: image, value: "registry.example.com/team/app-{number}:1.{number}.0"}}
volumeClaimTemplates:
- metadata:
    name: work
  spec:
    accessModes: ["ReadWriteOnce"]
    resources: {{requests: {{storage: 1Gi}}}}
templates:
- name: main
  dag:
    tasks:
    - name: fetch
      template: fetch
      arguments:
        parameters: [{{name: revision, value: "{{{{workflow.parameters.revision}}}}"}}]
    - name: lint
      depends: fetch
      inline:
        container:
          image: golangci/golangci-lint:v1.{number}
          command: [golangci-lint, run]
    - name: tests
      depends: fetch && !lint.Failed
      template: tests
      withItems: [unit, integration]
- name: fetch
  inputs:
    parameters:
    - name: revision
    artifacts:
    - name: source
      path: /src
      git:
        repo: https://git.example.com/team/app-{number}.git
        revision: "{{{{inputs.parameters.revision}}}}"
  container:
    image: alpine/git:latest
    command: [sh, -c]
    args: ["git -C /src log -1 > /work/revision"]  # for the report
    volumeMounts:
    - name: work
      mountPath: /work
  outputs:
    parameters:
    - name: digest
      valueFrom: {{path: /work/revision}}
- name: tests
  retryStrategy: {{limit: 2, retryPolicy: OnError}}
  steps:
  - - name: prepare
      template: prepare
  - - name: run
      template: run
    - name: watch
      template: watch
- name: prepare
  initContainers:
  - name: wait
    image: busybox
    command: ["sh", "-c", "until nslookup database; do sleep 1; done"]
  script:
    image: python:3.12-slim
    command: [python]
    source: |
      import json, pathlib

      # What the tests will read.
      pathlib.Path("/work/settings.json").write_text(json.dumps({{"number": {number}}}))
  sidecars:
  - name: database
    image: postgres:16
    env:
    - name: POSTGRES_HOST_AUTH_METHOD
      value: trust
- name: run
  volumes:
  - name: cache
    emptyDir: {{}}
  containerSet:
    volumeMounts:
    - mountPath: /work
      name: work
    containers:
    - name: compile
      image: golang:1.25
      command: [sh, -c, "cd /work && go build ./..."]
    - name: main
      image: "{{{{workflow.parameters.image}}}}"
      dependencies: [compile]
- name: watch
  http:
    url: https://status.example.com/{number}
    timeoutSeconds: 20
    successCondition: response.statusCode == 200
- name: pause
  suspend:
    duration: "20"
- name: apply
  resource:
    action: create
    manifest: |
      apiVersion: batch/v1
      kind: Job
      metadata:
        generateName: publish-
      spec:
        template:
          spec:
            restartPolicy: Never
            # As krmfn would have it, since nobody else here looks into texts.
            imagePullSecrets:
            - name: regcred
            containers:
            - name: publish
              image: publisher
              imagePullPolicy: Always
- name: list
  data:
    source:
      artifactPaths:
        name: results
        s3: {{bucket: results, endpoint: s3.example.com}}
    transformation:
    - expression: "filter(data, {{# endsWith \\"json\\"}})"
- name: tell
  plugin:
    slack:
      text: "{{{{workflow.name}}}} has ended: {{{{workflow.status}}}}"
"""
_KINDS = re.compile(r"^kind: (?:Cron|ClusterWorkflowTemplate|WorkflowTemplate|Workflow)", re.MULTILINE)


def workflows(size: int) -> Iterator[str]:
    """List items of all four kinds in turn, with `size` characters in total."""
    number = 0
    while size > 0:
        item = _workflow(number)
        yield item
        number, size = number + 1, size - len(item)


def _has_open_texts(item: str) -> bool:
    """Whether a Workflow has YAML in strings that krmfn may edit; the other sides do not."""
    _, manifest, rest = item.partition("manifest:")
    return "podSpecPatch:" in item or bool(manifest and "imagePullPolicy:" not in rest)


def workflows_of(folder: Path, size: int) -> Iterator[str]:
    """The Workflows in a folder, repeated up to `size` characters in total."""
    items = (item for file in sorted(folder.rglob("*.y*ml")) for item in _items(file.read_text(encoding="utf-8")))
    found = [item for item in items if not _has_open_texts(item)]
    if not found:
        sys.exit(f"{folder} holds no Workflow")
    for item in cycle(found):
        if size <= 0:
            break
        yield item
        size -= len(item)


def _workflow(number: int) -> str:
    spec = _SPEC.format(number=number)
    if number % 4 == 3:
        text = _CRON.format(number=number, minute=number % 60) + _indented(spec, 4)
    else:
        text = _HEADS[number % 4].format(number=number) + "spec:\n" + _indented(spec, 2)
    return as_item("apiVersion: argoproj.io/v1alpha1\n" + text)


def _items(stream: str) -> Iterator[str]:
    for document in re.split(r"^---.*\n", stream, flags=re.MULTILINE):
        if _KINDS.search(document) and not document.lstrip().startswith("{"):
            yield as_item(document)


def _indented(text: str, columns: int) -> str:
    blanks = " " * columns
    return "".join(f"{blanks}{line}" if line.strip() else line for line in text.splitlines(keepends=True))
