// Package providers is a catalogue of real providers: one YAML file each, to copy from.
//
// A file says what its provider's documentation demands: where the API is, how a customer is connected, how requests are
// signed, what is refreshed, which headers a version needs, and an action or two. It names the pages that say so. There
// is no Go for any one provider.
//
// Take a file into your own catalogue, or register one from here:
//
//	list, err := catalogue.Parse(gw, providers.Files())
//	for _, in := range list {
//		if in.ID == "stripe" {
//			err = gw.Register(ctx, in)
//		}
//	}
//
// Beside them, in the directory wire, stands for each provider what has to be on the wire, as its documentation has it:
// raw requests, written by hand. The tests connect each provider through a gateway to a server that records, call it, have
// its token renewed, and compare bytes.
//
// What is to be registered with a provider, and what a tenant has to give, says README.md. See also package
// [github.com/waygate-go/waygate/catalogue], which reads the files, and [github.com/waygate-go/waygate/auth], whose types
// they write.
package providers

import (
	"embed"
	"io/fs"
)

//go:embed *.yaml
var files embed.FS

// Files gives the catalogue: a file NAME.yaml for each provider, whose id is NAME.
func Files() fs.FS { return files }
