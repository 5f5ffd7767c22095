package auth

import (
	"errors"
	"strings"

	"github.com/waygate-go/waygate/secret"
)

// The caps of what a provider says in an error.
const (
	maxErrorCode   = 64
	maxDescription = 200
	maxSaid        = 8 << 10 // what is looked at, at most
)

// knownSecrets is what must not show in what a provider says.
type knownSecrets struct {
	redact *secret.Redactor
	short  []string // those that the redactor doesn't look for
}

// with knows more secrets.
func (k knownSecrets) with(values ...secret.String) knownSecrets {
	k.redact = k.redact.With(values...)
	k.short = append([]string(nil), k.short...)
	for _, v := range values {
		if n := len(v.Reveal()); n > 0 && n < secret.MinRedacted {
			k.short = append(k.short, v.Reveal())
		}
	}
	return k
}

// code gives an error code as RFC 6749 §5.2 allows it: at most 64 of its characters.
func (k knownSecrets) code(said string) string {
	said = k.redacted(said)
	said = strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, said)
	said = said[:min(len(said), maxErrorCode)]
	if !isKnownCode(said) && k.tellsShort(said) {
		return ""
	}
	return said
}

// description gives at most 200 printable ASCII characters; none where a secret too short to be found for certain may
// stand.
func (k knownSecrets) description(said string) string {
	said = k.redacted(said)
	if k.tellsShort(said) {
		return ""
	}
	said = strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return '?'
		}
		return r
	}, said)
	return said[:min(len(said), maxDescription)]
}

// redacted looks at the beginning of a text. Where it cuts, the redactor finds what 8 bytes or more are left of: what
// could be fewer goes.
func (k knownSecrets) redacted(said string) string {
	if len(said) <= maxSaid {
		return k.redact.String(said)
	}
	said = k.redact.String(said[:maxSaid])
	return said[:max(len(said)-secret.MinRedacted, 0)]
}

func (k knownSecrets) tellsShort(said string) bool {
	for _, s := range k.short {
		if strings.Contains(said, s) {
			return true
		}
	}
	return false
}

// cause frees an error of secrets. If its text says one, errors.Is alone still sees through it.
func (k knownSecrets) cause(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	clean := k.redact.String(text)
	if k.tellsShort(clean) {
		clean = secret.Redacted
	}
	if clean != text {
		return &silencedError{text: clean, err: err}
	}
	return err
}

// silencedError stands for an error whose text says a secret.
type silencedError struct {
	text string
	err  error
}

// Error gives the text without the secret.
func (e *silencedError) Error() string { return e.text }

// Is looks at what it stands for.
func (e *silencedError) Is(target error) bool { return errors.Is(e.err, target) }
