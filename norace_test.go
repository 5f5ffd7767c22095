//go:build !race

package waygate_test

const raceEnabled = false
