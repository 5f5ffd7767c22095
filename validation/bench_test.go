package validation_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/validation"
)

// issueSchema is about what a provider publishes for a list of issues.
const issueSchema = `{"type":"array","items":{"type":"object","required":["id","title","state","user","labels"],"properties":{
	"id":{"type":"integer"},"number":{"type":"integer","minimum":1},"title":{"type":"string","maxLength":1000},
	"state":{"enum":["open","closed"]},"body":{"type":["string","null"]},"url":{"type":"string","pattern":"^https://"},
	"user":{"$ref":"#/$defs/user"},"assignee":{"anyOf":[{"$ref":"#/$defs/user"},{"type":"null"}]},
	"labels":{"type":"array","items":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"color":{"type":"string","pattern":"^[0-9a-f]{6}$"}}}},
	"comments":{"type":"integer"},"score":{"type":"number"},"locked":{"type":"boolean"}}},
	"$defs":{"user":{"type":"object","required":["login"],"properties":{"login":{"type":"string"},"id":{"type":"integer"},"site_admin":{"type":"boolean"}}}}}`

// issues gives a list of at least size bytes.
func issues(size int) []byte {
	var b strings.Builder
	b.WriteString(`[`)
	for i := 0; i == 0 || b.Len() < size; i++ {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"id":%d,"number":%d,"title":"Something is wrong with part %d","state":"open","body":null,"url":"https://api.example.com/issues/%d",`+
			`"user":{"login":"octocat","id":%d,"site_admin":false},"assignee":{"login":"hubot","id":2,"site_admin":true},`+
			`"labels":[{"name":"bug","color":"ff00aa"},{"name":"urgent","color":"00ff00"}],"comments":%d,"score":%d.5,"locked":false}`, 1000+i, i+1, i, i, i, i%7, i)
	}
	b.WriteString(`]`)
	return []byte(b.String())
}

func BenchmarkValidate(b *testing.B) {
	schema, err := validation.Kaptinlin{}.Compile([]byte(issueSchema))
	if err != nil {
		b.Fatal(err)
	}
	for _, size := range []int{1 << 10, 50 << 10} {
		tree, _, err := jsontree.Parse(issues(size), jsontree.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("%dKB", size>>10), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				if found := schema.Validate(b.Context(), tree); found != nil {
					b.Fatal(found)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (validation.Kaptinlin{}).Compile([]byte(issueSchema)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDriftObserve(b *testing.B) {
	var d validation.Drift
	found := []validation.Violation{{Pointer: "/items/17/name", Keyword: "type"}}
	b.ReportAllocs()
	for b.Loop() {
		d.Observe("github.list_issues", found)
	}
}
