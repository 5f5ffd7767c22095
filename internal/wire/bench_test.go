package wire_test

import (
	"testing"

	"github.com/waygate-go/waygate/internal/wire"
)

func BenchmarkQuery(b *testing.B) {
	yes, no := true, false
	for _, bc := range []struct {
		name  string
		param wire.Param
		value any
	}{
		{"string", wire.Param{In: wire.InQuery, Name: "state"}, "open"},
		{"escaped", wire.Param{In: wire.InQuery, Name: "q"}, "is:open label:\"good first issue\""},
		{"integer", wire.Param{In: wire.InQuery, Name: "page"}, int64(12345)},
		{"list", wire.Param{In: wire.InQuery, Name: "id", Explode: &yes}, []any{"a", "b", "c", "d"}},
		{"comma", wire.Param{In: wire.InQuery, Name: "id", Explode: &no}, []any{"a", "b", "c", "d"}},
		{"deep", wire.Param{In: wire.InQuery, Name: "f", Style: wire.DeepObject}, map[string]any{"a": "1", "b": map[string]any{"c": "2"}}},
	} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := bc.param.Query(bc.value); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPath(b *testing.B) {
	p := wire.Param{In: wire.InPath, Name: "repo"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Path("hello-world"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendForm(b *testing.B) {
	members := map[string]any{
		"amount": int64(2000), "currency": "eur", "description": "two tickets, row 7",
		"items":    []any{map[string]any{"price": "p_1", "quantity": int64(2)}, map[string]any{"price": "p_2", "quantity": int64(1)}},
		"metadata": map[string]any{"order": "6735", "source": "web"},
	}
	dst := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		out, err := wire.AppendForm(dst, members, wire.FormOptions{})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(out)))
	}
}
