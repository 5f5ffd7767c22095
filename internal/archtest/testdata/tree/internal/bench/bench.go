// Package bench is unreleased: it may import what it likes.
package bench

import _ "gate.example/store/memory"

var Count int

func init() { Count++ }
