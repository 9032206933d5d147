"""YAML edited as text: found on the tree, changed in the text. Nothing of Kubernetes is in here."""
