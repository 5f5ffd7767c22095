package santhosh_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	kaptinlin "github.com/kaptinlin/jsonschema"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/validation"
	"github.com/waygate-go/waygate/validation/santhosh"
)

// issueSchema is about what a provider publishes for a list of issues.
const issueSchema = `{"type":"array","items":{"type":"object","required":["id","title","state","user","labels"],"properties":{
	"id":{"type":"integer"},"number":{"type":"integer","minimum":1},"title":{"type":"string","maxLength":1000},
	"state":{"enum":["open","closed"]},"body":{"type":["string","null"]},"url":{"type":"string","pattern":"^https://"},
	"user":{"$ref":"#/$defs/user"},"assignee":{"anyOf":[{"$ref":"#/$defs/user"},{"type":"null"}]},
	"labels":{"type":"array","items":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"color":{"type":"string","pattern":"^[0-9a-f]{6}$"}}}},
	"comments":{"type":"integer"},"score":{"type":"number"},"locked":{"type":"boolean"}}},
	"$defs":{"user":{"type":"object","required":["login"],"properties":{"login":{"type":"string"},"id":{"type":"integer"},"site_admin":{"type":"boolean"}}}}}`

// issues gives the tree of a list of at least size bytes of text.
func issues(b *testing.B, size int) (tree any, bytes int64) {
	b.Helper()
	var s strings.Builder
	s.WriteString(`[`)
	for i := 0; i == 0 || s.Len() < size; i++ {
		if i > 0 {
			s.WriteString(",")
		}
		fmt.Fprintf(&s, `{"id":%d,"number":%d,"title":"Something is wrong with part %d","state":"open","body":null,"url":"https://api.example.com/issues/%d",`+
			`"user":{"login":"octocat","id":%d,"site_admin":false},"assignee":{"login":"hubot","id":2,"site_admin":true},`+
			`"labels":[{"name":"bug","color":"ff00aa"},{"name":"urgent","color":"00ff00"}],"comments":%d,"score":%d.5,"locked":false}`, 1000+i, i+1, i, i, i, i%7, i)
	}
	s.WriteString(`]`)
	tree, _, err := jsontree.Parse([]byte(s.String()), jsontree.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	return tree, int64(s.Len())
}

// BenchmarkValidate validates a valid body of 50 KB, parsed, with both engines and
// beside each with its library alone.
func BenchmarkValidate(b *testing.B) {
	tree, bytes := issues(b, 50<<10)
	for _, engine := range []struct {
		name string
		make func() (func() bool, error)
	}{
		{"Kaptinlin", func() (func() bool, error) { return behind(b, validation.Kaptinlin{}, tree) }},
		{"bare-kaptinlin", func() (func() bool, error) {
			c := kaptinlin.NewCompiler()
			c.Loaders = map[string]func(string) (io.ReadCloser, error){}
			s, err := c.Compile([]byte(issueSchema))
			return func() bool { return s.ValidateStruct(tree).IsValid() }, err
		}},
		{"santhosh", func() (func() bool, error) { return behind(b, santhosh.Engine{}, tree) }},
		{"bare-santhosh", func() (func() bool, error) {
			s, err := bare([]byte(issueSchema))
			return func() bool { return s.Validate(tree) == nil }, err
		}},
	} {
		b.Run(engine.name, func(b *testing.B) {
			valid, err := engine.make()
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.SetBytes(bytes)
			for b.Loop() {
				if !valid() {
					b.Fatal("not valid")
				}
			}
		})
	}
}

func behind(b *testing.B, engine validation.Engine, tree any) (func() bool, error) {
	s, err := engine.Compile([]byte(issueSchema))
	return func() bool { return s.Validate(b.Context(), tree) == nil }, err
}
