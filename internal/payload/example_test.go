package payload_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/waygate-go/waygate/internal/payload"
)

func Example() {
	form, err := payload.NewMultipart([]payload.Part{
		{Name: "title", Body: payload.String("Invoice 7")},
		{Name: "scan", FileName: "7.txt", Type: "text/plain", Body: payload.Reader(strings.NewReader("paid"))},
	}, "b0undary") // in earnest: payload.Boundary(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	src := form.Source()
	fmt.Println(form.ContentType(), src.Size, src.Once)
	body, err := src.Open()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = body.Close() }()
	text, err := io.ReadAll(body)
	fmt.Println(strings.ReplaceAll(string(text), "\r", ""), err)
	// Output:
	// multipart/form-data; boundary=b0undary 194 false
	// --b0undary
	// Content-Disposition: form-data; name="title"
	//
	// Invoice 7
	// --b0undary
	// Content-Disposition: form-data; name="scan"; filename="7.txt"
	// Content-Type: text/plain
	//
	// paid
	// --b0undary--
	//  <nil>
}

func ExampleReader() {
	again := payload.Reader(strings.NewReader("a file"))
	fmt.Println(again.Size, again.Once)

	pipe := payload.Reader(io.MultiReader(strings.NewReader("from elsewhere")))
	fmt.Println(pipe.Size, pipe.Once)
	_, err := pipe.Open()
	fmt.Println(err)
	_, err = pipe.Open()
	fmt.Println(errors.Is(err, payload.ErrOnce))
	// Output:
	// 6 false
	// -1 true
	// <nil>
	// true
}

func ExampleClassify() {
	for _, contentType := range []string{"application/problem+json; charset=utf-8", "image/svg+xml", "application/x-ndjson", "application/pdf", "json"} {
		fmt.Printf("%q ", payload.Classify(contentType))
	}
	// Output: "json" "xml" "text" "binary" ""
}

func ExampleUTF8() {
	text, err := payload.UTF8("text/plain; charset=ISO-8859-1", []byte("gr\xfcn"))
	fmt.Println(string(text), err)
	_, err = payload.UTF8("text/plain; charset=gb18030", []byte("x"))
	fmt.Println(err)
	// Output:
	// grün <nil>
	// payload: charset "gb18030" is not known; read the body as bytes
}

func ExampleDecoded() {
	header := http.Header{"Content-Encoding": {"gzip"}}
	body, err := payload.Decoded(header, io.NopCloser(strings.NewReader(gz("clear text\n"))))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = io.Copy(os.Stdout, body)
	fmt.Println(err)

	_, err = payload.Decoded(http.Header{"Content-Encoding": {"br"}}, http.NoBody)
	fmt.Println(err)
	// Output:
	// clear text
	// <nil>
	// payload: content encoding "br" can't be undone; gzip, deflate and identity can, one at a time
}
