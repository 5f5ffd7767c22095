// Package auth is a leaf.
package auth
