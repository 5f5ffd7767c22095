package awssigv4_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/auth/awssigv4"
)

// A request to SQS; the region is read from its host.
func Example() {
	scheme := awssigv4.Scheme{Service: "sqs"}
	r, err := http.NewRequest(http.MethodGet, "https://sqs.eu-west-1.amazonaws.com/?Action=ListQueues", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) // left out, it is the machine's
	ctx := auth.WithSigning(context.Background(), auth.Signing{Now: now})
	err = scheme.Authorize(ctx, r, awssigv4.Credential("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""))
	fmt.Println(r.Header.Get("X-Amz-Date"), err)
	// Output: 20260102T030405Z <nil>
}

// The scheme in a definition: {"kind": "aws_sigv4", …}. A gateway knows it by Config.Kinds.Auth.
func ExampleKinds() {
	raw := []byte(`{"kind":"aws_sigv4","service":"sqs"}`)
	scheme, err := auth.Decode(raw, awssigv4.Kinds())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(scheme.Kind())

	kinds := auth.Kinds() // beside those that are built in, within one of them
	kinds["aws_sigv4"] = awssigv4.Decode
	scheme, err = auth.Decode([]byte(`{"kind":"any","schemes":[{"kind":"bearer"},`+string(raw)+`]}`), kinds)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(scheme.Accepts(awssigv4.Credential("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "")))
	// Output:
	// aws_sigv4
	// <nil>
}
