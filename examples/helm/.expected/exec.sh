helm template shop chart --post-renderer krmfn --post-renderer-args --config=image-pull.yaml --post-renderer-args --crds=chart/crds
