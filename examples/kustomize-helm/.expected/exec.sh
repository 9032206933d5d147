kustomize build --enable-helm --enable-alpha-plugins --enable-exec .
