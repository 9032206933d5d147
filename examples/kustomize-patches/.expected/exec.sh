krmfn patches app > image-pull/kustomization.yaml
kustomize build prod
