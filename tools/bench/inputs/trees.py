"""A folder of many small files, as in a repository of manifests: a folder with four files for each program."""

from collections.abc import Iterator
from pathlib import Path

FILES = {
    "deployment.yaml": """\
# Looked after by team-{team}.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: team-{team}
spec:
  replicas: 2
  selector:
    matchLabels: {{app: {name}}}
  template:
    metadata:
      labels: {{app: {name}}}
    spec:
      containers:
      - name: app
        image: registry.example.com/team-{team}/{name}:1.{number}.0
        ports:
        - containerPort: 8080
        resources:
          limits:
            memory: 256Mi  # measured in March
""",
    "service.yaml": """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: team-{team}
spec:
  selector: {{app: {name}}}
  ports:
  - port: 80
    targetPort: 8080
""",
    "configmap.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  namespace: team-{team}
data:
  LOG_LEVEL: info
  app.properties: |
    listen = 0.0.0.0:8080
    name = {name}
""",
    "ingress.yaml": """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  namespace: team-{team}
spec:
  rules:
  - host: {name}.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service: {{name: {name}, port: {{number: 80}}}}
""",
}


def write(root: Path, files: int) -> None:
    """Write `files` files, of which krmfn changes a quarter."""
    for path, text in _files(root, files):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def restore(root: Path, files: int) -> None:
    """Rewrite the files that krmfn changes."""
    for path, text in _files(root, files):
        if path.name == "deployment.yaml":
            path.write_text(text, encoding="utf-8")


def _files(root: Path, count: int) -> Iterator[tuple[Path, str]]:
    for number in range(count // len(FILES)):
        words = {"number": number, "name": f"app-{number}", "team": number % 20}
        for file, text in FILES.items():
            yield root / f"team-{words['team']}" / f"app-{number}" / file, text.format(**words)
