package mapping_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ohler55/ojg/jp"
	"github.com/ohler55/ojg/oj"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/mapping"
)

const eight = `{"fields":[
	{"from":"user.login","to":"author.name"},
	{"from":"user.id","to":"author.id"},
	{"from":"user.plan.name","to":"author.tier","default":"free"},
	{"from":"repo.owner.login","to":"project.owner"},
	{"from":"repo.full_name","to":"project.name","keep":true},
	{"from":"state","to":"meta.status","omit_empty":true},
	{"from":"created_at","to":"meta.created"},
	{"to":"meta.source","const":"github"}]}`

// document is an object of about the size given: the members that the mapping names, and a list to fill it up.
func document(size int) string {
	head := `{"user":{"login":"octocat","id":1,"plan":{"name":"pro"},"url":"https://example.com/u/1"},
		"repo":{"owner":{"login":"acme"},"full_name":"acme/anvil","private":true},"state":"open",
		"created_at":"2026-01-02T03:04:05Z","labels":[`
	item := `{"id":1234567,"name":"needs triage","color":"ededed","default":false,"description":"not yet looked at"}`
	n := max(1, (size-len(head))/len(item))
	return head + strings.Repeat(item+",", n-1) + item + "]}"
}

// eachEight maps members of each item of the list.
const eachEight = `{"fields":[
	{"from":"labels[*].id","to":"labels[*].key","type":"string"},
	{"from":"labels[*].name","to":"labels[*].title","trim":true},
	{"from":"labels[*].color","to":"labels[*].colour","case":"upper"},
	{"from":"labels[*].default","to":"labels[*].standard"},
	{"from":"labels[*].description","to":"labels[*].text","omit_empty":true},
	{"to":"labels[*].source","const":"github"},
	{"from":"user.login","to":"author.name"},
	{"from":"state","to":"status","enum":{"words":{"open":"OPEN"}}}]}`

// BenchmarkOjg is what the same costs bare: the library's parser, and eight paths read, nothing renamed.
func BenchmarkOjg(b *testing.B) {
	text := []byte(document(50 << 10))
	tree := parse(b, string(text))
	for name, paths := range map[string][]string{
		"50KB/flat": {"$.user.login", "$.user.id", "$.user.plan.name", "$.repo.owner.login", "$.repo.full_name", "$.state", "$.created_at", "$.labels"},
		"50KB/each": {"$.labels[*].id", "$.labels[*].name", "$.labels[*].color", "$.labels[*].default", "$.labels[*].description", "$.user.login", "$.state", "$.labels[*]"},
	} {
		compiled := make([]jp.Expr, len(paths))
		for i, path := range paths {
			compiled[i] = jp.MustParseString(path)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, x := range compiled {
					if len(x.Get(tree)) == 0 {
						b.Fatal("nothing found")
					}
				}
			}
		})
	}
	b.Run("50KB/parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := oj.Parse(text); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkApply(b *testing.B) {
	p, each := program(b, decode(b, eight)), program(b, decode(b, eachEight))
	for _, size := range []int{1 << 10, 50 << 10} {
		text := document(size)
		b.Run(fmt.Sprintf("%dKB", size>>10), func(b *testing.B) {
			tree := parse(b, text)
			b.ReportAllocs()
			for b.Loop() {
				if _, notes, err := p.Apply(tree); err != nil || len(notes) > 0 {
					b.Fatal(notes, err)
				}
			}
		})
		b.Run(fmt.Sprintf("%dKB/each", size>>10), func(b *testing.B) {
			tree := parse(b, text)
			b.ReportAllocs()
			for b.Loop() {
				if _, notes, err := each.Apply(tree); err != nil || len(notes) > 0 {
					b.Fatal(notes, err)
				}
			}
		})
		b.Run(fmt.Sprintf("%dKB/parse", size>>10), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := jsontree.Parse([]byte(text), jsontree.Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkApplyWorst is a chain of the most fields allowed, each of which fails because of the one before.
func BenchmarkApplyWorst(b *testing.B) {
	var m mapping.Mapping
	tree := map[string]any{"s": "scalar"}
	for i := range mapping.MaxFields {
		to := fmt.Sprintf("m%d.x", i-1)
		if i == 0 {
			to = "s.x"
		}
		m.Fields = append(m.Fields, mapping.Field{From: fmt.Sprintf("m%d", i), To: to})
		tree[fmt.Sprintf("m%d", i)] = int64(i)
	}
	p := program(b, m)
	b.ReportAllocs()
	for b.Loop() {
		if _, notes, err := p.Apply(tree); err != nil || len(notes) != mapping.MaxFields {
			b.Fatal(len(notes), err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	m := decode(b, eight)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mapping.Compile(m); err != nil {
			b.Fatal(err)
		}
	}
}
