// Package helpers lies in a bad directory.
package helpers
