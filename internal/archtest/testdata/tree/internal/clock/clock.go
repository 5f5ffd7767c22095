// Package clock may be imported by all.
package clock

// Clock tells the time.
type Clock struct{}
