package main

import (
	"context"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/registry/apps/daemonset"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/replicaset"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/batch/cronjob"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/core/pod"
	"k8s.io/kubernetes/pkg/registry/core/podtemplate"
	"k8s.io/kubernetes/pkg/registry/core/replicationcontroller"
	"k8s.io/kubernetes/pkg/registry/core/serviceaccount"
)

// What the API server makes of an object: why strict decoding refuses it, or the object with its defaults and what is
// wrong with it.
type creation struct {
	Undecoded string   `json:"undecoded,omitempty"`
	Stored    any      `json:"stored,omitempty"`
	Unknown   []string `json:"unknown,omitempty"` // fields of a custom resource that are pruned
	Invalid   []string `json:"invalid,omitempty"`
}

// By kind: what is done to an object before it is stored.
var strategies = map[string]rest.RESTCreateStrategy{
	"CronJob":               cronjob.Strategy,
	"DaemonSet":             daemonset.Strategy,
	"Deployment":            deployment.Strategy,
	"Job":                   job.Strategy,
	"Pod":                   pod.Strategy,
	"PodTemplate":           podtemplate.Strategy,
	"ReplicaSet":            replicaset.Strategy,
	"ReplicationController": replicationcontroller.Strategy,
	"ServiceAccount":        serviceaccount.Strategy,
	"StatefulSet":           statefulset.Strategy,
}

var decoder = serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict).UniversalDeserializer()

// createBuiltin answers a text with one object, YAML or JSON, a JSON string. Admission is not asked.
func createBuiltin(question json.RawMessage) (any, error) {
	var text string
	if err := json.Unmarshal(question, &text); err != nil {
		return nil, err
	}
	object, kind, err := decoder.Decode([]byte(text), nil, nil)
	if err != nil {
		return creation{Undecoded: err.Error()}, nil
	}
	legacyscheme.Scheme.Default(object)
	answer := creation{Stored: object}
	if strategy, known := strategies[kind.Kind]; known {
		internal, err := legacyscheme.Scheme.UnsafeConvertToVersion(object.DeepCopyObject(), runtime.InternalGroupVersioner)
		if err != nil {
			return nil, err
		}
		answer.Invalid = validate(strategy, internal)
	}
	return answer, nil
}

func validate(strategy rest.RESTCreateStrategy, object runtime.Object) []string {
	named := object.(metav1.ObjectMetaAccessor).GetObjectMeta()
	if named.GetNamespace() == "" {
		named.SetNamespace("default")
	}
	ctx := request.WithNamespace(context.Background(), named.GetNamespace())
	strategy.PrepareForCreate(ctx, object)
	return sentences(strategy.Validate(ctx, object))
}

func sentences(problems field.ErrorList) []string {
	found := []string{}
	for _, problem := range problems {
		found = append(found, problem.Error())
	}
	return found
}
