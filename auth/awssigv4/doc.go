// Package awssigv4 signs requests to AWS: Signature Version 4, with the signer of AWS's own SDK.
//
// It is a module of its own, so that who calls no AWS API doesn't link that SDK. A definition in Go names the scheme:
//
//	waygate.Integration{
//		ID:      "sqs",
//		BaseURL: "https://sqs.{region}.amazonaws.com",
//		Auth:    awssigv4.Scheme{Service: "sqs"},
//	}
//
// A definition in a file has the kind aws_sigv4, once the gateway knows it:
//
//	waygate.Config{Kinds: waygate.Kinds{Auth: awssigv4.Kinds()}}
//
//	auth: {kind: aws_sigv4, service: sqs}
//
// The credential is made by [Credential]. Time comes from [auth.WithSigning], so that a clock which is wrong can be made
// good.
package awssigv4
