"""The commands for people, `krmfn NAME …`: each is a module or package with a `main`, imported only when it runs.

Function mode (`krmfn` without a command) is in `krmfn.cli`, which imports only this list from here.
"""

COMMANDS = {
    "init": "write a krmfn.yaml with every setting explained",
    "diff": "print the changes that fix would make, as a patch",
    "explain": "explain each image and each change; as a table, JSON, CSV or a page",
    "fix": "make image pulls explicit in files, in place",
    "check": "fail if krmfn would change something in files, in builds or on stdin",
    "patches": "print the changes in a build as patches for Flux, Argo CD and kubectl",
    "secret": "make the pull Secret from the logins of docker or podman",
    "cmp": "render for Argo CD: generate, parameters and discover of a plugin",
    "kinds": "list the kinds that krmfn knows, with their fields",
    "schema": "print the JSON schema or CustomResourceDefinition of the settings",
    "completion": "print the completion script for a shell",
    "new": "start a KRM function of your own in Python, with tests",
}
"""What each command does, by its module's name, in the order of use: set up, see, write, check, then the others."""
