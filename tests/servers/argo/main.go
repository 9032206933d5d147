// What Argo's workflow controller runs: one question a line on stdin, one answer a line on stdout, both JSON.
//
// Merging, templates' defaults, podSpecPatch, the ConfigMap and plugins are Argo's own functions where they are exported.
// The rest of createWorkflowPod, createAgentPod and createArtifactGCPod is told here again, as far as it is about images.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"

	"github.com/argoproj/argo-workflows/v4/config"
	wfv1 "github.com/argoproj/argo-workflows/v4/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v4/util/logging"
	"github.com/argoproj/argo-workflows/v4/workflow/common"
	"github.com/argoproj/argo-workflows/v4/workflow/util"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/yaml"
)

// A question has texts in YAML. `Workflow` may be a CronWorkflow too, or a WorkflowTemplate, which is submitted then.
type question struct {
	Workflow  string `json:"workflow"`
	Template  string `json:"template"`  // the WorkflowTemplate that a `workflowTemplateRef` refers to; may be empty
	ConfigMap string `json:"configMap"` // that of the controller; may be empty
}

type answer struct {
	Error string `json:"error,omitempty"`
	Pods  []pod  `json:"pods"`
}

// A pod, with what Kubernetes has not defaulted yet. `Lookups` are the images that the controller asks the registry about.
type pod struct {
	Template         string      `json:"template"`
	Role             string      `json:"role"` // `template`, `agent` or `artifactGC`
	ImagePullSecrets []string    `json:"imagePullSecrets"`
	InitContainers   []container `json:"initContainers"`
	Containers       []container `json:"containers"`
	Lookups          []string    `json:"lookups"`
}

type container struct {
	Name            string `json:"name"`
	Image           string `json:"image"`
	ImagePullPolicy string `json:"imagePullPolicy"`
}

// The executor image of the controller without any configuration: `quay.io/argoproj/argoexec:<its version>`.
const executorImage = "quay.io/argoproj/argoexec:latest"

