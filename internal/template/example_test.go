package template_test

import (
	"fmt"

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
	// template: byte 7: unknown scope: write ${connection.name}, ${call.name}, ${tenant.name} or ${env.name}; for the characters ${ themselves write $${
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
