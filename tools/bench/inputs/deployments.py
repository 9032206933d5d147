"""Deployments in a careful, commented style."""

from collections.abc import Iterator

DEPLOYMENT = """\
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: app-{number}
    namespace: team-{team}
    labels:
      app.kubernetes.io/name: app-{number}
      app.kubernetes.io/part-of: shop  # the umbrella chart
    annotations:
      internal.config.kubernetes.io/path: team-{team}/app-{number}.yaml
      internal.config.kubernetes.io/index: '0'
  spec:
    replicas: 2
    selector:
      matchLabels:
        app.kubernetes.io/name: app-{number}
    template:
      metadata:
        labels:
          app.kubernetes.io/name: app-{number}
      spec:
        {account}securityContext:
          runAsNonRoot: true
        containers:
        # The program itself.
        - name: app
          image: registry.example.com/team-{team}/app-{number}:1.{number}.0
          args: ["--listen=:8080", "--log-level=info"]
          ports:
          - name: http
            containerPort: 8080
          env:
          - name: DATABASE_URL
            valueFrom:
              secretKeyRef:
                name: app-{number}-database
                key: url
          resources:
            requests:
              cpu: 100m  # measured in March
              memory: 128Mi
            limits:
              memory: 256Mi
          readinessProbe:
            httpGet:
              path: /ready
              port: http
        # Ships the logs.
        - name: logs
          image: "fluent/fluent-bit:latest"
          volumeMounts:
          - name: logs
            mountPath: /var/log/app
        volumes:
        - name: logs
          emptyDir: {{}}
"""


def deployments(count: int) -> Iterator[str]:
    """`count` list items, each of which gets two policies and a secret."""
    return (DEPLOYMENT.format(number=number, team=number % 20, account="") for number in range(count))


def warned(count: int) -> Iterator[str]:
    """`count` list items with a ServiceAccount that is not in the input: krmfn warns about each."""
    for number in range(count):
        account = f"serviceAccountName: app-{number}\n        "
        yield DEPLOYMENT.format(number=number, team=number % 20, account=account)