func main() {
	ctx := logging.WithLogger(context.Background(), logging.NewSlogLoggerCustom(logging.Error, logging.JSON, os.Stderr))
	if err := converse(ctx, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// converse flushes after each line, so that a client may ask its next question when it has the answer.
func converse(ctx context.Context, in io.Reader, out io.Writer) error {
	questions := json.NewDecoder(in)
	buffer := bufio.NewWriter(out)
	answers := json.NewEncoder(buffer)
	for {
		var asked question
		if err := questions.Decode(&asked); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		pods, err := run(ctx, asked)
		given := answer{Pods: pods}
		if err != nil {
			given.Error = err.Error()
		}
		if err := answers.Encode(given); err != nil {
			return err
		}
		if err := buffer.Flush(); err != nil {
			return err
		}
	}
}

// A controller with its configuration, and the spec it executes.
type controller struct {
	config *config.Config
	spec   wfv1.WorkflowSpec
}

func run(ctx context.Context, asked question) ([]pod, error) {
	settings, err := readConfig(ctx, asked.ConfigMap)
	if err != nil {
		return nil, fmt.Errorf("the ConfigMap: %w", err)
	}
	spec, err := executed(asked, settings)
	if err != nil {
		return nil, err
	}
	c := controller{settings, *spec}
	var pods []pod
	hasAgent, collects := false, false
	for _, template := range templates(spec.Templates) {
		if err := c.mergeDefaultsInto(&template); err != nil {
			return nil, err
		}
		collects = collects || slices.ContainsFunc(template.Outputs.Artifacts, c.isCollected)
		switch template.GetType() {
		case wfv1.TemplateTypeHTTP, wfv1.TemplateTypePlugin:
			hasAgent = true
		case wfv1.TemplateTypeSteps, wfv1.TemplateTypeDAG, wfv1.TemplateTypeSuspend:
		default:
			made, err := c.podOf(ctx, &template)
			if err != nil {
				return nil, fmt.Errorf("template %s: %w", template.Name, err)
			}
			pods = append(pods, made)
		}
	}
	if hasAgent {
		made, err := c.agentPod()
		if err != nil {
			return nil, err
		}
		pods = append(pods, made)
	}
	if collects {
		made, err := c.artifactGCPod()
		if err != nil {
			return nil, err
		}
		pods = append(pods, made)
	}
	return pods, nil
}

// readConfig asks Argo's own reader, which reads from a cluster.
func readConfig(ctx context.Context, text string) (*config.Config, error) {
	if text == "" {
		return &config.Config{}, nil
	}
	var configMap corev1.ConfigMap
	if err := yaml.UnmarshalStrict([]byte(text), &configMap); err != nil {
		return nil, err
	}
	cluster := fake.NewClientset(&configMap)
	return config.NewController(configMap.Namespace, configMap.Name, cluster).Get(ctx)
}

// executed is what the controller makes of a spec before it looks at any template: setExecWorkflow.
func executed(asked question, settings *config.Config) (*wfv1.WorkflowSpec, error) {
	submitted, referred, err := read(asked)
	if err != nil {
		return nil, err
	}
	if referred == nil {
		if settings.WorkflowDefaults != nil {
			err = util.MergeTo(settings.WorkflowDefaults.DeepCopy(), submitted)
		}
		return &submitted.Spec, err
	}
	defaults := &wfv1.WorkflowSpec{}
	if settings.WorkflowDefaults != nil {
		defaults = &settings.WorkflowDefaults.Spec
	}
	joined, err := util.JoinWorkflowSpec(&submitted.Spec, referred, defaults)
	if err != nil {
		return nil, err
	}
	return &joined.Spec, nil
}

// read gives the Workflow, and the spec of the template that it refers to.
func read(asked question) (*wfv1.Workflow, *wfv1.WorkflowSpec, error) {
	var meta metav1.TypeMeta
	if err := yaml.Unmarshal([]byte(asked.Workflow), &meta); err != nil {
		return nil, nil, err
	}
	workflow, template := &wfv1.Workflow{}, &wfv1.WorkflowTemplate{}
	switch meta.Kind {
	case "Workflow":
		if err := yaml.UnmarshalStrict([]byte(asked.Workflow), workflow); err != nil {
			return nil, nil, err
		}
	case "CronWorkflow":
		var cron wfv1.CronWorkflow
		if err := yaml.UnmarshalStrict([]byte(asked.Workflow), &cron); err != nil {
			return nil, nil, err
		}
		workflow = common.ConvertCronWorkflowToWorkflow(&cron)
	default:
		asked.Template = asked.Workflow
		workflow.Spec.WorkflowTemplateRef = &wfv1.WorkflowTemplateRef{}
	}
	if workflow.Spec.WorkflowTemplateRef == nil {
		return workflow, nil, nil
	}
	if err := yaml.UnmarshalStrict([]byte(asked.Template), template); err != nil {
		return nil, nil, err
	}
	return workflow, &template.Spec, nil
}

// templates gives all templates, those inside of others too.
func templates(given []wfv1.Template) []wfv1.Template {
	var found []wfv1.Template
	for _, template := range given {
		found = append(found, template)
		var inner []wfv1.Template
		for _, parallel := range template.Steps {
			for _, step := range parallel.Steps {
				if step.Inline != nil {
					inner = append(inner, *step.Inline)
				}
			}
		}
		if template.DAG != nil {
			for _, task := range template.DAG.Tasks {
				if task.Inline != nil {
					inner = append(inner, *task.Inline)
				}
			}
		}
		found = append(found, templates(inner)...)
	}
	return found
}

// mergeDefaultsInto is mergedTemplateDefaultsInto.
func (c controller) mergeDefaultsInto(template *wfv1.Template) error {
	if c.spec.TemplateDefaults == nil {
		return nil
	}
	kind := template.GetType()
	defaults := c.spec.TemplateDefaults.DeepCopy()
	fields := reflect.ValueOf(defaults).Elem()
	for i := 0; i < fields.NumField(); i++ {
		field := fields.Type().Field(i)
		if field.Type.Kind() != reflect.Ptr || field.Type.Elem().Kind() != reflect.Struct {
			continue
		}
		if t := wfv1.TemplateType(field.Name); t.IsValid() && t != kind {
			fields.Field(i).Set(reflect.Zero(fields.Field(i).Type()))
		}
	}
	merged, err := patched(defaults, template, wfv1.Template{})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(merged, template); err != nil {
		return err
	}
	template.SetType(kind)
	return nil
}

// patched puts a value over its defaults, by the rules of strategic merge for its type.
func patched(defaults, value, kind any) ([]byte, error) {
	under, err := json.Marshal(defaults)
	if err != nil {
		return nil, err
	}
	over, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return strategicpatch.StrategicMergePatch(under, over, kind)
}

// podOf is createWorkflowPod.
func (c controller) podOf(ctx context.Context, template *wfv1.Template) (pod, error) {
	var main []corev1.Container
	switch template.GetType() {
	case wfv1.TemplateTypeContainer:
		main = []corev1.Container{*template.Container}
	case wfv1.TemplateTypeScript:
		main = []corev1.Container{template.Script.Container}
	case wfv1.TemplateTypeContainerSet:
		main = template.ContainerSet.GetContainers()
	default:
		main = []corev1.Container{c.executor(common.MainContainerName)}
		main[0].Command = []string{"argoexec"}
	}
	for i, one := range main {
		if one.Name == "" || template.GetType() != wfv1.TemplateTypeContainerSet {
			one.Name = common.MainContainerName
		}
		if c.config.MainContainer != nil {
			merged, err := patched(c.config.MainContainer, one, corev1.Container{})
			if err != nil {
				return pod{}, err
			}
			one = corev1.Container{}
			if err := json.Unmarshal(merged, &one); err != nil {
				return pod{}, err
			}
		}
		main[i] = one
	}
	spec := corev1.PodSpec{ImagePullSecrets: c.spec.ImagePullSecrets}
	kind := template.GetType()
	if (kind != wfv1.TemplateTypeResource && kind != wfv1.TemplateTypeData) ||
		(kind == wfv1.TemplateTypeResource && template.SaveLogsAsArtifact()) {
		spec.Containers = append(spec.Containers, c.executor(common.WaitContainerName))
	}
	spec.Containers = append(spec.Containers, main...)
	repository := &c.config.ArtifactRepository
	inputs := template.Inputs.Artifacts.GetPluginNames(ctx, repository, wfv1.ExcludeLogs, template.ArchiveLocation)
	outputs := template.Outputs.Artifacts.GetPluginNames(ctx, repository, wfv1.IncludeLogs, template.ArchiveLocation)
	loaders, err := c.drivers(inputs, common.ArtifactPluginInitPrefix)
	if err != nil {
		return pod{}, err
	}
	savers, err := c.drivers(outputs, common.ArtifactPluginSidecarPrefix)
	if err != nil {
		return pod{}, err
	}
	spec.InitContainers = append([]corev1.Container{c.executor(common.InitContainerName)}, loaders...)
	for _, one := range template.InitContainers {
		spec.InitContainers = append(spec.InitContainers, one.Container)
	}
	for _, one := range template.Sidecars {
		spec.Containers = append(spec.Containers, one.Container)
	}
	spec.Containers = append(spec.Containers, savers...)
	var patches []string
	if c.spec.HasPodSpecPatch() {
		patches = append(patches, c.spec.PodSpecPatch)
	}
	if template.HasPodSpecPatch() {
		patches = append(patches, template.PodSpecPatch)
	}
	made, final, err := shown(template.Name, "template", spec, patches...)
	if err != nil {
		return pod{}, err
	}
	lookedUp := append(loaders, savers...)
	for _, one := range final.Containers {
		if !common.IsArgoSidecar(one.Name) && len(one.Command) == 0 {
			lookedUp = append(lookedUp, one)
		}
	}
	for _, one := range lookedUp {
		if _, known := c.config.Images[one.Image]; !known {
			made.Lookups = append(made.Lookups, one.Image)
		}
	}
	return made, nil
}

// agentPod is createAgentPod without executor plugins, which stand in ConfigMaps of their own.
func (c controller) agentPod() (pod, error) {
	spec := corev1.PodSpec{
		ImagePullSecrets: c.spec.ImagePullSecrets,
		InitContainers:   []corev1.Container{c.executor(common.InitContainerName)},
		Containers:       []corev1.Container{c.executor(common.MainContainerName)},
	}
	spec.Containers[0].Command = []string{"argoexec"}
	var patches []string
	if c.spec.HasPodSpecPatch() {
		patches = append(patches, c.spec.PodSpecPatch)
	}
	made, _, err := shown("", "agent", spec, patches...)
	return made, err
}

// artifactGCPod is createArtifactGCPod without artifact drivers: it has no pull secrets but those of its own patch.
func (c controller) artifactGCPod() (pod, error) {
	spec := corev1.PodSpec{Containers: []corev1.Container{c.executor(common.MainContainerName)}}
	spec.Containers[0].Command = []string{"argoexec"}
	var patches []string
	if c.spec.ArtifactGC != nil && c.spec.ArtifactGC.PodSpecPatch != "" {
		patches = append(patches, c.spec.ArtifactGC.PodSpecPatch)
	}
	made, _, err := shown("", "artifactGC", spec, patches...)
	return made, err
}

// isCollected tells whether an output artifact is deleted by a pod.
func (c controller) isCollected(artifact wfv1.Artifact) bool {
	strategy := c.spec.GetArtifactGC().GetStrategy()
	if own := artifact.GetArtifactGC().GetStrategy(); own != wfv1.ArtifactGCStrategyUndefined {
		strategy = own
	}
	return strategy != wfv1.ArtifactGCStrategyUndefined && strategy != wfv1.ArtifactGCNever
}

// executor is newExecContainer; the controller's command line is taken to have none of the flags about the image.
func (c controller) executor(name string) corev1.Container {
	settings := c.config.GetExecutor()
	image := settings.Image
	if image == "" {
		image = executorImage
	}
	return corev1.Container{Name: name, Image: image, ImagePullPolicy: settings.ImagePullPolicy}
}

func (c controller) drivers(names []wfv1.ArtifactPluginName, prefix string) ([]corev1.Container, error) {
	found, err := c.config.GetArtifactDrivers(names)
	var made []corev1.Container
	for _, driver := range found {
		one := c.executor(prefix + string(driver.Name))
		one.Image = driver.Image
		made = append(made, one)
	}
	return made, err
}

// shown applies the patches, which come last.
func shown(template, role string, spec corev1.PodSpec, patches ...string) (pod, *corev1.PodSpec, error) {
	final, err := util.ApplyPodSpecPatch(spec, patches...)
	if err != nil {
		return pod{}, nil, err
	}
	made := pod{Template: template, Role: role, ImagePullSecrets: []string{}, Lookups: []string{}}
	for _, secret := range final.ImagePullSecrets {
		made.ImagePullSecrets = append(made.ImagePullSecrets, secret.Name)
	}
	made.InitContainers, made.Containers = containers(final.InitContainers), containers(final.Containers)
	return made, final, nil
}

func containers(given []corev1.Container) []container {
	made := []container{}
	for _, one := range given {
		made = append(made, container{one.Name, one.Image, string(one.ImagePullPolicy)})
	}
	return made
}
