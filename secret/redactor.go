package secret

import (
	"net/url"
	"slices"
	"sync"
)

// MinRedacted is the length in bytes of the shortest value that a [Redactor] looks for. A shorter one would stand in
// innocent text too often; it must be kept out by place, that is by not printing the header, parameter or field that
// holds it.
const MinRedacted = 8

// Redactor removes known secret values from text, wherever they stand. Each of at least [MinRedacted] bytes is found
//
//   - in clear;
//   - percent-encoded (RFC 3986) and form-encoded, whichever bytes are escaped;
//   - escaped as in JSON (RFC 8259), Go's %q, HTML and XML, by name or number;
//   - in base64 (RFC 4648, both alphabets), also in the midst of a longer text that was encoded as a whole;
//   - in hex, upper or lower case;
//   - in up to three layers of escapes around any of these (JSON in a JSON string, base64 in a URL in JSON);
//   - cut off by the end of the text, if 8 bytes or more of one of these spellings are left.
//
// What is found, and what overlaps it, becomes one [Redacted]; no part of the value stays. It does not find a value that
// was changed, compressed, encrypted, broken into lines, or spelled in a way not named here.
//
// The time it takes grows with the text, and with the kinds of escapes in it. Only a value that repeats itself (a thousand
// times the same byte), in a text that does so too, costs the product of their lengths.
//
// A Redactor is immutable and safe for concurrent use. Making one is cheap: the tables are built when the first text comes.
// A nil *Redactor knows nothing, and gives text back as it is.
type Redactor struct {
	values []phrase
	// tables is nil without values. It is a function because fmt can't look into one; it does follow pointers to
	// structs, even below the top level, where the verb is one it does not know.
	tables func() *matcher
}

// phrase is a value to look for.
type phrase struct {
	value String
	// whole: never take the beginning of it, cut off, for the secret. A user name before its password is none.
	whole bool
}

// NewRedactor knows the values given. Unset and short ones are passed over.
func NewRedactor(values ...String) *Redactor { return (*Redactor)(nil).With(values...) }

// With gives a Redactor that knows the values too. r stays as it is; it may be nil.
func (r *Redactor) With(values ...String) *Redactor {
	phrases := make([]phrase, len(values))
	for i, v := range values {
		phrases[i] = phrase{value: v}
	}
	return r.with(phrases)
}

// Pair gives a Redactor that knows the password too, and user:password as HTTP Basic sends it (RFC 7617), also with both
// parts form-encoded first, as OAuth clients do (RFC 6749 §2.3.1). The user name alone is left in the text: where it is a
// secret, as an API key given as the user is, pass it to [Redactor.With]. An unset part counts as empty.
func (r *Redactor) Pair(user, password String) *Redactor {
	u, p := user.Reveal(), password.Reveal()
	return r.with([]phrase{
		{value: password},
		{value: New(u + ":" + p), whole: true},
		{value: New(url.QueryEscape(u) + ":" + url.QueryEscape(p)), whole: true},
	})
}

func (r *Redactor) with(more []phrase) *Redactor {
	out := &Redactor{}
	if r != nil {
		out.values = slices.Clip(r.values)
	}
	for _, p := range more {
		if len(p.value.Reveal()) >= MinRedacted {
			out.values = append(out.values, p)
		}
	}
	if values := out.values; len(values) > 0 {
		out.tables = sync.OnceValue(func() *matcher { return newMatcher(values) })
	}
	return out
}

// String gives s without the values.
func (r *Redactor) String(s string) string {
	if spans := r.spans(s); len(spans) > 0 {
		return string(blank(s, spans))
	}
	return s
}

// Bytes gives b without the values: b itself if it holds none, else a new slice. b is not changed.
func (r *Redactor) Bytes(b []byte) []byte {
	if r == nil || r.tables == nil {
		return b
	}
	s := string(b)
	if spans := r.spans(s); len(spans) > 0 {
		return blank(s, spans)
	}
	return b
}

// blank puts one marker in the place of each span.
func blank(s string, spans []span) []byte {
	out := make([]byte, 0, len(s)+len(spans)*len(Redacted))
	done := 0
	for _, sp := range spans {
		out = append(out, s[done:sp.from]...)
		out = append(out, Redacted...)
		done = sp.to
	}
	return append(out, s[done:]...)
}

// span is a stretch of text, in bytes, to excluded.
type span struct{ from, to int }

// spans gives what to remove from s, in order, without overlaps.
func (r *Redactor) spans(s string) []span {
	if r == nil || r.tables == nil || len(s) < MinRedacted {
		return nil
	}
	m := r.tables()
	var found []span
	for v := range views(s) {
		m.find(v.text, func(hit span) { found = append(found, v.origin(hit)) })
	}
	return union(found)
}

// union merges what overlaps or touches: had one value been replaced before the other was looked for, the rest of the
// other would have stayed.
func union(spans []span) []span {
	if len(spans) < 2 {
		return spans
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	out := spans[:1]
	for _, sp := range spans[1:] {
		if last := &out[len(out)-1]; sp.from <= last.to {
			last.to = max(last.to, sp.to)
		} else {
			out = append(out, sp)
		}
	}
	return out
}
