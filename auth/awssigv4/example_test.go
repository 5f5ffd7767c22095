package awssigv4_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/auth/awssigv4"
)

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
