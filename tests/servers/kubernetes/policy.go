package main

import (
	"encoding/json"

	"k8s.io/api/core/v1"
	corev1 "k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/util/parsers"
)

// The policies that Kubernetes gives to one image at every place of a pod, and why the image does not parse, if so.
type policies struct {
	Container          v1.PullPolicy `json:"container"`
	InitContainer      v1.PullPolicy `json:"initContainer"`
	EphemeralContainer v1.PullPolicy `json:"ephemeralContainer"`
	Volume             v1.PullPolicy `json:"volume"`
	Error              string        `json:"error,omitempty"`
}

// defaultPolicies answers an image, a JSON string.
func defaultPolicies(question json.RawMessage) (any, error) {
	var image string
	if err := json.Unmarshal(question, &image); err != nil {
		return nil, err
	}
	pod := v1.Pod{Spec: v1.PodSpec{
		Containers:     []v1.Container{{Image: image}},
		InitContainers: []v1.Container{{Image: image}},
		EphemeralContainers: []v1.EphemeralContainer{
			{EphemeralContainerCommon: v1.EphemeralContainerCommon{Image: image}},
		},
		Volumes: []v1.Volume{{VolumeSource: v1.VolumeSource{Image: &v1.ImageVolumeSource{Reference: image}}}},
	}}
	corev1.SetObjectDefaults_Pod(&pod)
	answer := policies{
		Container:          pod.Spec.Containers[0].ImagePullPolicy,
		InitContainer:      pod.Spec.InitContainers[0].ImagePullPolicy,
		EphemeralContainer: pod.Spec.EphemeralContainers[0].ImagePullPolicy,
		Volume:             pod.Spec.Volumes[0].Image.PullPolicy,
	}
	if _, _, _, err := parsers.ParseImageName(image); err != nil {
		answer.Error = err.Error()
	}
	return answer, nil
}
