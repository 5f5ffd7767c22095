package auth

import (
	"errors"
	"time"
)

// Duration is a time.Duration that is written as text ("1m30s").
type Duration time.Duration

// MarshalText writes d as time.Duration's String does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return errDuration
	}
	*d = Duration(v)
	return nil
}

// errDuration doesn't repeat the text, as the error of the time package does.
var errDuration = errors.New("not a duration: write it like 30s or 1m30s")
