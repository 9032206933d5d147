// Argo CD's plugin server, its own command, and what its repo server does with it.
//
// Without a subcommand it is the argocd-cmp-server of a sidecar. `render` and `parameters` play the repo server for an
// Application whose repository is a folder: they print what Argo CD would apply, or offer in its UI, as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/argoproj/argo-cd/v3/cmd/argocd-cmp-server/commands"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"github.com/argoproj/argo-cd/v3/reposerver/repository"
	"github.com/argoproj/argo-cd/v3/util/app/discovery"
	"github.com/argoproj/argo-cd/v3/util/cmp"
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"
)

const revision = "0000000000000000000000000000000000000000"

type call func(ctx context.Context, application v1alpha1.Application, repository string) (any, error)

func main() {
	server := commands.NewCommand()
	server.AddCommand(client("render", render), client("parameters", parameters))
	if server.Execute() != nil {
		os.Exit(1)
	}
}

func client(name string, do call) *cobra.Command {
	var timeout time.Duration
	command := &cobra.Command{
		Use:          name + " APPLICATION REPOSITORY",
		Args:         cobra.ExactArgs(2),
		SilenceUsage: true,
		RunE: func(command *cobra.Command, arguments []string) error {
			text, err := os.ReadFile(arguments[0])
			if err != nil {
				return err
			}
			var application v1alpha1.Application
			if err := yaml.UnmarshalStrict(text, &application); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(context.Background(), timeout)
			defer cancel()
			answer, err := do(ctx, application, arguments[1])
			if err != nil {
				return err
			}
			return json.NewEncoder(os.Stdout).Encode(answer)
		},
	}
	command.Flags().DurationVar(&timeout, "timeout", time.Minute, "The repo server's timeout for a request")
	return command
}

// render is all that the repo server does once it has checked a revision out.
func render(ctx context.Context, application v1alpha1.Application, folder string) (any, error) {
	source := application.Spec.Source
	request := &apiclient.ManifestRequest{
		Repo:              &v1alpha1.Repository{Repo: source.RepoURL},
		Revision:          revision,
		AppName:           application.Name,
		Namespace:         application.Spec.Destination.Namespace,
		ProjectName:       application.Spec.Project,
		ApplicationSource: source,
		KubeVersion:       "1.34.0",
		ApiVersions:       []string{"v1", "apps/v1"},
	}
	path := filepath.Join(folder, source.Path)
	answer, err := repository.GenerateManifests(ctx, path, folder, revision, request, false, nil, resource.MustParse("0"), nil)
	if err != nil {
		return nil, err
	}
	manifests := []json.RawMessage{}
	for _, manifest := range answer.Manifests {
		manifests = append(manifests, json.RawMessage(manifest))
	}
	return manifests, nil
}

// parameters is what the repo server does for the UI's form; there it is no function of its own.
func parameters(ctx context.Context, application v1alpha1.Application, folder string) (any, error) {
	source := application.Spec.Source
	path := filepath.Join(folder, source.Path)
	closer, plugin, err := discovery.DetectConfigManagementPlugin(ctx, path, folder, source.Plugin.Name, nil, nil)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	stream, err := plugin.GetParametersAnnouncement(ctx)
	if err != nil {
		return nil, err
	}
	if err := cmp.SendRepoStream(ctx, path, folder, stream, nil, nil); err != nil {
		return nil, fmt.Errorf("sending the repository: %w", err)
	}
	answer, err := stream.CloseAndRecv()
	if err != nil {
		return nil, err
	}
	return answer.ParameterAnnouncements, nil
}
