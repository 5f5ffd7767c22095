package waygate_test

import (
	"context"
	"fmt"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// letters is an action in Go whose answers come in pages: one letter each.
type letters struct{ waygate.Action }

var _ waygate.Pager = letters{}

// Next gives the input of the page after r.
func (letters) Next(_ context.Context, _ *waygate.Call, r *waygate.Response) (any, bool, error) {
	answer, _ := r.Value.(map[string]any)
	last, _ := answer["letters"].([]any)
	letter, _ := last[0].(string)
	return map[string]any{"after": letter}, letter < "c", nil
}

// An action in Go that pages is a Pager: Items, Pages and Collect work with it.
func ExamplePager() {
	one := waygate.ActionFunc(waygate.ActionInfo{ID: "letters", Records: "letters", Effects: waygate.Effects{ReadOnly: true}},
		func(_ context.Context, c *waygate.Call) (*waygate.Response, error) {
			in, err := waygate.Input[struct {
				After string `json:"after"`
			}](c)
			letter := "a"
			if in.After != "" {
				letter = string(in.After[0] + 1)
			}
			return &waygate.Response{Value: map[string]any{"letters": []string{letter}}}, err
		})
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "abc", BaseURL: "https://abc.example.com", Auth: auth.Bearer{}, Actions: []waygate.Action{letters{one}},
	})
	for letter, err := range waygate.Items[string](context.Background(), acme, "abc.letters", nil) {
		noError(err)
		fmt.Println(letter)
	}
	// Output:
	// a
	// b
	// c
}
