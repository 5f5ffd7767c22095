package written_test

import (
	"fmt"

	"github.com/waygate-go/waygate/internal/written"
)

// shape, shapeDecoder and shapes are what a room has of its own.
type (
	shape        any
	shapeDecoder func(raw []byte, kinds shapes) (shape, error)
	shapes       map[string]shapeDecoder
	square       struct {
		Side int `json:"side"`
	}
)

func decodeSquare(raw []byte, _ shapes) (shape, error) {
	var s square
	if err := written.Members(raw, &s); err != nil {
		return nil, written.Explain(err)
	}
	return s, nil
}

func Example() {
	kinds := shapes{"square": decodeSquare}
	for _, text := range []string{`{"kind":"square","side":2}`, `{"kind":"square","Side":2}`, `{"kind":"star"}`} {
		s, err := written.Decode([]byte(text), kinds, "shape", "square")
		fmt.Println(s, err)
	}
	text, err := written.Marshal("square", square{Side: 3})
	fmt.Println(string(text), err)
	// Output:
	// {2} <nil>
	// <nil> Side: there is no such member: did you mean "side"?
	// <nil> kind: there is no shape "star"; known are square
	// {"kind":"square","side":3} <nil>
}
