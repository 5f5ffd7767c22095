module github.com/waygate-go/waygate/validation/santhosh

go 1.26.5

require (
	github.com/google/go-cmp v0.7.0
	github.com/kaptinlin/jsonschema v0.9.8
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3
	github.com/waygate-go/waygate v0.0.0
)

require (
	github.com/go-json-experiment/json v0.0.0-20260623181947-01eb4420fa68 // indirect
	github.com/goccy/go-yaml v1.19.2 // indirect
	github.com/kaptinlin/jsonpointer v0.4.28 // indirect
	github.com/ohler55/ojg v1.28.5 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace github.com/waygate-go/waygate => ../..
