//go:build race

package openapi_test

// raced says that the race detector is on: what takes long and has one goroutine is done in part then.
const raced = true
