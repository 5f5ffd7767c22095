// Command openapi loads three real API documents with libopenapi, with kin-openapi, and imports them whole with Waygate, and
// compares time and memory:
//
//	GOWORK=off go -C internal/bench run ./openapi
//
// The documents are those of GitHub, Stripe and Microsoft Graph, which tools/scripts/documents.sh obtains. Each measurement
// is a process of its own, so that its peak of memory is its own; the three take turns, in an order drawn anew for each
// round. What libopenapi builds resolves schemas only when they are asked for, so its time is without them; kin-openapi's has
// them. Waygate's is Load and Import of all operations: actions with their schemas, ready to be registered.
//
// It prints a line "ratio NAME VALUE LOW HIGH" for each figure, and fails if Waygate isn't below both libraries in all of them.
package main
