krmfn cmp generate --secret regcred -- kustomize build app
