package jsontree_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsontree"
)

type (
	e1 struct{ X, Y int }
	e2 struct {
		X int `json:"X"`
		Z int
	}
	e3   struct{ e1 }
	e4   struct{ e1 }
	loop struct {
		*loop
		X int
	}
	shallow struct {
		X string
		e1
		e2
	}
	deep struct {
		e3
		e2
	}
	named struct {
		e1 `json:"X"`
	}
)

// TestDecodePromotion compares with encoding/json which of several embedded
// fields receives a member, and what a list does to what was there.
func TestDecodePromotion(t *testing.T) {
	t.Parallel()
	for _, fresh := range []func() any{
		func() any {
			return new(struct { // the tagged one
				e1
				e2
			})
		},
		func() any {
			return new(struct { // one type twice: none
				e3
				e4
			})
		},
		func() any {
			return new(struct { // the shallower
				e3
				e4
				e1
			})
		},
		func() any {
			return new(struct { // both untagged: none
				left
				right
			})
		},
		func() any { return &loop{loop: &loop{}} },
		func() any { return new(shallow) },
		func() any { return new(deep) },
		func() any { return &struct{ *e1 }{&e1{X: 9}} },
		func() any { return new(named) },
		func() any { return new([2]struct{ P *e1 }) },
		func() any { return &[3]int{7, 8, 9} },
		func() any { return &map[string]e1{"k": {X: 1, Y: 1}} },
		func() any { return new([]uint8) },
		func() any { return new([3]uint16) },
	} {
		for _, text := range []string{
			`{"X":1,"Y":2,"Z":3,"Both":4,"L":5,"R":6}`, `{"X":"s"}`, `{"X":{"X":1}}`, `[{"P":{"X":1}},null]`, `[1]`, `[256]`, `[65536]`, `[]`, `{}`,
			`{"a":{"X":1},"b":{"Y":2},"k":{}}`, `{"a":{"X":1},"b":{}}`,
		} {
			parsed, _, err := jsontree.Parse([]byte(text), jsontree.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			got, want := fresh(), fresh()
			err, stdErr := jsontree.Decode(parsed, got), json.Unmarshal([]byte(text), want)
			if (err == nil) != (stdErr == nil) {
				t.Errorf("%T %s: %v, encoding/json %v", got, text, err, stdErr)
				continue
			}
			if diff := cmp.Diff(want, got, cmp.Exporter(func(reflect.Type) bool { return true })); err == nil && diff != "" {
				t.Errorf("%T %s: %s", got, text, diff)
			}
		}
	}
}
