package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	kaptinlin "github.com/kaptinlin/jsonschema"
	"github.com/ohler55/ojg/jp"
	"github.com/ohler55/ojg/oj"
	santhosh "github.com/santhosh-tekuri/jsonschema/v6"
)

// chain does by hand, with the same libraries, what a call does on its whole way: validate, send, parse, validate again,
// and look eight members up.
type chain struct {
	send     sender
	url      string
	validate func(tree any) error
	paths    [8]jp.Expr
}

// newChain has the schema compiled and the paths parsed, as whoever writes this by hand would.
func newChain(url string, compile func([]byte) (func(any) error, error)) (*chain, error) {
	validate, err := compile(testdata("order.schema.json"))
	if err != nil {
		return nil, err
	}
	c := &chain{send: sendBy(&http.Client{Transport: transport(), Timeout: perAttempt}), url: url + "/accounts/a1/", validate: validate}
	for i, m := range mapped() {
		if c.paths[i], err = jp.ParseString(m[0]); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *chain) order(ctx context.Context, path string, input any) (summary, error) {
	if err := c.validate(input); err != nil {
		return summary{}, err
	}
	body, err := json.Marshal(input)
	if err != nil {
		return summary{}, err
	}
	data, _, err := c.send.read(ctx, http.MethodPost, c.url+path, tokenOf(0), body)
	if err != nil {
		return summary{}, err
	}
	tree, err := oj.Parse(data)
	if err != nil {
		return summary{}, err
	}
	if err := c.validate(tree); err != nil {
		return summary{}, err
	}
	return c.summary(tree)
}

func (c *chain) summary(tree any) (s summary, err error) {
	texts := [8]*string{&s.Number, &s.Buyer, &s.Email, &s.Company, &s.City, nil, &s.Card, nil}
	numbers := [8]*float64{5: &s.Weight, 7: &s.Gross}
	for i, path := range c.paths {
		found := path.Get(tree)
		if len(found) != 1 {
			return s, fmt.Errorf("%s is there %d times", path, len(found))
		}
		ok := false
		if texts[i] != nil {
			*texts[i], ok = found[0].(string)
		} else {
			*numbers[i], ok = found[0].(float64)
		}
		if !ok {
			return s, fmt.Errorf("%s is a %T", path, found[0])
		}
	}
	return s, nil
}

var errInvalid = errors.New("not valid")

// compileKaptinlin and compileSanthosh are the two engines without anything of ours around them.
func compileKaptinlin(schema []byte) (func(any) error, error) {
	s, err := kaptinlin.NewCompiler().Compile(schema)
	if err != nil {
		return nil, err
	}
	return func(tree any) error {
		if !s.Validate(tree).IsValid() {
			return errInvalid
		}
		return nil
	}, nil
}

func compileSanthosh(schema []byte) (func(any) error, error) {
	doc, err := santhosh.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, err
	}
	c := santhosh.NewCompiler()
	if err := c.AddResource("schema://order/", doc); err != nil {
		return nil, err
	}
	s, err := c.Compile("schema://order/")
	if err != nil {
		return nil, err
	}
	return s.Validate, nil
}
