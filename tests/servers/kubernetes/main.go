// What Kubernetes' own code answers: one question a line on stdin, one answer a line on stdout, both JSON.
//
//	kubernetes-judge yaml       what each YAML parser around Kubernetes reads from a text
//	kubernetes-judge policy     the pull policies that a pod with an image gets by default
//	kubernetes-judge builtin    what the API server makes of an object of its own kinds
//	kubernetes-judge custom     what the API server makes of custom resources under their definition
//
// A new question is one more line in `judges` and one more file.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// By subcommand: the answer to one question.
var judges = map[string]func(question json.RawMessage) (any, error){
	"yaml":    readYAML,
	"policy":  defaultPolicies,
	"builtin": createBuiltin,
	"custom":  createCustom,
}

func main() {
	if len(os.Args) != 2 || judges[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: kubernetes-judge yaml|policy|builtin|custom")
		os.Exit(2)
	}
	if err := answer(judges[os.Args[1]], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// answer flushes after each line, so that a client may ask its next question when it has the answer.
func answer(judge func(json.RawMessage) (any, error), in io.Reader, out io.Writer) error {
	questions := json.NewDecoder(in)
	buffer := bufio.NewWriter(out)
	answers := json.NewEncoder(buffer)
	for {
		var question json.RawMessage
		if err := questions.Decode(&question); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		verdict, err := judge(question)
		if err != nil {
			return err
		}
		if err := answers.Encode(verdict); err != nil {
			return err
		}
		if err := buffer.Flush(); err != nil {
			return err
		}
	}
}
