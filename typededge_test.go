package waygate_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
)

type (
	edgeBase struct {
		Created time.Time `json:"created"`
		Size    *uint8    `json:"size"`
	}
	edgeRow struct {
		edgeBase
		Meta   map[string][]edgeCell `json:"meta"`
		Grid   [2][]float32          `json:"grid"`
		Own    edgeOwn               `json:"own"`
		Addr   *netip.Addr           `json:"addr"`
		Big    *big.Int              `json:"big"`
		ByDay  map[int]bool          `json:"by_day"`
		Next   *edgeRow              `json:"next"`
		Quoted int                   `json:"quoted,string"`
	}
	edgeCell struct {
		V **int16 `json:"v"`
	}
	edgePage[T any] struct {
		Items []T `json:"items"`
	}
	// edgeOwn reads itself with encoding/json.
	edgeOwn struct{ N struct{ Deep int8 } }
)

func (o *edgeOwn) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &o.N) }

// TestTypedEdge shows what is said of a value that doesn't fit the Go type that
// should receive it: the place in the answer, the place in Go, the type, and never
// the value.
func TestTypedEdge(t *testing.T) {
	t.Parallel()
	const canary, number = "s3cr3t", "31337"
	for name, c := range map[string]struct {
		body, pointer, want, got string
		says                     []string
	}{
		"map of slices":        {`{"meta":{"a/b":[{},{"v":"s3cr3t"}]}}`, "/meta/a~1b/1/v", "int16", "string", []string{`.Items[0].Meta["a/b"][1].V`}},
		"array of slices":      {`{"grid":[[1],[2,true]]}`, "/grid/1/1", "float32", "boolean", []string{".Items[0].Grid[1][1]"}},
		"embedded":             {`{"size":31337}`, "/size", "uint8", "integer", []string{".Items[0].edgeBase.Size", "out of range"}},
		"negative":             {`{"size":-31337}`, "/size", "uint8", "integer", []string{"out of range"}},
		"pointers to pointers": {`{"meta":{"k":[{"v":31337313373}]}}`, "/meta/k/0/v", "int16", "integer", []string{"out of range"}},
		"a float too large":    {`{"grid":[[31337e300]]}`, "/grid/0/0", "float32", "number", []string{"out of range"}},
		"time.Time":            {`{"created":"s3cr3t"}`, "/created", "time.Time", "string", []string{".Items[0].edgeBase.Created", "its UnmarshalJSON refused it"}},
		"time.Time of number":  {`{"created":31337}`, "/created", "time.Time", "integer", []string{"its UnmarshalJSON refused it"}},
		"json.Unmarshaler":     {`{"own":{"Deep":31337}}`, "/own", "waygate_test.edgeOwn", "object", []string{"its UnmarshalJSON refused it for Go type int8 at Deep"}},
		"TextUnmarshaler":      {`{"addr":"s3cr3t"}`, "/addr", "netip.Addr", "string", []string{"its UnmarshalText refused it"}},
		"big.Int":              {`{"big":"s3cr3t"}`, "/big", "big.Int", "string", []string{".Items[0].Big", "its UnmarshalJSON refused it"}},
		"key":                  {`{"by_day":{"monday":true}}`, "/by_day/monday", "int", "key", []string{`.ByDay["monday"]`}},
		"recursive":            {`{"next":{"next":{"size":"s3cr3t"}}}`, "/next/next/size", "uint8", "string", []string{".Items[0].Next.Next.edgeBase.Size"}},
		"quoted":               {`{"quoted":31337}`, "/quoted", "int", "integer", []string{`the tag option "string"`}},
		"an object for a list": {`{"meta":{"k":{"x":"s3cr3t"}}}`, "/meta/k", "[]waygate_test.edgeCell", "object", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := decoded[edgePage[edgeRow]](t, "", `{"items":[`+c.body+`]}`)
			e := failure(t, err, waygate.KindInvalidResponse)
			want := []waygate.FieldError{{Pointer: "/items/0" + c.pointer, Keyword: "type", Expected: c.want, Received: c.got}}
			if diff := cmp.Diff(want, e.Fields); diff != "" {
				t.Error(diff)
			}
			says(t, err, append(c.says, "waygate_test.edgePage[", ".Items[0].")...)
			if text := fmt.Sprintf("%v %+v %q", err, e, e.Fields); strings.Contains(text, canary) || strings.Contains(text, number) {
				t.Errorf("the value is shown: %s", text)
			}
		})
	}
	fits := decoded[edgePage[edgeRow]](t, "", `{"items":[{"created":"2026-01-02T03:04:05Z","size":255,"meta":{"k":[{"v":null},{"v":-5}]},
		"grid":[[1.5],null],"own":{"Deep":7},"addr":"::1","big":123456789012345678901234567890,"by_day":{"-1":true},"next":{"size":1e2},"quoted":"12","unknown":[{}]}]}`)
	must(t, fits)
}
