package resilience_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/resilience"
)

const year = 365 * 24 * time.Hour

// forms has text of each form with what it means at noon.
func forms() map[resilience.WaitForm]map[string]time.Duration {
	const unreadable = -1
	epoch := noon.Unix()
	return map[resilience.WaitForm]map[string]time.Duration{
		resilience.FormSeconds: {
			"30": 30 * time.Second, "0": 0, "2.5": 2500 * time.Millisecond, "2.0": 2 * time.Second, ".25": 250 * time.Millisecond,
			" 7 ": 7 * time.Second, "0.0000000019": 1, "99999999999999999999": year, fmt.Sprint(epoch): year,
			"-1": unreadable, "+1": unreadable, "1e3": unreadable, "": unreadable, ".": unreadable, "1m": unreadable, "1 2": unreadable,
			"Mon, 04 May 2026 12:00:30 GMT": unreadable, strings.Repeat("1", 65): unreadable,
		},
		resilience.FormMilliseconds: {
			"1500": 1500 * time.Millisecond, "0.5": 500 * time.Microsecond, "10000": 10 * time.Second, "99999999999999999999": year, "-5": unreadable,
		},
		resilience.FormEpoch: {
			fmt.Sprint(epoch + 30): 30 * time.Second, fmt.Sprint(epoch): 0, fmt.Sprint(epoch - 30): 0, "0": 0,
			fmt.Sprintf("%d.125", epoch+30):                    30*time.Second + 125*time.Millisecond,
			fmt.Sprint(noon.Add(30 * time.Second).UnixMilli()): year, // declared in the wrong unit
			"253402300799": year, "253402300800": year, "99999999999999999999": year, "-1": unreadable, "soon": unreadable,
		},
		resilience.FormEpochMillis: {
			fmt.Sprint(noon.UnixMilli() + 1500): 1500 * time.Millisecond, fmt.Sprint(noon.UnixMilli() - 1): 0, fmt.Sprint(epoch + 30): 0,
			fmt.Sprintf("%d.5", noon.UnixMilli()): 500 * time.Microsecond, "99999999999999999999": year, "x": unreadable,
		},
		resilience.FormHTTPDate: {
			"Mon, 04 May 2026 12:00:30 GMT": 30 * time.Second, "Monday, 04-May-26 12:00:30 GMT": 30 * time.Second,
			"Mon May  4 12:00:30 2026": 30 * time.Second, "Mon, 04 May 2026 11:59:59 GMT": 0, "Fri, 31 Dec 9999 23:59:59 GMT": year,
			"30": unreadable, "2026-05-04T12:00:30Z": unreadable,
		},
		resilience.FormISO: {
			"2026-05-04T12:00:30Z": 30 * time.Second, "2026-05-04T12:00:30.5Z": 30500 * time.Millisecond, "2026-05-04T14:00:30+02:00": 30 * time.Second,
			"2026-05-04T14:00:30+0200": 30 * time.Second, "2026-05-04T12:00:30": 30 * time.Second, "2026-05-04 12:00:30": 30 * time.Second,
			"2026-05-04 12:00:30Z": 30 * time.Second, "2026-05-04T11:59:59Z": 0, "1999-01-01T00:00:00Z": 0, "9999-12-31T23:59:59Z": year,
			"2026-05-04": unreadable, "2026-13-04T12:00:30Z": unreadable, "30": unreadable,
		},
		resilience.FormDuration: {
			"1m30s": 90 * time.Second, "6m0s": 6 * time.Minute, "2h": 2 * time.Hour, "20ms": 20 * time.Millisecond, "1.5s": 1500 * time.Millisecond,
			"0": 0, "100000h": year, "-2s": unreadable, "30": unreadable, "1d": unreadable, "2 h": unreadable,
		},
		resilience.FormRetryAfter: {
			"30": 30 * time.Second, "2.5": 2500 * time.Millisecond, "Mon, 04 May 2026 12:00:30 GMT": 30 * time.Second,
			"Mon, 04 May 2026 11:59:59 GMT": 0, "2026-05-04T12:00:30Z": unreadable, "1m30s": unreadable,
		},
	}
}

