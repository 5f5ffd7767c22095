package wire_test

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/waygate-go/waygate/internal/wire"
)

// TestText has scalars as they stand in a request.
func TestText(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]any{
		"":                    "",
		"a b/ü\xff":           "a b/ü\xff",
		"true":                true,
		"false":               false,
		"0":                   int64(0),
		"9223372036854775807": int64(math.MaxInt64),
		"-1":                  int64(-1),
		"3":                   3.0,
		"0.1":                 0.1,
		"-2.5":                -2.5,
		"1000000":             1e6,
		// JSON writes an exponent from 1e21 up, and we no sooner.
		"100000000000000000000": 1e20,
		"1e+21":                 1e21,
		"0.000000000000000001":  1e-18,
		"1e-19":                 1e-19,
		"5e-324":                5e-324,
		// A json.Number is the sender's spelling.
		"123456789012345678901234567890": json.Number("123456789012345678901234567890"),
		"1.50":                           json.Number("1.50"),
		"1e400":                          json.Number("1e400"),
	} {
		if got, err := wire.Text(v); err != nil || got != want {
			t.Errorf("%T: %q, %v, want %q", v, got, err, want)
		}
	}
	for _, v := range []any{nil, []any{}, map[string]any{}, math.NaN(), math.Inf(-1), json.Number(""), json.Number("1\r\nX: y"),
		json.Number(" 1"), json.Number("0x1"), json.Number("--1"), json.Number("null"), 1, []string{"a"}} {
		got, err := wire.Text(v)
		if err == nil {
			t.Errorf("%T gave %q", v, got)
			continue
		}
		if e := asError(t, err); e.Keyword != "type" || e.Expected == "" || e.Received == "" {
			t.Errorf("%T: %+v", v, e)
		}
	}
}

// TestFloats wants each float to be read back as itself.
func TestFloats(t *testing.T) {
	t.Parallel()
	r := random(t)
	for range 20000 {
		f := math.Float64frombits(r.Uint64())
		if math.IsNaN(f) || math.IsInf(f, 0) {
			continue
		}
		text, err := wire.Text(f)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := strconv.ParseFloat(text, 64); err != nil || back != f {
			t.Fatalf("%g is written %s and read %g, %v", f, text, back, err)
		}
		if len(text) > 45 {
			t.Fatalf("%g is written with %d bytes", f, len(text))
		}
	}
}
