package main

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	yaml2 "go.yaml.in/yaml/v2"
	yaml3 "go.yaml.in/yaml/v3"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	sigs "sigs.k8s.io/yaml"
)

// What one parser reads: a value or an error. A value that JSON has no type for is an object with one key, `!type`.
type reading struct {
	Value any    `json:"value"`
	Error string `json:"error,omitempty"`
}

// By import path: the API server, kubectl and controllers use the first; kustomize and kpt use kyaml, and Kubernetes
// reads what kyaml prints.
var yamlParsers = map[string]func(text []byte) (any, error){
	"sigs.k8s.io/yaml": func(text []byte) (any, error) {
		data, err := sigs.YAMLToJSON(text)
		return json.RawMessage(data), err
	},
	"go.yaml.in/yaml/v2": func(text []byte) (value any, err error) {
		err = yaml2.Unmarshal(text, &value)
		return value, err
	},
	"go.yaml.in/yaml/v3": func(text []byte) (value any, err error) {
		err = yaml3.Unmarshal(text, &value)
		return value, err
	},
	"sigs.k8s.io/kustomize/kyaml": func(text []byte) (value any, err error) {
		node, err := kyaml.Parse(string(text))
		if err != nil {
			return nil, err
		}
		err = node.YNode().Decode(&value)
		return value, err
	},
	"sigs.k8s.io/kustomize/kyaml, printed": func(text []byte) (any, error) {
		node, err := kyaml.Parse(string(text))
		if err != nil {
			return nil, err
		}
		printed, err := node.String()
		if err != nil {
			return nil, err
		}
		data, err := sigs.YAMLToJSON([]byte(printed))
		return json.RawMessage(data), err
	},
}

// readYAML answers a text, a JSON string, with a reading for each parser. Only the first document is read.
func readYAML(question json.RawMessage) (any, error) {
	var text string
	if err := json.Unmarshal(question, &text); err != nil {
		return nil, err
	}
	readings := map[string]reading{}
	for name, parse := range yamlParsers {
		readings[name] = read(parse, []byte(text))
	}
	return readings, nil
}

func read(parse func([]byte) (any, error), text []byte) (result reading) {
	defer func() {
		if problem := recover(); problem != nil {
			result = reading{Error: fmt.Sprint("panic: ", problem)}
		}
	}()
	value, err := parse(text)
	if err != nil {
		return reading{Error: err.Error()}
	}
	return reading{Value: plain(value)}
}

// plain has only what JSON can say, and keeps apart what JSON would make equal.
func plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		pairs := map[string]any{}
		for key, inner := range value {
			pairs[key] = plain(inner)
		}
		return pairs
	case map[any]any:
		pairs := map[string]any{}
		for key, inner := range value {
			pairs[name(key)] = plain(inner)
		}
		return pairs
	case []any:
		items := make([]any, len(value))
		for i, inner := range value {
			items[i] = plain(inner)
		}
		return items
	case time.Time:
		return map[string]any{"!time": value.String()}
	case float64:
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return map[string]any{"!float": fmt.Sprint(value)}
		}
	}
	return value
}

// name is the key itself when it is a string, and says its type when it is not.
func name(key any) string {
	if text, ok := key.(string); ok {
		return text
	}
	return fmt.Sprintf("!%T %v", key, plain(key))
}
