package resilience_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

func TestExhausted(t *testing.T) {
	t.Parallel()
	own := resilience.Remaining{Header: "X-Left", Reset: "X-Reset", Form: resilience.FormSeconds}
	ietf := resilience.Remaining{Standard: resilience.StandardIETF}
	epoch := resilience.Remaining{Standard: resilience.StandardXRateLimit, Form: resilience.FormEpoch}
	fixed := resilience.Remaining{Header: "X-Calls", Wait: 500 * time.Millisecond}
	action := own
	action.Per = resilience.ScopeAction
	in30 := strconv.FormatInt(noon.Unix()+30, 10)
	for name, tc := range map[string]struct {
		of         []resilience.Remaining
		header     []string
		connection time.Duration
		action     time.Duration
	}{
		"left":                    {[]resilience.Remaining{own}, []string{"X-Left", "1", "X-Reset", "30"}, 0, 0},
		"nothing left":            {[]resilience.Remaining{own}, []string{"X-Left", "0", "X-Reset", "30"}, 30 * time.Second, 0},
		"less than one":           {[]resilience.Remaining{own}, []string{"X-Left", "0.7", "X-Reset", "30"}, 30 * time.Second, 0},
		"negative isn't known":    {[]resilience.Remaining{own}, []string{"X-Left", "-1", "X-Reset", "30"}, 0, 0},
		"no number":               {[]resilience.Remaining{own}, []string{"X-Left", "none", "X-Reset", "30"}, 0, 0},
		"no header":               {[]resilience.Remaining{own}, []string{"X-Reset", "30"}, 0, 0},
		"no reset":                {[]resilience.Remaining{own}, []string{"X-Left", "0"}, 0, 0},
		"several, one is empty":   {[]resilience.Remaining{own}, []string{"X-Left", "5", "X-Left", "0", "X-Reset", "3", "X-Reset", "30"}, 30 * time.Second, 0},
		"per action":              {[]resilience.Remaining{action}, []string{"X-Left", "0", "X-Reset", "30"}, 0, 30 * time.Second},
		"both":                    {[]resilience.Remaining{action, epoch}, []string{"X-Left", "0", "X-Reset", "3", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", in30}, 30 * time.Second, 3 * time.Second},
		"all used":                {[]resilience.Remaining{fixed}, []string{"X-Calls", "40/40"}, 500 * time.Millisecond, 0},
		"more than all used":      {[]resilience.Remaining{fixed}, []string{"X-Calls", "41 / 40"}, 500 * time.Millisecond, 0},
		"some used":               {[]resilience.Remaining{fixed}, []string{"X-Calls", "39/40"}, 0, 0},
		"half a number":           {[]resilience.Remaining{fixed}, []string{"X-Calls", "40/"}, 0, 0},
		"x_ratelimit, past":       {[]resilience.Remaining{epoch}, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", strconv.FormatInt(noon.Unix()-5, 10)}, 0, 0},
		"ietf, three fields":      {[]resilience.Remaining{ietf}, []string{"RateLimit-Limit", "100, 100;w=60", "RateLimit-Remaining", "0", "RateLimit-Reset", "30"}, 30 * time.Second, 0},
		"ietf, dictionary":        {[]resilience.Remaining{ietf}, []string{"RateLimit", "limit=100, remaining=0, reset=30"}, 30 * time.Second, 0},
		"ietf, dictionary, lines": {[]resilience.Remaining{ietf}, []string{"RateLimit", "limit=100,remaining=0", "RateLimit", "reset=30"}, 30 * time.Second, 0},
		"ietf, left":              {[]resilience.Remaining{ietf}, []string{"RateLimit", "limit=100, remaining=7, reset=30"}, 0, 0},
		"ietf, item":              {[]resilience.Remaining{ietf}, []string{"RateLimit", `"default";r=0;t=30`}, 30 * time.Second, 0},
		"ietf, items":             {[]resilience.Remaining{ietf}, []string{"RateLimit", `"burst";r=0;t=3, "day,\";r=9";r=0;t=30;pk=:cHNrZXk=:, "hour";r=50;t=600`}, 30 * time.Second, 0},
		"ietf, item left":         {[]resilience.Remaining{ietf}, []string{"RateLimit", `"default";r=1;t=30`}, 0, 0},
		"ietf, no time":           {[]resilience.Remaining{ietf}, []string{"RateLimit", `"default";r=0`}, 0, 0},
		"ietf, garbage":           {[]resilience.Remaining{ietf}, []string{"RateLimit", `";;,,=="\`}, 0, 0},
		"ietf, policy alone":      {[]resilience.Remaining{ietf}, []string{"RateLimit-Policy", `"default";q=100;w=60`}, 0, 0},
	} {
		h := http.Header{}
		for i := 0; i < len(tc.header); i += 2 {
			h.Add(tc.header[i], tc.header[i+1])
		}
		r := reader(t, nil, tc.of, nil)
		connection, action := r.Exhausted(h, noon)
		if connection != tc.connection || action != tc.action {
			t.Errorf("%s: %v and %v, want %v and %v", name, connection, action, tc.connection, tc.action)
		}
		longest := max(tc.connection, tc.action)
		if got := r.Read(429, h, nil, noon); got.Wait != longest || got.Stated != (longest > 0) {
			t.Errorf("%s: a 429 says %+v, want %v", name, got, longest)
		}
	}
	if c, a := (*resilience.Reader)(nil).Exhausted(http.Header{"X-Left": {"0"}}, noon); c != 0 || a != 0 {
		t.Errorf("without declarations: %v, %v", c, a)
	}
}

func FuzzRemaining(f *testing.F) {
	for _, seed := range [][3]string{
		{"0", "30", `"a";r=0;t=30`}, {"40/40", "1767225600", "limit=1, remaining=0, reset=5"}, {"-1", "", `"\`}, {"1/2/3", "1e9", ";r=0;;t=9,,"},
		{"0", strings.Repeat("9", 80), "remaining=0;reset=1,reset=99999999999999999999"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	of := []resilience.Remaining{
		{Standard: resilience.StandardIETF}, {Standard: resilience.StandardXRateLimit, Form: resilience.FormEpoch, Per: resilience.ScopeAction},
	}
	r := reader(f, nil, of, nil)
	f.Fuzz(func(t *testing.T, left, reset, field string) {
		h := http.Header{"X-Ratelimit-Remaining": {left}, "X-Ratelimit-Reset": {reset}, "Ratelimit": {field, left},
			"Ratelimit-Remaining": {left}, "Ratelimit-Reset": {reset, field}}
		connection, action := r.Exhausted(h, noon)
		for _, d := range []time.Duration{connection, action} {
			if d < 0 || d > year {
				t.Errorf("%q, %q, %q: %v", left, reset, field, d)
			}
		}
		if got := r.Read(429, h, nil, noon); got.Wait != max(connection, action) {
			t.Errorf("%q, %q, %q: %v and %v, but a 429 says %+v", left, reset, field, connection, action, got)
		}
	})
}
