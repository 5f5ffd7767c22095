package openapi

import "cmp"

// Options bounds what loading a document may cost. Zero means the default; there is no "unlimited".
type Options struct {
	// MaxBytes bounds the text of all documents together; 64 MiB.
	MaxBytes int
	// MaxYAML bounds the text of each document in YAML, which costs far more than JSON; 16 MiB.
	MaxYAML int
	// MaxDepth bounds the nesting of objects and arrays; 256.
	MaxDepth int
	// MaxValues bounds the values and keys, and what YAML's aliases make of them; 8,000,000.
	MaxValues int
	// MaxOperations bounds the operations; 50,000.
	MaxOperations int
	// MaxDocuments bounds the documents that are referred to; 200.
	MaxDocuments int
}

func (o Options) withDefaults() Options {
	or := func(v, fallback int) int { return cmp.Or(max(v, 0), fallback) }
	return Options{
		MaxBytes: or(o.MaxBytes, 64<<20), MaxYAML: or(o.MaxYAML, 16<<20), MaxDepth: or(o.MaxDepth, 256),
		MaxValues: or(o.MaxValues, 8_000_000), MaxOperations: or(o.MaxOperations, 50_000), MaxDocuments: or(o.MaxDocuments, 200),
	}
}
