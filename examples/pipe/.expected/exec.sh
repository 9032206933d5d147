krmfn --config image-pull.yaml <rendered.yaml
