package wire_test

import (
	"errors"
	"fmt"

	"github.com/waygate-go/waygate/internal/wire"
)

func Example() {
	no := false
	p := wire.Param{In: wire.InQuery, Name: "color", Style: wire.Form, Explode: &no}
	if err := p.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Query([]any{"blue", "black, brown"}))
	_, err := p.Query([]any{"blue", map[string]any{"R": int64(100)}})
	if e, ok := errors.AsType[*wire.Error](err); ok {
		fmt.Println(e.Pointer, e.Keyword, e.Received)
	}
	// Output:
	// [{color blue,black%2C%20brown}] <nil>
	// /1 type object
}

func ExampleParam_Path() {
	repo := wire.Param{In: wire.InPath, Name: "repo"}
	fmt.Println(repo.Path("a/b"))
	fmt.Println(repo.Path(".."))
	file := wire.Param{In: wire.InPath, Name: "file", AllowSlash: true}
	fmt.Println(file.Path("docs/read me.md"))
	fmt.Println(file.Path("docs/../../admin"))
	// Output:
	// a%2Fb <nil>
	//  wire: a value in a path can't be or hold a segment . or ..
	// docs/read%20me.md <nil>
	//  wire: a value in a path can't be or hold a segment . or ..
}

func ExampleParam_Query() {
	filter := map[string]any{"state": "open", "author": map[string]any{"name": "Ada"}, "label": []any{"bug", "ui"}}
	for _, style := range []wire.Style{wire.DeepObject, wire.Brackets, wire.Indices, wire.JSON} {
		pairs, err := wire.Param{In: wire.InQuery, Name: "f", Style: style}.Query(filter)
		if err != nil {
			fmt.Println(err)
			return
		}
		for i, p := range pairs {
			if i > 0 {
				fmt.Print("&")
			}
			fmt.Print(p.Name, "=", p.Value)
		}
		fmt.Println()
	}
	// Output: f%5Bauthor%5D%5Bname%5D=Ada&f%5Blabel%5D=bug&f%5Blabel%5D=ui&f%5Bstate%5D=open
	// f%5Bauthor%5D%5Bname%5D=Ada&f%5Blabel%5D%5B%5D=bug&f%5Blabel%5D%5B%5D=ui&f%5Bstate%5D=open
	// f%5Bauthor%5D%5Bname%5D=Ada&f%5Blabel%5D%5B0%5D=bug&f%5Blabel%5D%5B1%5D=ui&f%5Bstate%5D=open
	// f=%7B%22author%22%3A%7B%22name%22%3A%22Ada%22%7D%2C%22label%22%3A%5B%22bug%22%2C%22ui%22%5D%2C%22state%22%3A%22open%22%7D
}

func ExampleParam_Header() {
	ids := wire.Param{In: wire.InHeader, Name: "X-Ids"}
	fmt.Println(ids.Header([]any{int64(3), int64(4)}))
	fmt.Println(ids.Header("a\r\nX-Admin: 1"))
	fmt.Println(ids.Undefined([]any{}))
	// Output:
	// 3,4 <nil>
	//  wire: a value in a header can't hold a control character such as a line break
	// true
}

func ExampleParam_Cookie() {
	greeting := wire.Param{In: wire.InCookie, Name: "greeting"}
	fmt.Println(greeting.Cookie("Hello, world!"))
	// Output:
	// [{greeting Hello%2C%20world!}] <nil>
}

func ExampleAppendForm() {
	members := map[string]any{
		"name":  "Ada Lovelace",
		"items": []any{map[string]any{"price": "p_1"}, map[string]any{"price": "p_2"}},
		"tags":  []any{"a", "b"},
	}
	for _, o := range []wire.FormOptions{{}, {Objects: "dots", Arrays: "indices"}} {
		body, err := wire.AppendForm(nil, members, o)
		fmt.Println(string(body), err)
	}
	// Output:
	// items%5B0%5D%5Bprice%5D=p_1&items%5B1%5D%5Bprice%5D=p_2&name=Ada+Lovelace&tags%5B%5D=a&tags%5B%5D=b <nil>
	// items%5B0%5D.price=p_1&items%5B1%5D.price=p_2&name=Ada+Lovelace&tags%5B0%5D=a&tags%5B1%5D=b <nil>
}

func ExampleText() {
	for _, v := range []any{"x", true, int64(-7), 0.1, 1e6, 1e-9, 1e300} {
		text, err := wire.Text(v)
		fmt.Println(text, err)
	}
	// Output:
	// x <nil>
	// true <nil>
	// -7 <nil>
	// 0.1 <nil>
	// 1000000 <nil>
	// 0.000000001 <nil>
	// 1e+300 <nil>
}
