package catalogue_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
)

// defs are the $defs of the schema, by name.
func defs(t *testing.T) map[string]map[string]any {
	t.Helper()
	var doc struct {
		Defs map[string]map[string]any `json:"$defs"`
	}
	if err := json.Unmarshal(catalogue.Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Defs
}

func members(v any) []string {
	m, _ := v.(map[string]any)
	return slices.Sorted(maps.Keys(m))
}

// parts are the Go types of the written form, by the names of their $defs; kinds are found by their decoders.
func parts(t *testing.T) map[string]reflect.Type {
	t.Helper()
	all := map[string]reflect.Type{
		"integration":          reflect.TypeFor[waygate.Integration](),
		"action.http":          reflect.TypeFor[waygate.HTTPAction](),
		"parameter":            reflect.TypeFor[waygate.Parameter](),
		"body":                 reflect.TypeFor[waygate.Body](),
		"connection_parameter": reflect.TypeFor[waygate.ConnectionParameter](),
		"error_format":         reflect.TypeFor[waygate.ErrorFormat](),
		"login_step":           reflect.TypeFor[auth.LoginStep](),
		"login_pair":           reflect.TypeFor[auth.LoginPair](),
		"login_answer":         reflect.TypeFor[auth.LoginAnswer](),
		"login_value":          reflect.TypeFor[auth.LoginValue](),
		"login_expiry":         reflect.TypeFor[auth.LoginExpiry](),
		"verification":         reflect.TypeFor[waygate.Verification](),
		"tls":                  reflect.TypeFor[waygate.TLS](),
		"idempotency":          reflect.TypeFor[waygate.Idempotency](),
		"effects":              reflect.TypeFor[waygate.Effects](),
		"validation":           reflect.TypeFor[waygate.Validation](),
		"mapping":              reflect.TypeFor[mapping.Mapping](),
		"mapping_field":        reflect.TypeFor[mapping.Field](),
		"mapping_enum":         reflect.TypeFor[mapping.Enum](),
		"mapping_date":         reflect.TypeFor[mapping.Date](),
		"breaker":              reflect.TypeFor[resilience.BreakerSettings](),
		"concurrency":          reflect.TypeFor[resilience.Concurrency](),
		"limit":                reflect.TypeFor[resilience.Limit](),
		"wait":                 reflect.TypeFor[resilience.Wait](),
		"remaining":            reflect.TypeFor[resilience.Remaining](),
		"answer":               reflect.TypeFor[resilience.Answer](),
		"token_answer":         reflect.TypeFor[auth.TokenAnswer](),
		"capture":              reflect.TypeFor[auth.Capture](),
		"assertion":            reflect.TypeFor[auth.Assertion](),
	}
	kinds := func(room string, names []string, decode func(raw []byte) (any, error)) {
		for _, k := range names {
			v, err := decode([]byte(`{"kind":"` + k + `"}`))
			if err != nil {
				t.Fatal(err)
			}
			all[room+"."+k] = reflect.TypeOf(v)
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(names)), kindsOf(t, room)); diff != "" {
			t.Errorf("schema.json: the kinds in $defs/%s aren't the built-in ones (- built in, + in the schema):\n%s", room, diff)
		}
	}
	kinds("auth", keys(auth.Kinds()), func(raw []byte) (any, error) { return auth.Decode(raw, nil) })
	kinds("pagination", keys(pagination.Kinds()), func(raw []byte) (any, error) { return pagination.Decode(raw, nil) })
	kinds("retry", keys(resilience.Kinds()), func(raw []byte) (any, error) {
		p, err := resilience.Decode(raw, nil)
		if e, ok := errors.AsType[*resilience.Error](err); ok && e.Field == "time" { // the one kind that needs more
			return resilience.Until{}, nil
		}
		return p, err
	})
	return all
}

func keys[M ~map[string]V, V any](m M) []string { return slices.Sorted(maps.Keys(m)) }

// kindsOf are the kinds that a $def lists, each of which must lead to a $def of its own.
func kindsOf(t *testing.T, room string) []string {
	t.Helper()
	def := defs(t)[room]
	names := enum(def, "kind")
	var led []string
	list, _ := def["allOf"].([]any)
	for _, e := range list {
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range names {
			if strings.Contains(string(text), `"const":"`+k+`"`) && strings.Contains(string(text), `"$ref":"#/$defs/`+room+`.`+k+`"`) {
				led = append(led, k)
			}
		}
	}
	if diff := cmp.Diff(names, led); diff != "" {
		t.Errorf("schema.json: $defs/%s doesn't lead to each of its kinds:\n%s", room, diff)
	}
	return slices.Sorted(slices.Values(names))
}

