// What Porch says to the wrapper server that runs a function's image: the ResourceList on stdin, evaluated.
//
// The answer goes to stdout, what the function said to stderr; an error is the last line there.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/nephio-project/porch/func/evaluator"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Porch's default for messages, in bytes, both ways.
const limit = 6 * 1024 * 1024

func main() {
	if err := evaluate(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func evaluate(address, image string) error {
	resourceList, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	connection, err := grpc.NewClient(
		address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(limit), grpc.MaxCallSendMsgSize(limit), grpc.WaitForReady(true),
		),
	)
	if err != nil {
		return err
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	answer, err := evaluator.NewFunctionEvaluatorClient(connection).EvaluateFunction(
		ctx, &evaluator.EvaluateFunctionRequest{ResourceList: resourceList, Image: image},
	)
	if err != nil {
		return err
	}
	if _, err := os.Stderr.Write(answer.Log); err != nil {
		return err
	}
	_, err = os.Stdout.Write(answer.ResourceList)
	return err
}
