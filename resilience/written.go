package resilience

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/waygate-go/waygate/internal/nearest"
	"github.com/waygate-go/waygate/internal/written"
)

// Decoder makes a policy from its written form, the whole JSON object with the member "kind". It refuses members that
// it does not know. kinds is the map that it was found in, for policies that hold others.
type Decoder func(raw []byte, kinds KindMap) (Policy, error)

// KindMap holds a [Decoder] for each kind.
type KindMap map[string]Decoder

// Kinds returns a new map of the policies of this package: "exponential", "linear", "never", "schedule" and "until". The
// caller may add to it.
func Kinds() KindMap {
	return KindMap{
		"exponential": decodeExponential, "linear": decodeLinear, "never": decodeNever,
		"schedule": decodeSchedule, "until": decodeUntil,
	}
}

// Decode makes a policy from its written form and validates it. nil kinds means [Kinds]. It fails with an [*Error] for
// text that is not a JSON object, a kind that is missing or unknown, a member that is unknown, given twice or of the
// wrong type, and a value that Validate refuses. Names are compared exactly.
func Decode(raw []byte, kinds KindMap) (Policy, error) {
	if kinds == nil {
		kinds = Kinds()
	}
	if kind, text := written.KindAsText(raw, kinds, "exponential"); text {
		return nil, wrong("", "is a text, but wants an object with its kind: write {\"kind\":%s}", written.Quote(kind))
	}
	kind, err := written.Kind(raw)
	if err != nil {
		return nil, explain(err)
	}
	if kind == "" {
		return nil, wrong("kind", "is missing, use one of %s", written.Known(kinds))
	}
	decode := kinds[kind]
	if decode == nil {
		return nil, wrong("kind", "%q is unknown, use one of %s%s", kind[:min(len(kind), 40)], written.Known(kinds), nearest.DidYouMean(kind, maps.Keys(kinds)))
	}
	p, err := decode(raw, kinds)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, wrong("kind", "its decoder gave no policy")
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return p, nil
}

func decodeNever(raw []byte, _ KindMap) (Policy, error) {
	var w struct {
		Kind string `json:"kind"`
	}
	if err := decodeStrict(raw, &w); err != nil {
		return nil, err
	}
	return Never{}, nil
}

// text is a duration that is written as Go writes it, "1m30s".
type text time.Duration

// MarshalText writes the duration.
func (t text) MarshalText() ([]byte, error) { return []byte(time.Duration(t).String()), nil }

// UnmarshalText reads a duration with its unit.
func (t *text) UnmarshalText(raw []byte) error {
	d, err := time.ParseDuration(string(raw))
	if err != nil {
		return errDuration
	}
	*t = text(d)
	return nil
}

// errDuration stands in for the error of the time package, which repeats the text.
var errDuration = errors.New(`must be a duration with its unit, such as "30s"`)

func encode(v any) ([]byte, error) { return json.Marshal(v) }

// decodeStrict reads one JSON object whose members are all known and there once.
func decodeStrict(raw []byte, into any) error {
	if err := written.Strict(raw, into); err != nil {
		return explain(err)
	}
	return nil
}

// explain puts a decoder's error in our words: it names the place, and leaves out what stood there.
func explain(err error) *Error {
	if s, ok := errors.AsType[*json.SemanticError](err); ok {
		return &Error{Field: dotted(s.JSONPointer), Reason: semantic(s), Err: causeOf(s)}
	}
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		reason := "is not valid JSON"
		if errors.Is(err, jsontext.ErrDuplicateName) {
			reason = "is given twice, remove one"
		}
		return &Error{Field: dotted(s.JSONPointer), Reason: reason}
	}
	return &Error{Reason: "is not valid JSON"}
}

func semantic(s *json.SemanticError) string {
	switch {
	case errors.Is(s, json.ErrUnknownName):
		return "is not a member of this object, remove it" + written.Near(s)
	case errors.Is(s, errDuration):
		return errDuration.Error()
	case s.JSONPointer == "":
		return "must be a JSON object"
	case s.GoType == reflect.TypeFor[time.Time]():
		return `must be a point in time, as "2026-01-02T15:04:05Z"`
	}
	return "has a value of the wrong type"
}

// causeOf keeps the causes that hold nothing of the text.
func causeOf(s *json.SemanticError) error {
	for _, cause := range []error{json.ErrUnknownName, errDuration} {
		if errors.Is(s, cause) {
			return cause
		}
	}
	return nil
}

// dotted writes a JSON pointer (RFC 6901) as a path with dots.
func dotted(p jsontext.Pointer) string {
	return strings.Join(slices.Collect(p.Tokens()), ".")
}