// enum are the values that a member of a $def may have.
func enum(def map[string]any, member string) []string {
	properties, _ := def["properties"].(map[string]any)
	m, _ := properties[member].(map[string]any)
	if m == nil {
		m = def
	}
	list, _ := m["enum"].([]any)
	var out []string
	for _, v := range list {
		s, _ := v.(string)
		out = append(out, s)
	}
	return out
}

// TestSchemaHasEachMember compares the schema with what the Go types write: a member that is new in one of them has to be
// described in schema.json, and one that is gone has to go there, too.
func TestSchemaHasEachMember(t *testing.T) {
	t.Parallel()
	all := defs(t)
	for name, typ := range parts(t) {
		def, ok := all[name]
		if !ok {
			t.Errorf("schema.json: $defs/%s is missing: describe %v there", name, typ)
			continue
		}
		raw, err := json.Marshal(filled(t, typ, 0).Interface())
		if err != nil {
			t.Fatalf("%v: %v", typ, err)
		}
		var written map[string]any
		if err := json.Unmarshal(raw, &written); err != nil {
			t.Fatal(err)
		}
		want, got := members(written), members(def["properties"])
		for _, m := range want {
			if !slices.Contains(got, m) {
				t.Errorf("schema.json: $defs/%s/properties/%s is missing: %v writes it, so describe it there", name, m, typ)
			}
		}
		for _, m := range got {
			if !slices.Contains(want, m) {
				t.Errorf("schema.json: $defs/%s/properties/%s has to go: %v doesn't write it", name, m, typ)
			}
		}
		if def["additionalProperties"] != false {
			t.Errorf("schema.json: $defs/%s must refuse other members", name)
		}
		required, _ := def["required"].([]any)
		for _, r := range required {
			if m, _ := r.(string); !slices.Contains(got, m) {
				t.Errorf("schema.json: $defs/%s requires %v, which isn't there", name, r)
			}
		}
	}
}

// TestSchemaHasEachPart finds the structs that the written form is made of, and wants each in the table of this test.
func TestSchemaHasEachPart(t *testing.T) {
	t.Parallel()
	known := map[reflect.Type]string{}
	for name, typ := range parts(t) {
		known[typ] = name
	}
	all := defs(t)
	visit := func(owner string, typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			member, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if member == "" || member == "-" {
				continue
			}
			elem := f.Type
			for elem.Kind() == reflect.Pointer || elem.Kind() == reflect.Slice || elem.Kind() == reflect.Map {
				elem = elem.Elem()
			}
			if elem.Kind() != reflect.Struct {
				continue
			}
			name, ok := known[elem]
			if !ok {
				t.Errorf("%v.%s is a %v, which schema.json doesn't know: describe it in $defs, and add it to parts in this test", typ, f.Name, elem)
				continue
			}
			text, _ := json.Marshal(all[owner]["properties"].(map[string]any)[member])
			if !strings.Contains(string(text), `"#/$defs/`+name+`"`) {
				t.Errorf("schema.json: $defs/%s/properties/%s must refer to $defs/%s", owner, member, name)
			}
		}
	}
	for typ, name := range known {
		visit(name, typ)
	}
}

// filled makes a value in which nothing is zero.
func filled(t *testing.T, typ reflect.Type, depth int) reflect.Value {
	t.Helper()
	v := reflect.New(typ).Elem()
	switch typ {
	case reflect.TypeFor[json.RawMessage]():
		v.SetBytes([]byte(`{}`))
		return v
	case reflect.TypeFor[auth.Scheme]():
		v.Set(reflect.ValueOf(auth.None{}))
		return v
	case reflect.TypeFor[pagination.Strategy]():
		v.Set(reflect.ValueOf(pagination.None{}))
		return v
	case reflect.TypeFor[resilience.Policy]():
		v.Set(reflect.ValueOf(resilience.Never{}))
		return v
	case reflect.TypeFor[waygate.Action]():
		v.Set(reflect.ValueOf(waygate.HTTPAction{}))
		return v
	case reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Unix(1, 0)))
		return v
	case reflect.TypeFor[any]():
		v.Set(reflect.ValueOf(true))
		return v
	}
	switch typ.Kind() {
	case reflect.Struct:
		for i := range typ.NumField() {
			if typ.Field(i).IsExported() {
				v.Field(i).Set(filled(t, typ.Field(i).Type, depth+1))
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(typ.Elem()))
		v.Elem().Set(filled(t, typ.Elem(), depth+1))
	case reflect.Slice:
		v.Set(reflect.Append(v, filled(t, typ.Elem(), depth+1)))
	case reflect.Map:
		v.Set(reflect.MakeMap(typ))
		v.SetMapIndex(filled(t, typ.Key(), depth+1), filled(t, typ.Elem(), depth+1))
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Float64:
		v.SetFloat(1)
	default:
		t.Fatalf("a field is a %v: teach this test to fill one", typ)
	}
	return v
}

