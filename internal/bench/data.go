package main

import (
	"embed"
	"encoding/json"
	"fmt"
)

//go:embed testdata/order1k.json testdata/order50k.json testdata/order.schema.json
var files embed.FS

// testdata is an embedded file; the build fails without it.
func testdata(name string) []byte {
	data, err := files.ReadFile("testdata/" + name)
	if err != nil {
		panic(err)
	}
	return data
}

// contact is what the small exchanges carry.
type contact struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	City   string `json:"city"`
	Active bool   `json:"active"`
}

// batch is a POST's body.
type batch struct {
	Contacts []contact `json:"contacts"`
}

// contacts makes a list whose JSON has about size bytes.
func contacts(size int) []contact {
	var list []contact
	for length := 2; length < size; {
		i := len(list)
		c := contact{ID: int64(1000 + i), Name: fmt.Sprint("Contact number ", i), Email: fmt.Sprintf("contact%d@example.com", i),
			City: []string{"Graz", "Oslo", "Cork"}[i%3], Active: i%2 == 0}
		list = append(list, c)
		length += len(mustJSON(c)) + 1
	}
	return list
}

// summary is what the long exchange is for: eight members of an order, from four levels of it.
type summary struct {
	Number  string  `json:"order_number"`
	Buyer   string  `json:"buyer"`
	Email   string  `json:"buyer_email"`
	Company string  `json:"buyer_company"`
	City    string  `json:"city"`
	Weight  float64 `json:"weight"`
	Card    string  `json:"card"`
	Gross   float64 `json:"gross"`
}

// mapped says where the members of a [summary] stand in an order, in the order of its fields.
func mapped() [8][2]string {
	return [8][2]string{
		{"number", "order_number"}, {"customer.name", "buyer"}, {"customer.email", "buyer_email"},
		{"customer.company.name", "buyer_company"}, {"shipping.address.city", "city"},
		{"shipping.parcel.weight", "weight"}, {"payment.card.last4", "card"}, {"totals.gross", "gross"},
	}
}

// mustJSON writes a value of this program's own.
func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}
