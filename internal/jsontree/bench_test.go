package jsontree_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/waygate-go/waygate/internal/jsontree"
)

// benchItem is a record as list endpoints give them.
type benchItem struct {
	ID      int64             `json:"id"`
	Name    string            `json:"name"`
	Email   string            `json:"email"`
	Active  bool              `json:"active"`
	Balance float64           `json:"balance"`
	Tags    []string          `json:"tags"`
	Address map[string]string `json:"address"`
	Note    *string           `json:"note"`
}

type benchPage struct {
	Data []benchItem `json:"data"`
	Next string      `json:"next"`
}

// benchBody is a page of about size bytes.
func benchBody(size int) []byte {
	page := benchPage{Next: "eyJpZCI6MTIzfQ"}
	for i := 0; ; i++ {
		page.Data = append(page.Data, benchItem{
			ID: int64(1000000 + i), Name: fmt.Sprintf("Customer \"%d\" & Söhne", i), Email: fmt.Sprintf("c%d@example.com", i),
			Active: i%2 == 0, Balance: float64(i) * 1.37, Tags: []string{"new", "eu", "invoice"},
			Address: map[string]string{"street": "Long Street 12", "city": "Springfield", "zip": "01234"},
		})
		if text, _ := json.Marshal(page); len(text) >= size {
			return text
		}
	}
}

var benchSizes = []struct {
	name string
	size int
}{{"1KB", 1 << 10}, {"50KB", 50 << 10}}

func bench(b *testing.B, run func(b *testing.B, body []byte)) {
	for _, s := range benchSizes {
		b.Run(s.name, func(b *testing.B) {
			body := benchBody(s.size)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			run(b, body)
		})
	}
}

func BenchmarkScan(b *testing.B) {
	bench(b, func(b *testing.B, body []byte) {
		for b.Loop() {
			if _, err := jsontree.Scan(body, jsontree.Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkScanRivalValid is encoding/json's check alone: no depth, no keys.
func BenchmarkScanRivalValid(b *testing.B) {
	bench(b, func(b *testing.B, body []byte) {
		for b.Loop() {
			if !json.Valid(body) {
				b.Fatal("invalid")
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	bench(b, func(b *testing.B, body []byte) {
		for b.Loop() {
			if _, _, err := jsontree.Parse(body, jsontree.Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkParseOwn forces the parser for what oj misreads, by one escape.
func BenchmarkParseOwn(b *testing.B) {
	bench(b, func(b *testing.B, body []byte) {
		body = bytes.Replace(body, []byte(`"new"`), []byte(`"\ud83d\ude00"`), 1)
		for b.Loop() {
			if _, _, err := jsontree.Parse(body, jsontree.Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkParseRivalAny(b *testing.B) {
	bench(b, func(b *testing.B, body []byte) {
		for b.Loop() {
			var v any
			if err := json.Unmarshal(body, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	bench(b, func(b *testing.B, body []byte) {
		tree, _, err := jsontree.Parse(body, jsontree.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			var page benchPage
			if err := jsontree.Decode(tree, &page); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkFromValue(b *testing.B) {
	bench(b, func(b *testing.B, body []byte) {
		var v any
		if err := json.Unmarshal(body, &v); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, _, err := jsontree.FromValue(v, jsontree.Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkFromValueStruct(b *testing.B) {
	bench(b, func(b *testing.B, body []byte) {
		var v benchPage
		if err := json.Unmarshal(body, &v); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, _, err := jsontree.FromValue(v, jsontree.Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	bench(b, func(b *testing.B, body []byte) {
		tree, _, err := jsontree.Parse(body, jsontree.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		var dst []byte
		for b.Loop() {
			dst = jsontree.Append(dst[:0], tree)
		}
	})
}
