kubectl kustomize --enable-alpha-plugins .
