package resilience_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/resilience"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]resilience.Policy{
		`{"kind":"never"}`:       resilience.Never{},
		`{"kind":"exponential"}`: resilience.Exponential{},
		`{"kind":"exponential","max_attempts":5,"base":"250ms","max":"1m30s","factor":1.5,"no_jitter":true}`: resilience.Exponential{
			MaxAttempts: 5, Base: 250 * time.Millisecond, Max: 90 * time.Second, Factor: 1.5, NoJitter: true,
		},
	} {
		got, err := resilience.Decode([]byte(written), nil)
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", written, diff)
		}
		again, err := json.Marshal(got)
		if err != nil || string(again) != written {
			t.Errorf("written again: %s, %v, want %s", again, err, written)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ written, field, reason string }{
		{``, "", "not valid JSON"},
		{`{`, "", "not valid JSON"},
		{`null`, "kind", "missing, use one of exponential, linear, never, schedule, until"},
		{`[]`, "", "must be a JSON object"},
		{`{}`, "kind", "missing"},
		{`{"Kind":"never"}`, "kind", "missing"},
		{`{"kind":3}`, "kind", "wrong type"},
		{`{"kind":"magic"}`, "kind", `"magic" is unknown, use one of exponential, linear, never, schedule, until`},
		{`{"kind":"never","base":"1s"}`, "base", "not a member"},
		{`{"kind":"exponential","Base":"1s"}`, "Base", "not a member"},
		{`{"kind":"exponential","base":"1s","base":"2s"}`, "base", "given twice"},
		{`{"kind":"exponential","base":1}`, "base", "wrong type"},
		{`{"kind":"exponential","base":"s3cret"}`, "base", "duration with its unit"},
		{`{"kind":"exponential","base":"2h"}`, "base", "at most"},
		{`{"kind":"exponential","max_attempts":11}`, "max_attempts", "must be 1 to 10"},
		{`{"kind":"exponential","max_attempts":1.5}`, "max_attempts", "wrong type"},
		{`{"kind":"never"}{}`, "", "not valid JSON"},
	} {
		p, err := resilience.Decode([]byte(tc.written), nil)
		var e *resilience.Error
		if p != nil || !errors.As(err, &e) || e.Field != tc.field || !strings.Contains(e.Reason, tc.reason) {
			t.Errorf("%s: %v, %v, want field %q, reason %q", tc.written, p, err, tc.field, tc.reason)
		}
		if strings.Contains(errText(err), "s3cret") {
			t.Errorf("%s: the error repeats the text: %v", tc.written, err)
		}
	}
}

func errText(err error) string {
	text := ""
	for ; err != nil; err = errors.Unwrap(err) {
		text += err.Error() + "\n"
	}
	return text
}

func TestDecodeKindsOfTheHost(t *testing.T) {
	t.Parallel()
	kinds := resilience.Kinds()
	kinds["slow"] = func(raw []byte, _ resilience.KindMap) (resilience.Policy, error) { return slow{time.Minute}, nil }
	kinds["nothing"] = func([]byte, resilience.KindMap) (resilience.Policy, error) { return nil, nil }
	kinds["invalid"] = func([]byte, resilience.KindMap) (resilience.Policy, error) {
		return resilience.Exponential{MaxAttempts: -1}, nil
	}
	kinds["absent"] = nil
	if p, err := resilience.Decode([]byte(`{"kind":"slow","any":1}`), kinds); err != nil || p != (slow{time.Minute}) {
		t.Errorf("%v, %v", p, err)
	}
	for kind, field := range map[string]string{"nothing": "kind", "absent": "kind", "invalid": "max_attempts"} {
		_, err := resilience.Decode([]byte(`{"kind":"`+kind+`"}`), kinds)
		checkField(t, err, field)
	}
	if _, ok := resilience.Kinds()["slow"]; ok {
		t.Error("adding a kind changed what Kinds returns")
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"kind":"never"}`, `{"kind":"exponential","base":"1s","factor":3}`, `{"kind":"exponential","max":"1h","max_attempts":10}`,
		`null`, `{"kind":{}}`, `{"kind":"exponential","factor":1e999}`, `[[[[`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := resilience.Decode(raw, nil)
		if err != nil {
			var e *resilience.Error
			if p != nil || !errors.As(err, &e) {
				t.Fatalf("%v beside an error of type %T", p, err)
			}
			return
		}
		first, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := resilience.Decode(first, nil)
		if err != nil {
			t.Fatalf("%s can't be read back: %v", first, err)
		}
		second, err := json.Marshal(again)
		if err != nil || string(first) != string(second) {
			t.Fatalf("%s became %s, %v", first, second, err)
		}
	})
}

func TestSettingsWritten(t *testing.T) {
	t.Parallel()
	for _, written := range []string{
		`{}`,
		`{"failures":3,"rate":0.25,"window":"10s","min_requests":20,"open":"1m30s","probes":2,"disabled":true}`,
	} {
		var s resilience.BreakerSettings
		if err := json.Unmarshal([]byte(written), &s); err != nil {
			t.Fatal(err)
		}
		if again, err := json.Marshal(s); err != nil || string(again) != written {
			t.Errorf("%s became %s, %v", written, again, err)
		}
	}
	for _, written := range []string{`{"rate":5}`, `{"rate":5000,"per":"1h0m0s","burst":10}`} {
		var l resilience.Limit
		if err := json.Unmarshal([]byte(written), &l); err != nil {
			t.Fatal(err)
		}
		if again, err := json.Marshal(l); err != nil || string(again) != written {
			t.Errorf("%s became %s, %v", written, again, err)
		}
	}
	var s resilience.BreakerSettings
	checkField(t, s.UnmarshalJSON([]byte(`{"Open":"1s"}`)), "Open")
	checkField(t, s.UnmarshalJSON([]byte(`{"open":1}`)), "open")
	var l resilience.Limit
	checkField(t, l.UnmarshalJSON([]byte(`{"rate":1,"every":"1s"}`)), "every")
}

func TestSettingsValidate(t *testing.T) {
	t.Parallel()
	type settings = resilience.BreakerSettings
	for field, all := range map[string][]settings{
		"":             {{}, {Failures: 1, Rate: 1, Window: time.Second, MinRequests: 1, Open: time.Hour, Probes: 3, Disabled: true}},
		"failures":     {{Failures: -1}, {Failures: math.MaxInt}},
		"rate":         {{Rate: -0.1}, {Rate: 1.1}, {Rate: math.NaN()}},
		"window":       {{Window: -1}, {Window: time.Millisecond}, {Window: 2 * time.Hour}},
		"min_requests": {{MinRequests: -1}, {MinRequests: math.MaxInt}},
		"open":         {{Open: -1}, {Open: 2 * time.Hour}},
		"probes":       {{Probes: -1}, {Probes: 4}},
	} {
		for _, s := range all {
			checkField(t, s.Validate(), field)
		}
	}
	type limit = resilience.Limit
	for field, all := range map[string][]limit{
		"":      {{Rate: 1}, {Rate: 0.001, Per: 31 * 24 * time.Hour, Burst: 1}, {Rate: 1e9}},
		"rate":  {{}, {Rate: -1}, {Rate: math.NaN()}, {Rate: math.Inf(1)}, {Rate: 1e10}},
		"per":   {{Rate: 1, Per: -1}, {Rate: 1, Per: 32 * 24 * time.Hour}},
		"burst": {{Rate: 1, Burst: -1}, {Rate: 1, Burst: math.MaxInt}},
	} {
		for _, l := range all {
			checkField(t, l.Validate(), field)
		}
	}
}