// TestSchemaHasEachValue compares the values that the schema lists with the constants of the Go types.
func TestSchemaHasEachValue(t *testing.T) {
	t.Parallel()
	all := defs(t)
	root, schemes, mappings := sources(t, ".."), sources(t, "../auth"), sources(t, "../mapping")
	cases := []struct {
		in               []*ast.File
		typ, def, member string
	}{
		{root, "In", "parameter", "in"},
		{root, "Style", "parameter", "style"},
		{root, "Layout", "action.http", "layout"},
		{schemes, "In", "auth.key", "in"},
		{schemes, "GrantType", "auth.oauth2", "grant"},
		{schemes, "ClientAuth", "auth.oauth2", "client_auth"},
		{schemes, "BodyFormat", "auth.oauth2", "body_format"},
		{schemes, "ExpiryForm", "token_answer", "expiry"},
		{schemes, "CaptureSource", "capture", "from"},
		{schemes, "LoginFormat", "login_answer", "format"},
		{schemes, "LoginSource", "login_value", "from"},
		{schemes, "LoginSource", "login_expiry", "from"},
		{schemes, "ExpiryForm", "login_expiry", "form"},
		{schemes, "SignatureAlgorithm", "auth.signature", "algorithm"},
		{schemes, "SignatureOutput", "auth.signature", "output"},
		{schemes, "KeyEncoding", "auth.signature", "key_encoding"},
		{schemes, "KeyEncoding", "auth.jwt", "key_encoding"},
		{schemes, "In", "auth.jwt", "in"},
		{schemes, "OAuth1Method", "auth.oauth1", "method"},
		{sources(t, "../resilience"), "WaitForm", "wait_form", ""},
		{sources(t, "../resilience"), "Standard", "remaining", "standard"},
		{sources(t, "../resilience"), "Scope", "remaining", "per"},
		{sources(t, "../resilience"), "Meaning", "answer", "means"},
		{sources(t, "../pagination"), "In", "page_place", ""},
		{sources(t, "../validation"), "Mode", "validation", "response"},
		{sources(t, "../validation"), "Nulls", "validation", "input_nulls"},
		{sources(t, "../validation"), "Nulls", "validation", "response_nulls"},
		{sources(t, "../validation"), "Extra", "validation", "input_extra"},
		{sources(t, "../validation"), "Extra", "validation", "response_extra"},
		{mappings, "Pick", "mapping_field", "pick"},
		{mappings, "Case", "mapping_field", "case"},
		{mappings, "Type", "mapping_field", "type"},
		{mappings, "Unknown", "mapping_enum", "unknown"},
	}
	for _, c := range cases {
		want := constants(t, c.in, c.typ)
		got := slices.Sorted(slices.Values(enum(all[c.def], c.member)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("schema.json: $defs/%s, %s isn't what the constants of %s are (- Go, + schema):\n%s", c.def, c.member, c.typ, diff)
		}
	}
	for member, typ := range map[string]string{"response": "ResponseKind", "encoding": "BodyEncoding"} {
		def := map[string]string{"response": "action.http", "encoding": "body"}[member]
		text, err := json.Marshal(all[def]["properties"].(map[string]any)[member])
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range constants(t, root, typ) {
			if !strings.Contains(string(text), `"`+value+`"`) {
				t.Errorf("schema.json: $defs/%s, %s doesn't give %q as an example", def, member, value)
			}
		}
	}
}

// sources parses the Go files of a directory.
func sources(t *testing.T, dir string) (list []*ast.File) {
	t.Helper()
	names, err := fs.Glob(os.DirFS(dir), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, file)
	}
	return list
}

// constants are the values of the constants of a type, sorted.
func constants(t *testing.T, files []*ast.File, typ string) []string {
	t.Helper()
	var out []string
	for _, file := range files {
		for _, decl := range file.Decls {
			out = append(out, constantsIn(t, decl, typ)...)
		}
	}
	slices.Sort(out)
	return out
}

func constantsIn(t *testing.T, decl ast.Decl, typ string) (out []string) {
	t.Helper()
	gen, ok := decl.(*ast.GenDecl)
	if !ok || gen.Tok != token.CONST {
		return nil
	}
	for _, spec := range gen.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		if ident, ok := v.Type.(*ast.Ident); !ok || ident.Name != typ {
			continue
		}
		for _, value := range v.Values {
			lit, ok := value.(*ast.BasicLit)
			if !ok {
				t.Fatalf("a constant of %s is no literal", typ)
			}
			s, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, s)
		}
	}
	return out
}
