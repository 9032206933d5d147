kpt fn eval --exec krmfn -- imagePullSecrets=regcred,team-registry
