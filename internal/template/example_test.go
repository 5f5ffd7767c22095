package template_test

import (
	"fmt"
	"time"

	"github.com/waygate-go/waygate/internal/template"
)

func Example() {
	t, err := template.CompileURL("https://{shop}.example.com/repos/{owner}/${tenant.area:-issues}")
	if err != nil {
		fmt.Println(err)
		return
	}
	expand := func(values map[string]string) {
		fmt.Println(t.Expand(func(r template.Ref) (string, bool) {
			v, ok := values[r.Name]
			return v, ok
		}))
	}
	fmt.Println(t.Refs())
	expand(map[string]string{"shop": "acme", "owner": "a/b ${tenant.area}"})
	expand(map[string]string{"shop": "evil.test/", "owner": "b"})
	expand(map[string]string{"shop": "acme"})
	// Output:
	// [{shop} {owner} ${tenant.area}]
	// https://acme.example.com/repos/a%2Fb%20%24%7Btenant.area%7D/issues <nil>
	//  template: byte 8, {shop}: host name may hold only letters, digits, hyphens and dots
	//  template: byte 33, {owner}: there is no value for {owner}: give the parameter owner
}

func ExampleCompile() {
	_, err := template.Compile("/users/${user.id}", template.Path)
	fmt.Println(err)
	t, err := template.Compile(`{{"name": "{name}"}}`, template.Text)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(t.Expand(func(template.Ref) (string, bool) { return "Ada", true }))
	// Output:
	// template: byte 7: unknown scope: write ${connection.name}, ${call.name}, ${tenant.name}, ${var.name} or ${env.name}; for the characters ${ themselves write $${
	// {"name": "Ada"} <nil>
}

func ExampleEscape() {
	fmt.Println(template.Escape(template.Path, "50% off/today"))
	fmt.Println(template.Escape(template.Query, "a&b=c"))
	_, err := template.Escape(template.Header, "x\r\nHost: evil.test")
	fmt.Println(err)
	// Output:
	// 50%25%20off%2Ftoday <nil>
	// a%26b%3Dc <nil>
	// template: byte 0: a value in a header can't hold a control character such as a line break
}

func ExampleTemplate_ExpandValues() {
	t, err := template.Compile("/files/{path|id:-index}", template.Path)
	if err != nil {
		fmt.Println(err)
		return
	}
	expand := func(values map[string]template.Value) {
		fmt.Println(t.ExpandValues(func(r template.Ref) (template.Value, bool) {
			v, ok := values[r.Name]
			return v, ok
		}))
	}
	expand(map[string]template.Value{"path": {Text: "a/b"}})
	expand(map[string]template.Value{"path": {Text: "a/b", Escaped: true}, "id": {Text: "7"}})
	expand(map[string]template.Value{"id": {Text: "7"}})
	expand(nil)
	expand(map[string]template.Value{"path": {Text: "a/%2e%2e/b", Escaped: true}})
	// Output:
	// /files/a%2Fb <nil>
	// /files/a/b <nil>
	// /files/7 <nil>
	// /files/index <nil>
	//  template: byte 7, {path}: a value in a path can't be or hold a segment . or ..
}

func ExampleCompileCalls() {
	t, err := template.CompileCalls(`HMAC {key}:{now('unix')}:{hmac('sha256', secret, method, "\n", path)}`, template.Header)
	if err != nil {
		fmt.Println(err)
		return
	}
	values := map[string]string{"key": "k-1", "secret": "s-1", "method": "GET", "path": "/{key}"}
	fmt.Println(t.ExpandCalls(template.Env{Now: time.Unix(1700000000, 0)}, func(r template.Ref) (string, bool) {
		v, ok := values[r.Name]
		return v, ok
	}))
	_, err = template.CompileCalls("{md5(secret)}", template.Header)
	fmt.Println(err)
	// Output:
	// HMAC k-1:1700000000:53ef83bb1a7d4993555d208caaf2a9c584d73ed69399ea67b892318efd954e6a <nil>
	// template: byte 1: there is no function of that name: known are base64, now, random, hmac and sha256
}
