package archtest_test

import (
	"context"
	"fmt"

	"github.com/waygate-go/waygate/internal/archtest"
)

func ExampleCheck() {
	findings, err := archtest.Check(context.Background(), "testdata/small", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range findings {
		fmt.Println(f)
	}
	// Output:
	// secret/secret.go:4: leaf: small.example/secret imports small.example/auth: a leaf imports only secret, egress and internal packages: take what is needed as a parameter
}
