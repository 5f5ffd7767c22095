package jsontree_test

import (
	"fmt"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/secret"
)

func Example() {
	tree, stats, err := jsontree.Parse([]byte(`{"id": 7, "id": 8, "Amount": 1, "amount": 2.50}`), jsontree.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var invoice struct {
		ID     int     `json:"id"`
		Amount float64 `json:"amount"`
	}
	fmt.Println(stats.Duplicate, jsontree.Decode(tree, &invoice), invoice)
	fmt.Println(string(jsontree.Append(nil, tree)))
	// Output:
	// /id <nil> {8 2.5}
	// {"Amount":1,"amount":2.5,"id":8}
}

func ExampleScan() {
	_, err := jsontree.Scan([]byte("{\n  \"a\": 01\n}"), jsontree.Limits{})
	fmt.Println(err)
	_, err = jsontree.Scan([]byte("[[[]]]"), jsontree.Limits{Depth: 2})
	fmt.Println(err)
	// Output:
	// json: line 2, column 9: a number can't start with 0 and another digit
	// json: more than 2 levels of nesting; send less or raise the limit
}

func ExampleDecode() {
	tree, _, err := jsontree.Parse([]byte(`{"items": [{"n": 1}, {"n": "two"}]}`), jsontree.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var dst struct {
		Items []struct {
			N int8 `json:"n"`
		} `json:"items"`
	}
	fmt.Println(jsontree.Decode(tree, &dst))
	// Output:
	// json: at /items/1/n: string does not fit Go type int8 of struct.Items[1].N
}

func ExampleFromValue() {
	type login struct {
		User     string        `json:"user"`
		Password secret.String `json:"password"`
	}
	tree, secrets, err := jsontree.FromValue(login{"ada", secret.New("pw")}, jsontree.Limits{})
	fmt.Println(string(jsontree.Append(nil, tree)), len(secrets), err)
	_, _, err = jsontree.FromValue(map[string]any{"f": []any{func() {}}}, jsontree.Limits{})
	fmt.Println(err)
	// Output:
	// {"password":"pw","user":"ada"} 1 <nil>
	// json: at /f/0: Go type func(): has no JSON form
}