// Every form is read from a header, from a member of the body, and out of a text by a pattern.
func TestWaitForms(t *testing.T) {
	t.Parallel()
	for form, texts := range forms() {
		for text, want := range texts {
			body, err := json.Marshal(map[string]any{"error": map[string]any{"wait": text, "why": "wait <" + text + "> please"}})
			if err != nil {
				t.Fatal(err)
			}
			for place, w := range map[string]resilience.Wait{
				"header":         {Header: "x-wait", Form: form},
				"path":           {Path: "error.wait", Form: form},
				"pattern":        {Pattern: `"why":"wait \\u003c(.*?)\\u003e`, Form: form},
				"header pattern": {Header: "X-Why", Pattern: "wait <(.*)>", Form: form},
				"path pattern":   {Path: "error.why", Pattern: "wait <(.*)>", Form: form},
			} {
				if err := w.Validate(); err != nil {
					t.Fatal(err)
				}
				h := http.Header{"X-Wait": {text}, "X-Why": {"wait <" + text + "> please"}}
				got := reader(t, []resilience.Wait{w}, nil, nil).Read(429, h, body, noon)
				wanted := resilience.Reading{Wait: max(want, 0), Stated: want >= 0}
				if diff := cmp.Diff(wanted, got); diff != "" {
					t.Errorf("%s, %s %q (-want +got):\n%s", form, place, text, diff)
				}
			}
		}
	}
}

