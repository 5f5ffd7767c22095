//lint:file-ignore SA5008,U1000 Odd tags and fields that nobody reads are what these tests are about.

package jsontree_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsontree"
)

type (
	level string // a named string
	upper string // has UnmarshalText

	base struct {
		ID   int    `json:"id"`
		Name string `json:"name"`
	}
	Shown   struct{ Shown int }
	hidden  struct{ Deep int }
	left    struct{ Both, L int }
	right   struct{ Both, R int }
	tagged1 struct {
		T string `json:"t"`
	}
	tagged2 struct{ T string }
	anon    struct{ X1, Y1 int }
	tree    struct {
		V    int
		Kids []*tree
		Up   map[string]tree
	}
)

func (u *upper) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return errors.New("s3cr3t")
	}
	*u = upper(strings.ToUpper(string(text)))
	return nil
}

// target has one field of most kinds. Its names are the keys of the seeds.
type target struct {
	base
	*Shown
	left
	right
	tagged1
	tagged2
	Name    string          `json:"name"`
	B       bool            `json:"b"`
	S       string          `json:"s"`
	L       level           `json:"l"`
	U       upper           `json:"u"`
	PU      *upper          `json:"pu"`
	I       int             `json:"i"`
	I8      int8            `json:"i8"`
	U8      uint8           `json:"u8"`
	U64     uint64          `json:"u64"`
	F       float64         `json:"f"`
	P       *int            `json:"p"`
	PP      **string        `json:"pp"`
	A       any             `json:"a"`
	Slice   []int           `json:"slice"`
	Bytes   []byte          `json:"bytes"`
	Array   [2]int          `json:"array"`
	Map     map[string]int  `json:"map"`
	Ints    map[int8]string `json:"ints"`
	Uints   map[uint]bool   `json:"uints"`
	Uppers  map[upper]*base `json:"uppers"`
	Tree    *tree           `json:"tree"`
	When    time.Time       `json:"when"`
	Big     *big.Int        `json:"big"`
	Addr    netip.Addr      `json:"addr"`
	N       json.Number     `json:"n"`
	QI      int             `json:"qi,string"`
	QS      string          `json:"qs,string"`
	QB      *bool           `json:"qb,string"`
	QF      float64         `json:"qf,omitempty,string"`
	QN      json.Number     `json:"qn,string"`
	QA      []int           `json:"qa,string"`
	Odd     int             `json:"a\tb"`
	Spaced  int             `json:"@odata.next link"`
	Dash    int             `json:"-,"`
	Skip    int             `json:"-"`
	Err     error           `json:"err"`
	Anon    anon            `json:"anon"`
	private int
}

// targetTexts are objects whose members name target's fields.
var targetTexts = []string{
	`{}`, `null`, `[]`, `1`, `{"id":1,"name":"x","other":2}`, `{"Shown":5}`, `{"Both":1,"L":2,"R":3,"l":"x"}`, `{"t":"a","T":"b"}`,
	`{"b":true,"s":"é","u":"abc","pu":"def","i":-5,"i8":-128,"u8":255,"u64":18446744073709551615,"f":1.5e3}`, `{"b":1}`, `{"s":null,"i":null,"b":null,"u":null}`,
	`{"u":5}`, `{"pu":null,"p":null,"pp":null,"slice":null,"map":null,"a":null,"err":null}`, `{"i8":128}`, `{"u8":-1}`, `{"u64":-1}`, `{"u64":18446744073709551616}`,
	`{"i":9223372036854775808}`, `{"i":1.5}`, `{"i":"1"}`, `{"s":1}`, `{"f":1e400}`, `{"f":12345678901234567890123}`, `{"p":1,"pp":"x"}`, `{"a":{"k":["y",null,true]}}`,
	`{"slice":[1,2,3]}`, `{"slice":[]}`, `{"slice":[1,"x"]}`, `{"slice":{}}`, `{"bytes":"AQID"}`, `{"bytes":"@"}`, `{"bytes":[1,2]}`, `{"bytes":null}`, `{"array":[1,2,3]}`, `{"array":[1]}`,
	`{"map":{"a":1,"b":2}}`, `{"map":{"a":"x"}}`, `{"ints":{"-1":"a","5":"b"}}`, `{"ints":{"128":"a"}}`, `{"ints":{"x":"a"}}`, `{"uints":{"1":true}}`, `{"uints":{"-1":true}}`,
	`{"uppers":{"a":{"id":1},"b":null}}`, `{"uppers":{"":{}}}`, `{"tree":{"V":1,"Kids":[{"V":2},null,{"Kids":[]}],"Up":{"k":{"V":3}}}}`, `{"when":"2026-01-02T03:04:05Z"}`, `{"when":"x"}`,
	`{"when":null}`, `{"when":5}`, `{"big":123456789012345678901234567890}`, `{"big":"5"}`, `{"addr":"10.0.0.1"}`, `{"addr":"x"}`, `{"addr":{}}`, `{"n":12}`, `{"n":"34"}`, `{"n":"x"}`, `{"n":"1e5"}`, `{"n":true}`,
	`{"qi":"5"}`, `{"qi":5}`, `{"qi":""}`, `{"qi":" 5"}`, `{"qi":"5 "}`, `{"qi":"x"}`, `{"qi":"null"}`, `{"qi":null}`, `{"qi":"true"}`, `{"qi":"\"5\""}`, `{"qi":"[]"}`, `{"qi":"9999999999999999999"}`,
	`{"qs":"\"in\""}`, `{"qs":"in"}`, `{"qs":"\"\\u00e9\""}`, `{"qs":"\""}`, `{"qb":"true"}`, `{"qb":"null"}`, `{"qb":true}`, `{"qf":"1.5"}`, `{"qf":"nan"}`, `{"qn":"7"}`, `{"qn":"\"7\""}`, `{"qa":[1]}`,
	`{"a\tb":1,"Odd":2}`, `{"@odata.next link":3}`, `{"-":4,"Dash":5,"Skip":6}`, `{"err":"x"}`, `{"anon":{"X1":1,"Y1":2,"Z":3}}`, `{"anon":[]}`, `{"private":1}`, `{"unknown":{"deep":[1,2,{"a":1}]}}`,
}

func TestDecodeLikeEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, text := range targetTexts {
		checkDecode(t, []byte(text))
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range targetTexts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkDecode(t, data) })
}

// checkDecode compares with encoding/json, where both mean to agree.
func checkDecode(t *testing.T, data []byte) {
	t.Helper()
	parsed, st, err := jsontree.Parse(data, jsontree.Limits{})
	if err != nil || st.Duplicate != "" || !exact(parsed) {
		return
	}
	before := string(jsontree.Append(nil, parsed))
	var got, want target
	err = jsontree.Decode(parsed, &got)
	if after := string(jsontree.Append(nil, parsed)); after != before {
		t.Fatalf("Decode changed the tree: %s", after)
	}
	if !quotedAreJSON(parsed) { // encoding/json takes 00 and 0x1p2 for numbers there
		if err == nil {
			t.Fatalf("%s: Decode took what is not JSON", data)
		}
		return
	}
	// encoding/json sees the tree's spelling, as that of the text is gone, and
	// not the member of type any, as it would make floats of all numbers there.
	spelled := parsed
	if obj, ok := parsed.(map[string]any); ok {
		rest := maps.Clone(obj)
		delete(rest, "a")
		spelled, want.A = rest, obj["a"]
	}
	stdErr := json.Unmarshal(jsontree.Append(nil, spelled), &want)
	if (err == nil) != (stdErr == nil) {
		t.Fatalf("%s: Decode = %v, encoding/json = %v", data, err, stdErr)
	}
	if err != nil {
		var e *jsontree.DecodeError
		if !errors.As(err, &e) || e.Want == "" || e.Got == "" {
			t.Fatalf("%s: %#v", data, err)
		}
		return
	}
	if diff := cmp.Diff(want, got, cmp.Exporter(func(reflect.Type) bool { return true }), cmp.Comparer(sameBig)); diff != "" {
		t.Fatalf("%s: %s", data, diff)
	}
}

func quotedAreJSON(v any) bool {
	obj, _ := v.(map[string]any)
	for _, name := range []string{"qi", "qs", "qb", "qf", "qn"} {
		if text, ok := obj[name].(string); ok && !json.Valid([]byte(text)) {
			return false
		}
	}
	return true
}

func sameBig(a, b *big.Int) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// exact refuses trees with names that encoding/json would match to a member of
// another case, and floats on which the two differ by intent.
func exact(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if !known[k] && knownFolded[strings.ToLower(strings.ToUpper(k))] || !exact(e) {
				return false
			}
		}
	case []any:
		for _, e := range v {
			if !exact(e) {
				return false
			}
		}
	case float64:
		// Only Decode takes -0 for unsigned, and only text shows 1e18 as an integer.
		return !(v == 0 && math.Signbit(v)) && math.Abs(v) <= 1<<53
	}
	return true
}

var known, knownFolded = names(reflect.TypeFor[target](), reflect.TypeFor[base](), reflect.TypeFor[Shown](), reflect.TypeFor[left](),
	reflect.TypeFor[right](), reflect.TypeFor[tagged1](), reflect.TypeFor[tagged2](), reflect.TypeFor[tree](), reflect.TypeFor[anon]())

// names lists the member names of types, as they are and folded.
func names(types ...reflect.Type) (exact, folded map[string]bool) {
	exact, folded = map[string]bool{}, map[string]bool{}
	for _, t := range types {
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if name == "" {
				name = t.Field(i).Name
			}
			exact[name], folded[strings.ToLower(strings.ToUpper(name))] = true, true
		}
	}
	return exact, folded
}
