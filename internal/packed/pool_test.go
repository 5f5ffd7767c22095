package packed_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/packed"
)

func texts() []string {
	return []string{
		``, `null`, `true`, `{}`, `{"$defs":{}}`, `{"$defs":5}`, `{"$defs":{"a":1}}`, `{"$defs":{"a":1,"b":{"c":[1,2]}},"x":1}`, ` { "$defs" : { "a" : 1, "b" : 2 } } `,
		`{"$defs":{"a":1 , "b":2}}`, `{"$defs":{"a":1,,}}`, `{"$defs":{`, `{"$defs":{"a"`, `{"a":{"$defs":{"a":1}}}`, `{"\u0024defs":{"a":1,"b":"\"}"}}`, `{"$defs":{"a":1},"$defs":{"b":1}}`,
		`{"$ref":"#/$defs/a","$defs":{"a":{"type":"null"},"b":{"type":"null"}}}`,
	}
}

// TestPool holds that texts come back as they were, whatever else is there.
func TestPool(t *testing.T) {
	t.Parallel()
	var pool packed.Pool
	list := texts()
	var kept []packed.Text
	for _, text := range list {
		kept = append(kept, pool.Add([]byte(text)))
	}
	pool.Close()
	for i, text := range list {
		if got := string(kept[i].Bytes()); got != text || kept[i].Len() != len(text) {
			t.Errorf("%q: %q, length %d", text, got, kept[i].Len())
		}
	}
	if zero := (packed.Text{}); zero.Bytes() != nil || zero.Len() != 0 {
		t.Error("the zero Text isn't empty")
	}
}

// TestPoolShares holds that what texts have in common is kept once.
func TestPoolShares(t *testing.T) {
	t.Parallel()
	common := `"pet":{"description":"` + strings.Repeat("x", 10_000) + `"}`
	var pool packed.Pool
	for i := range 100 {
		pool.Add(fmt.Appendf(nil, `{"title":"%d","$defs":{"own":{"const":%d},%s}}`, i, i, common))
		pool.Add(fmt.Appendf(nil, `{"$defs":{%s,"last":{"const":%d}},"title":"%d"}`, common, i, i))
	}
	if pool.Size() > 20_000 {
		t.Errorf("%d bytes for 200 texts of 10,000 bytes, nearly all of it common", pool.Size())
	}
}

// FuzzPool holds that any two texts come back.
func FuzzPool(f *testing.F) {
	before := ""
	for _, text := range texts() {
		f.Add(before, text)
		before = text
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var pool packed.Pool
		// A text in the middle of a larger array, too.
		first, second := pool.Add([]byte(a + b)[:len(a)]), pool.Add([]byte(b))
		pool.Close()
		if string(first.Bytes()) != a || string(second.Bytes()) != b || first.Len() != len(a) {
			t.Errorf("%q, %q: %q, %q", a, b, first.Bytes(), second.Bytes())
		}
	})
}

func Example() {
	var pool packed.Pool
	list := pool.Add([]byte(`{"items":{"$ref":"#/$defs/pet"},"$defs":{"pet":{"type":"object"}}}`))
	one := pool.Add([]byte(`{"$ref":"#/$defs/pet","$defs":{"pet":{"type":"object"}}}`))
	pool.Close()
	fmt.Printf("%s\n%s\n%d bytes\n", list.Bytes(), one.Bytes(), pool.Size())
	// Output:
	// {"items":{"$ref":"#/$defs/pet"},"$defs":{"pet":{"type":"object"}}}
	// {"$ref":"#/$defs/pet","$defs":{"pet":{"type":"object"}}}
	// 97 bytes
}