func reader(t testing.TB, waits []resilience.Wait, remaining []resilience.Remaining, answers []resilience.Answer) *resilience.Reader {
	t.Helper()
	r, err := resilience.NewReader(waits, remaining, answers)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWaitsTogether(t *testing.T) {
	t.Parallel()
	seconds := resilience.FormSeconds
	for name, tc := range map[string]struct {
		waits  []resilience.Wait
		status int
		header []string
		body   string
		want   time.Duration // -1 = not stated
	}{
		"nothing declared":                 {nil, 429, []string{"Retry-After", "5", "X-Wait", "9"}, "", 5 * time.Second},
		"longest wins":                     {[]resilience.Wait{{Header: "X-A", Form: seconds}, {Header: "X-B", Form: seconds}}, 429, []string{"X-A", "3", "X-B", "8", "Retry-After", "5"}, "", 8 * time.Second},
		"Retry-After is longest":           {[]resilience.Wait{{Header: "X-A", Form: seconds}}, 429, []string{"X-A", "3", "Retry-After", "5"}, "", 5 * time.Second},
		"one of them unreadable":           {[]resilience.Wait{{Header: "X-A", Form: seconds}}, 429, []string{"X-A", "soon", "Retry-After", "5"}, "", 5 * time.Second},
		"a header twice":                   {[]resilience.Wait{{Header: "X-A", Form: seconds}}, 429, []string{"X-A", "3", "X-A", "4"}, "", 4 * time.Second},
		"Retry-After of another form":      {[]resilience.Wait{{Header: "retry-after", Form: resilience.FormMilliseconds}}, 429, []string{"Retry-After", "5000"}, "", 5 * time.Second},
		"on a 503":                         {[]resilience.Wait{{Header: "X-A", Form: seconds}}, 503, []string{"X-A", "3"}, "", 3 * time.Second},
		"not on a 500":                     {[]resilience.Wait{{Header: "X-A", Form: seconds}}, 500, []string{"X-A", "3"}, "", -1},
		"Retry-After on a 500":             {[]resilience.Wait{{Header: "X-A", Form: seconds}}, 500, []string{"X-A", "3", "Retry-After", "5"}, "", 5 * time.Second},
		"Retry-After's own form on a 500":  {[]resilience.Wait{{Header: "Retry-After", Form: resilience.FormEpoch}}, 500, []string{"Retry-After", "5"}, "", 0},
		"number in the body":               {[]resilience.Wait{{Path: "retry_after", Form: seconds}}, 429, nil, `{"retry_after":64.57}`, 64570 * time.Millisecond},
		"several places":                   {[]resilience.Wait{{Path: "errors[*].wait", Form: seconds}}, 429, nil, `{"errors":[{"wait":3},{"wait":"7"},{"wait":null}]}`, 7 * time.Second},
		"no JSON":                          {[]resilience.Wait{{Path: "wait"}}, 429, nil, `<html>`, -1},
		"an object":                        {[]resilience.Wait{{Path: "wait"}}, 429, nil, `{"wait":{}}`, -1},
		"pattern without match":            {[]resilience.Wait{{Pattern: "in ([0-9]+)s"}}, 429, nil, `later`, -1},
		"an optional group":                {[]resilience.Wait{{Pattern: "later(?: in ([0-9]+)s)?"}}, 429, nil, `later`, -1},
		"pattern beyond 64 KiB":            {[]resilience.Wait{{Pattern: "in ([0-9]+)s"}}, 429, nil, strings.Repeat(" ", 64<<10) + `in 5s`, -1},
		"UTF-16":                           {[]resilience.Wait{{Pattern: "in ([0-9]+)s"}}, 429, []string{"Content-Type", "text/plain; charset=utf-16le"}, "i\x00n\x00 \x005\x00s\x00", 5 * time.Second},
		"UTF-16 that grows, and is parsed": {[]resilience.Wait{{Path: "w", Form: seconds}}, 429, []string{"Content-Type", "application/json; charset=utf-16be"}, "\x00{\x00\"\x00a\x00\"\x00:\x00\"\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x65\xe5\x00\"\x00,\x00\"\x00w\x00\"\x00:\x005\x00}", 5 * time.Second},
	} {
		h := http.Header{}
		for i := 0; i < len(tc.header); i += 2 {
			h.Add(tc.header[i], tc.header[i+1])
		}
		got := reader(t, tc.waits, nil, nil).Read(tc.status, h, []byte(tc.body), noon)
		if want := (resilience.Reading{Wait: max(tc.want, 0), Stated: tc.want >= 0}); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func TestDeclarationsRefused(t *testing.T) {
	t.Parallel()
	many := func(n int, one string) string { return "[" + strings.TrimSuffix(strings.Repeat(one+",", n), ",") + "]" }
	for _, tc := range []struct{ waits, remaining, answers, field, reason string }{
		{waits: `[{}]`, field: "waits[0].header", reason: "is missing"},
		{waits: `[{"header":"a"},{"header":"b","path":"c"}]`, field: "waits[1].path", reason: "two entries"},
		{waits: `[{"header":"a b"}]`, field: "waits[0].header", reason: "no name of a header"},
		{waits: `[{"path":"a["}]`, field: "waits[0].path", reason: "can't be used"},
		{waits: `[{"pattern":"("}]`, field: "waits[0].pattern", reason: "no regular expression"},
		{waits: `[{"pattern":"s3cret"}]`, field: "waits[0].pattern", reason: "no group"},
		{waits: `[{"pattern":"(` + strings.Repeat("a", 1024) + `)"}]`, field: "waits[0].pattern", reason: "at most 1024"},
		{waits: `[{"header":"a","form":"fortnights"}]`, field: "waits[0].form", reason: "no such form: use retry_after, seconds"},
		{waits: many(17, `{"header":"a"}`), field: "waits", reason: "at most 16"},
		{remaining: `[{}]`, field: "remaining[0].header", reason: "is missing"},
		{remaining: `[{"header":"a"}]`, field: "remaining[0].reset", reason: "is missing"},
		{remaining: `[{"header":"a","reset":"b"}]`, field: "remaining[0].form", reason: "say how the reset is written"},
		{remaining: `[{"header":"a","form":"epoch"}]`, field: "remaining[0].reset", reason: "is missing"},
		{remaining: `[{"header":"a","reset":"b","form":"x"}]`, field: "remaining[0].form", reason: "no such form"},
		{remaining: `[{"header":"a ","reset":"b","form":"epoch"}]`, field: "remaining[0].header", reason: "no name"},
		{remaining: `[{"header":"a","reset":"b ","form":"epoch"}]`, field: "remaining[0].reset", reason: "no name"},
		{remaining: `[{"header":"a","wait":"2h"}]`, field: "remaining[0].wait", reason: "at most"},
		{remaining: `[{"header":"a","wait":"1s","per":"tenant"}]`, field: "remaining[0].per", reason: "use connection or action"},
		{remaining: `[{"standard":"github"}]`, field: "remaining[0].standard", reason: "use ietf or x_ratelimit"},
		{remaining: `[{"standard":"x_ratelimit"}]`, field: "remaining[0].form", reason: "others a point in time"},
		{remaining: `[{"standard":"ietf","form":"epoch"}]`, field: "remaining[0].form", reason: "leave it out"},
		{remaining: `[{"standard":"ietf","header":"a"}]`, field: "remaining[0].header", reason: "comes with the standard"},
		{remaining: `[{"standard":"ietf","reset":"a"}]`, field: "remaining[0].reset", reason: "comes with the standard"},
		{remaining: many(17, `{"standard":"ietf"}`), field: "remaining", reason: "at most 16"},
		{answers: `[{"means":"retry"}]`, field: "answers[0].status", reason: "is missing"},
		{answers: `[{"status":[302],"means":"retry"}]`, field: "answers[0].status", reason: "302"},
		{answers: `[{"status":[600],"means":"retry"}]`, field: "answers[0].status", reason: "600"},
		{answers: `[{"status":[403]}]`, field: "answers[0].means", reason: "is missing"},
		{answers: `[{"status":[403],"means":"wait"}]`, field: "answers[0].means", reason: "no such meaning"},
		{answers: `[{"status":[403],"means":"retry","path":"a["}]`, field: "answers[0].path", reason: "can't be used"},
		{answers: `[{"status":[403],"means":"retry","path":"a","header":"b"}]`, field: "answers[0].path", reason: "two entries"},
		{answers: `[{"status":[403],"means":"retry","header":"b:"}]`, field: "answers[0].header", reason: "no name"},
		{answers: `[{"status":[403],"means":"retry","path":"a","equals":"b","contains":"c"}]`, field: "answers[0].contains", reason: "one of the two"},
		{answers: `[{"status":[403],"means":"retry","equals":"b"}]`, field: "answers[0].equals", reason: "needs a header or a path"},
		{answers: `[{"status":[403],"means":"retry","contains":"` + strings.Repeat("a", 1025) + `"}]`, field: "answers[0].contains", reason: "at most 1024"},
		{answers: `[{"status":[403],"means":"retry","wait":"61m"}]`, field: "answers[0].wait", reason: "at most"},
		{answers: many(65, `{"status":[403],"means":"retry"}`), field: "answers", reason: "at most 64"},
	} {
		_, err := declared(t, `{"waits":`+or(tc.waits)+`,"remaining":`+or(tc.remaining)+`,"answers":`+or(tc.answers)+`}`)
		var e *resilience.Error
		if !errors.As(err, &e) || e.Field != tc.field || !strings.Contains(e.Reason, tc.reason) {
			t.Errorf("%s%s%s: %v, want field %s, reason %q", tc.waits, tc.remaining, tc.answers, err, tc.field, tc.reason)
		}
		if strings.Contains(errText(err), "s3cret") {
			t.Errorf("the error repeats the text: %v", err)
		}
	}
}

func or(list string) string {
	if list == "" {
		return "null"
	}
	return list
}

// declared makes a reader of declarations in their written form, which comes back byte for byte.
func declared(t testing.TB, written string) (*resilience.Reader, error) {
	t.Helper()
	var d struct {
		Waits     []resilience.Wait      `json:"waits"`
		Remaining []resilience.Remaining `json:"remaining"`
		Answers   []resilience.Answer    `json:"answers"`
	}
	if err := json.Unmarshal([]byte(written), &d); err != nil {
		t.Fatalf("%s: %v", written, err)
	}
	first, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	d.Waits, d.Remaining, d.Answers = nil, nil, nil
	if err := json.Unmarshal(first, &d); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(d); err != nil || string(again) != string(first) {
		t.Errorf("written again: %s, %v, want %s", again, err, first)
	}
	return resilience.NewReader(d.Waits, d.Remaining, d.Answers)
}

func TestDeclarationsAreStrict(t *testing.T) {
	t.Parallel()
	for _, into := range []json.Unmarshaler{new(resilience.Answer), new(resilience.Remaining)} {
		for _, written := range []string{`{"Wait":"1s"}`, `{"wait":1}`, `{"wait":"soon"}`, `{"wait":"1s","wait":"2s"}`, `[]`} {
			var e *resilience.Error
			if err := into.UnmarshalJSON([]byte(written)); !errors.As(err, &e) {
				t.Errorf("%T: %s: %v, want an *Error", into, written, err)
			}
		}
	}
}

func FuzzWait(f *testing.F) {
	for form, texts := range forms() {
		for text := range texts {
			f.Add(string(form), text)
		}
	}
	f.Fuzz(func(t *testing.T, form, text string) {
		w := resilience.Wait{Header: "X-Wait", Form: resilience.WaitForm(form)}
		r, err := resilience.NewReader([]resilience.Wait{w}, nil, nil)
		if err != nil {
			return
		}
		got := r.Read(429, http.Header{"X-Wait": {text}}, []byte(text), noon)
		if got.Wait < 0 || got.Wait > year || !got.Stated && got.Wait != 0 {
			t.Errorf("%s %q: %+v", form, text, got)
		}
		later := r.Read(429, http.Header{"X-Wait": {text}}, nil, noon.Add(time.Second))
		if later.Stated != got.Stated || later.Wait > got.Wait {
			t.Errorf("%s %q: %+v, and a second later %+v", form, text, got, later)
		}
	})
}
