kustomize build --enable-alpha-plugins --enable-exec dev
echo ---
kustomize build --enable-alpha-plugins --enable-exec prod
