package authtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

func (s subject) aliasing() error {
	for _, c := range s.o.Good {
		r, before := s.o.Request(), c.Clone()
		shared := r.URL
		copied := *r.URL
		if err := s.scheme.Authorize(r.Context(), r, c); err != nil {
			return err
		}
		if !reflect.DeepEqual(*shared, copied) {
			return errors.New("the URL behind r.URL was changed; replace it by a copy")
		}
		if !maps.EqualFunc(before.Values, c.Values, secret.String.Equal) ||
			!slices.Equal(before.Scopes, c.Scopes) || !maps.Equal(before.Extra, c.Extra) {
			return errors.New("the credential was changed")
		}
		want, err := s.look(r, c)
		if err != nil {
			return err
		}
		other, err := s.picture(rotated(c))
		if err != nil {
			return err
		}
		if len(c.Values) > 0 && same(want, other) == nil {
			return errors.New("two credentials sign alike; is one kept from an earlier call?")
		}
		if err := s.forgets(c, want); err != nil {
			return err
		}
	}
	return nil
}

// forgets checks that a change of the caller's map after a call changes nothing.
func (s subject) forgets(c auth.Credential, want picture) error {
	passing := c.Clone()
	if _, err := s.sign(passing); err != nil {
		return err
	}
	for name := range passing.Values {
		passing.Values[name] = secret.New("changed afterwards")
	}
	got, err := s.picture(c)
	if err == nil {
		err = s.compare(want, got)
	}
	if err != nil {
		return fmt.Errorf("something of an earlier credential was kept: %w", err)
	}
	return nil
}

func (s subject) repetition() error {
	for _, c := range s.o.Good {
		want, err := s.picture(c)
		if err != nil {
			return err
		}
		for _, earlier := range []auth.Credential{c, rotated(c)} {
			r, err := s.sign(earlier)
			if err != nil {
				return fmt.Errorf("a credential of the same kind can't sign: %w", err)
			}
			if err := s.scheme.Authorize(r.Context(), r, c); err != nil {
				return fmt.Errorf("a request that was signed before can't be signed: %w", err)
			}
			got, err := s.look(r, c)
			if err != nil {
				return err
			}
			if err := s.compare(want, got); err != nil {
				return fmt.Errorf("signed twice: %w", err)
			}
		}
	}
	return nil
}

// rotated is c before its secrets were changed.
func rotated(c auth.Credential) auth.Credential {
	old := c.Clone()
	for name, v := range old.Values {
		if v.Reveal() != "" {
			old.Values[name] = secret.New(v.Reveal() + "0")
		}
	}
	return old
}

// intruder stands for what input could have put where the scheme writes.
const intruder = "intruder"

func (s subject) replacement() error {
	places, ok := s.places()
	if !ok {
		return nil
	}
	for key, place := range places {
		for _, c := range s.o.Good {
			r := s.o.Request()
			plant(r, place)
			planted, err := snapshot(r)
			if err != nil {
				return err
			}
			if err := s.scheme.Authorize(r.Context(), r, c); err != nil {
				return err
			}
			got, err := s.look(r, c)
			if err != nil {
				return err
			}
			// A combination may leave a place alone; one that it writes to is its own.
			if !slices.Equal(planted[key], got[key]) && (len(got[key]) > 1 || slices.Contains(got[key], intruder)) {
				return fmt.Errorf("%s keeps a value beside the one of the scheme", key)
			}
			// One that presents a certificate may write nothing.
			if slices.Equal(planted[key], got[key]) && len(places) == 1 && got["identity"] == nil {
				return fmt.Errorf("%s keeps what was there before", key)
			}
		}
	}
	return nil
}

// plant puts the intruder into a place, twice and in odd spellings where that is
// possible.
func plant(r *http.Request, p auth.Place) {
	switch p.In {
	case auth.InHeader:
		r.Header[strings.ToLower(p.Name)] = []string{intruder}
		r.Header.Add(p.Name, intruder)
	case auth.InCookie:
		r.Header.Add("Cookie", p.Name+"="+intruder+"; "+p.Name+"="+intruder)
	case auth.InQuery:
		u := *r.URL
		u.RawQuery = url.QueryEscape(p.Name) + "=" + intruder + "&" + u.RawQuery + "&" + url.QueryEscape(p.Name) + "=" + intruder
		r.URL = &u
	case auth.InBody:
		body, err := bodyOf(r)
		if err != nil || !bytes.HasPrefix(body, []byte("{")) {
			return
		}
		setBody(r, fmt.Appendf(nil, `{%q:%q,%s`, p.Name, intruder, body[1:]))
	}
}

func (s subject) extent() error {
	places, placer := s.places()
	for _, c := range s.o.Good {
		r := s.o.Request()
		ctx := r.Context()
		before, err := snapshot(r)
		if err != nil {
			return err
		}
		if err := s.scheme.Authorize(ctx, r, c); err != nil {
			return err
		}
		after, err := snapshot(r)
		if err != nil {
			return err
		}
		if r.Context() != ctx {
			return errors.New("the ctx of the request was changed")
		}
		for _, fixed := range []string{"method", "target"} {
			if !slices.Equal(before[fixed], after[fixed]) {
				return fmt.Errorf("the %s of the request was changed", fixed)
			}
		}
		if !placer {
			continue
		}
		for key := range places {
			delete(before, key)
			delete(after, key)
		}
		if err := same(before, after); err != nil {
			return fmt.Errorf("outside Places: %w", err)
		}
	}
	return nil
}

func (s subject) wire() error {
	for _, c := range s.variants() {
		r, err := s.sign(c)
		if err != nil {
			continue
		}
		for key, values := range r.Header {
			if strings.ContainsAny(key+strings.Join(values, ""), "\r\n\x00") {
				return fmt.Errorf("the header %s has a line break or NUL", http.CanonicalHeaderKey(key))
			}
		}
		if strings.ContainsAny(r.URL.String(), "\r\n\x00 ") {
			return errors.New("the URL has a line break, NUL or space")
		}
	}
	return nil
}

func (s subject) panics() error {
	odd := []*http.Request{nil, {}, {Header: http.Header{}}, {URL: &url.URL{}},
		{Header: http.Header{"Content-Type": {"application/json"}}, Body: http.NoBody},
		{Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}}
	for _, c := range append(s.variants(), auth.Credential{Values: map[string]secret.String{"key": {}, "token": {}}}) {
		_ = s.scheme.Accepts(c)
		_ = s.identify(c)
		for _, r := range odd {
			if r != nil {
				r = r.Clone(context.Background())
			}
			err := s.scheme.Authorize(context.Background(), r, c)
			if r == nil && err == nil {
				return errors.New("a nil request must be an error")
			}
		}
	}
	return nil
}
