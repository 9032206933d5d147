package main

import (
	"encoding/json"
	"fmt"
	"sort"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Custom resources, and the definition of their kind.
type customQuestion struct {
	Definition v1.CustomResourceDefinition `json:"definition"`
	Objects    []unstructured.Unstructured `json:"objects"`
}

// createCustom answers a customQuestion with a creation for each object. Rules in CEL are not asked.
func createCustom(question json.RawMessage) (any, error) {
	var asked customQuestion
	if err := json.Unmarshal(question, &asked); err != nil {
		return nil, err
	}
	answers := []creation{}
	for _, object := range asked.Objects {
		properties, err := schemaOf(&asked.Definition, object.GroupVersionKind().Version)
		if err != nil {
			return nil, err
		}
		answer, err := createUnder(properties, object.Object)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", object.GetKind(), err)
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

func schemaOf(definition *v1.CustomResourceDefinition, version string) (*apiextensions.JSONSchemaProps, error) {
	for _, known := range definition.Spec.Versions {
		if known.Name == version && known.Schema != nil && known.Schema.OpenAPIV3Schema != nil {
			internal := &apiextensions.JSONSchemaProps{}
			err := v1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(known.Schema.OpenAPIV3Schema, internal, nil)
			return internal, err
		}
	}
	return nil, fmt.Errorf("no schema for version %q", version)
}

func createUnder(properties *apiextensions.JSONSchemaProps, object map[string]any) (creation, error) {
	structural, err := schema.NewStructural(properties)
	if err != nil {
		return creation{}, err
	}
	if problems := schema.ValidateStructural(nil, structural); len(problems) > 0 {
		return creation{}, problems.ToAggregate()
	}
	validator, _, err := validation.NewSchemaValidator(properties)
	if err != nil {
		return creation{}, err
	}
	options := schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	unknown := pruning.PruneWithOptions(object, structural, true, options)
	sort.Strings(unknown)
	defaulting.PruneNonNullableNullsWithoutDefaults(object, structural)
	defaulting.Default(object, structural)
	problems := validation.ValidateCustomResource(nil, object, validator)
	problems = append(problems, listtype.ValidateListSetsAndMaps(nil, structural, object)...)
	return creation{Stored: object, Unknown: unknown, Invalid: sentences(problems)}, nil
}
