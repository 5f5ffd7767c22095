// Package secret is a leaf.
package secret

import _ "small.example/auth"
