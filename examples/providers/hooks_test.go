package providers_test

import "github.com/waygate-go/waygate"

// hooks are what a host brings for the providers that need Go, which are at most maxHooks.
func hooks() waygate.Kinds {
	return waygate.Kinds{AfterConnect: map[string]waygate.AfterConnect{}}
}
