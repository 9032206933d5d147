// What one would write in Go instead of krmfn: a KRM function on kyaml, which makes the image pulls of Deployments
// explicit. With the argument "print" it edits nothing.
package main

import (
	"os"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/fn/framework"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

const secret = "regcred"

func main() {
	process := framework.ResourceListProcessorFunc(edit)
	if len(os.Args) == 2 && os.Args[1] == "print" {
		process = func(*framework.ResourceList) error { return nil }
	}
	streams := &kio.ByteReadWriter{Reader: os.Stdin, Writer: os.Stdout, KeepReaderAnnotations: true}
	if err := framework.Execute(process, streams); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

func edit(list *framework.ResourceList) error {
	for _, item := range list.Items {
		if item.GetKind() != "Deployment" {
			continue
		}
		pod, err := item.Pipe(yaml.Lookup("spec", "template", "spec"))
		if err != nil {
			return err
		}
		if err := editPod(pod); err != nil {
			return err
		}
	}
	return nil
}

func editPod(pod *yaml.RNode) error {
	containers, err := pod.Pipe(yaml.Lookup("containers"))
	if err != nil {
		return err
	}
	if err := containers.VisitElements(addPolicy); err != nil {
		return err
	}
	entry := yaml.NewMapRNode(&map[string]string{"name": secret})
	return pod.PipeE(yaml.LookupCreate(yaml.SequenceNode, "imagePullSecrets"), yaml.Append(entry.YNode()))
}

func addPolicy(container *yaml.RNode) error {
	if container.Field("imagePullPolicy") != nil {
		return nil
	}
	policy := yaml.NewStringRNode(defaultPolicy(yaml.GetValue(container.Field("image").Value)))
	return container.PipeE(yaml.SetField("imagePullPolicy", policy))
}

// What Kubernetes writes for an image without a policy.
func defaultPolicy(image string) string {
	name := image[strings.LastIndex(image, "/")+1:]
	if strings.Contains(name, "@") {
		return "IfNotPresent"
	}
	if _, tag, found := strings.Cut(name, ":"); found && tag != "latest" {
		return "IfNotPresent"
	}
	return "Always"
}
