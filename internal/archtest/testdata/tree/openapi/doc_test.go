// Package openapi is described in a test only.
package openapi

var Mutable int
