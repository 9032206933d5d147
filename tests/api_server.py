"""A client of the Kubernetes control plane that `control_plane` starts: requests over HTTP, and kubectl."""

import http.client
import json
import ssl
import subprocess
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import hosts
import yaml

HOST = "127.0.0.1"
TOKEN = "known-to-the-tests"
MANAGER = "deployer"
"""Who applies in our name, unless another one is named."""
_KUBECTL = "kubectl"
_APPLY = "application/apply-patch+yaml"
_IDLE = 45
"""Seconds after which a connection is not used again: the API server hangs up after 90."""


@dataclass(frozen=True)
class Answer:
    """What the API server says to a request."""

    status: int
    body: Any

    @property
    def accepted(self) -> bool:
        return self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def object(self) -> Any:
        """The object that is stored, or would be; the test fails when it was refused."""
        assert self.accepted, self.message
        return self.body

    @property
    def message(self) -> str:
        return "" if self.accepted else str(self.body)


class ControlPlane:
    """A client of a running API server, allowed everything."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self._context = ssl.create_default_context(cafile=str(folder / "certs" / "apiserver.crt"))
        self._connection: http.client.HTTPSConnection | None = None
        self._last_used = 0.0
        self._kinds: dict[str, dict[str, Any]] = {}
        self._namespaces: set[str] = set()

    @property
    def kubeconfig(self) -> Path:
        """The file by which programs find this control plane, and nothing else."""
        return self._folder / "kubeconfig"

    def close(self) -> None:
        """Hang up; the next request connects again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def request(self, method: str, path: str, body: Any = None, content: str = "application/json") -> Answer:
        """Ask for a path; a body that is no text yet is sent as JSON."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": content, "Accept": "application/json"}
        if time.monotonic() - self._last_used > _IDLE:
            self.close()
        if self._connection is None:
            self._connection = http.client.HTTPSConnection(
                HOST, self._port, context=self._context, timeout=hosts.PATIENCE
            )
        try:
            self._connection.request(method, path, data, headers)
            response = self._connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException):
            self.close()  # or each later request would fail for this one
            raise
        self._last_used = time.monotonic()
        return Answer(response.status, json.loads(text) if text.startswith(b"{") else text.decode())

    def is_ready(self) -> bool:
        """Whether all is up; an OSError when nobody is there to be asked."""
        return self.request("GET", "/readyz").accepted

    def create(self, manifest: bytes, about: Any, *, dry: bool = True) -> Answer:
        """Create an object from YAML, checked strictly; `about` has its `apiVersion`, `kind` and `metadata` as data."""
        query = "?fieldValidation=Strict" + ("&dryRun=All" if dry else "")
        return self.request("POST", self._url(about) + query, manifest, "application/yaml")

    def apply(self, manifest: Any, *, manager: str = MANAGER, dry: bool = False, force: bool = False) -> Answer:
        """Apply an object on the server's side, as data or as YAML."""
        about = yaml.safe_load(manifest) if isinstance(manifest, bytes) else manifest
        query = f"?fieldManager={manager}&force={json.dumps(force)}" + ("&dryRun=All" if dry else "")
        url = f"{self._url(about)}/{about['metadata']['name']}"
        return self.request("PATCH", url + query, manifest, _APPLY)

    def define(self, definition: Any) -> None:
        """Make a custom kind known, and wait until it is."""
        spec = definition["spec"]
        assert self.request("POST", self._url(definition), definition).accepted
        root = f"/apis/{spec['group']}/{spec['versions'][-1]['name']}"
        deadline = time.monotonic() + hosts.PATIENCE
        while spec["names"]["plural"] not in str(self.request("GET", root).body):
            assert time.monotonic() < deadline, f"{spec['names']['kind']} is not served"
            time.sleep(0.1)

    def kubectl(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run kubectl as a user who has nothing but this control plane."""
        hosts.require(_KUBECTL)
        command = [str(hosts.find(_KUBECTL)), "--kubeconfig", str(self.kubeconfig), *arguments]
        environment = {"PATH": hosts.SEARCH_PATH, "HOME": str(self._folder), "TMPDIR": str(self._folder)}
        return subprocess.run(
            command, input=stdin, env=environment, capture_output=True, timeout=hosts.PATIENCE, check=False
        )

    def namespace(self, name: str) -> str:
        """Make a namespace with its default ServiceAccount, unless it is there."""
        if name not in self._namespaces:
            self._namespaces.add(name)
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            self.request("POST", "/api/v1/namespaces", namespace)
            self.service_account(name, "default")
        return name

    def service_account(self, namespace: str, name: str, **fields: Any) -> Answer:
        """Make a ServiceAccount, whose fields may hold what YAML can hold."""
        head = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}
        path = f"/api/v1/namespaces/{quote(namespace, safe='')}/serviceaccounts/{quote(name, safe='')}"
        return self.request("PATCH", f"{path}?fieldManager={MANAGER}&force=true", head | fields, _APPLY)

    def _url(self, about: Any) -> str:
        """Where objects of a kind are created."""
        version, kind = about["apiVersion"], about["kind"]
        root = ("/apis/" if "/" in version else "/api/") + version
        if version not in self._kinds:
            listed = self.request("GET", root).object["resources"]
            self._kinds[version] = {entry["kind"]: entry for entry in listed if "/" not in entry["name"]}
        resource = self._kinds[version][kind]
        metadata = about.get("metadata")
        namespace = (isinstance(metadata, dict) and metadata.get("namespace")) or "default"
        inside = f"/namespaces/{quote(str(namespace), safe='')}" if resource["namespaced"] else ""
        return f"{root}{inside}/{resource['name']}"
