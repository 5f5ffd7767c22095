// Package front is what all schema engines have in common: the check of a
// schema ([Compile]), compiled copies that take turns ([Schema]), the check of a
// tree before an engine sees it, the bound on the work ([Meter]), and the words
// of violations.
//
// An engine brings a [Runner]: one compiled copy of a schema in its plain form
// (package canon), for one goroutine at a time.
package front
