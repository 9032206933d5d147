ARGOCD_APP_NAME=shop krmfn cmp generate --secret regcred --helm -- helm template app --values app/values/prod.yaml
