"""Edit YAML as text: search the parsed tree, change the text. Nothing here is specific to Kubernetes."""
