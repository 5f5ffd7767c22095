package secret_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/secret"
)

func benchSecrets() []secret.String {
	return []secret.String{
		secret.New("ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
		secret.New("p@ss w/rd+&=?#%~\"'<>"),
		secret.New(strings.Repeat("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9", 20)),
	}
}

// benchTexts are 10 KB each, without a secret.
func benchTexts() map[string]string {
	fill := func(s string) string { return strings.Repeat(s, 10_240/len(s)+1)[:10_240] }
	var issues strings.Builder
	for i := range 20 {
		fmt.Fprintf(&issues, `{"id":%d,"node_id":"MDU6SXNzdWUx","url":"https://api.example.com/repos/octocat/hello-world/issues/%d",`+
			`"html_url":"https://example.com/octocat/hello%%20world/issues?page=%d\u0026per_page=50","state":"open","title":"Found a bug",`+
			`"body":"I'm having a problem with this.\r\n\r\nIt says \"no such thing\".","labels":[{"id":208045946,"name":"bug",`+
			`"description":"Something isn't working","color":"f29513","default":true}],"comments":0,"closed_at":null},`, i*7919, i, i)
	}
	dense := `{"url":"https:\/\/api.example.com/a%20b?page=1\u0026per_page=50","title":"It \"works\" &amp; so on"},`
	return map[string]string{
		"prose":   fill("The quick brown fox jumps over the lazy dog, and then it goes on to the next one. "),
		"json":    fill(issues.String()),
		"dense":   fill(dense),
		"escapes": fill(`%25&amp;\\`),
		"base64":  fill("SWYgeW91IGNhbiByZWFkIHRoaXMsIHlvdSBoYXZlIHRvbyBtdWNoIHRpbWUu"),
	}
}

func BenchmarkRedactor(b *testing.B) {
	for name, text := range benchTexts() {
		b.Run(name, func(b *testing.B) {
			r := secret.NewRedactor(benchSecrets()...)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if got := r.String(text); len(got) != len(text) {
					b.Fatal("found something")
				}
			}
		})
	}
}

func BenchmarkRedactorFirstUse(b *testing.B) {
	values := benchSecrets()
	b.ReportAllocs()
	for b.Loop() {
		_ = secret.NewRedactor(values...).String("a short line of text")
	}
}

func BenchmarkRedactorWorst(b *testing.B) {
	text := strings.Repeat("a", 1<<20)
	r := secret.NewRedactor(secret.New(strings.Repeat("a", 8<<10)+"b"), secret.New(strings.Repeat("a", 8<<10)))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		_ = r.String(text)
	}
}

func BenchmarkSealOpen(b *testing.B) {
	ring := newKeyring(b, newKey(b, "k1"))
	plain := []byte(strings.Repeat("x", 1024))
	b.ReportAllocs()
	for b.Loop() {
		sealed, err := ring.Seal(place(), plain)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := ring.Open(place(), sealed); err != nil {
			b.Fatal(err)
		}
	}
}
