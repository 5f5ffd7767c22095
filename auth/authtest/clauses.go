package authtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

func (s subject) definition() error {
	kind := s.scheme.Kind()
	if !regexp.MustCompile(`^[a-z0-9_]{1,64}$`).MatchString(kind) {
		return fmt.Errorf("the kind %q is not 1 to 64 of a-z, 0-9 and _", kind)
	}
	if s.scheme.Kind() != kind {
		return errors.New("the method Kind gives different answers")
	}
	if err := s.scheme.Validate(); err != nil {
		return fmt.Errorf("the method Validate refuses the definition: %w", err)
	}
	p, ok := s.scheme.(auth.Placer)
	if ok && !slices.Equal(p.Places(), p.Places()) {
		return errors.New("the method Places gives different answers")
	}
	return nil
}

func (s subject) written() error {
	if s.o.Unwritten {
		return nil
	}
	raw, err := json.Marshal(s.scheme)
	if err != nil {
		return fmt.Errorf("it can't be written: %w", err)
	}
	var members map[string]any
	if json.Unmarshal(raw, &members) != nil || members["kind"] != s.scheme.Kind() {
		return fmt.Errorf("the written form %s has not the kind %q", raw, s.scheme.Kind())
	}
	again, err := auth.Decode(raw, s.o.Kinds)
	if err != nil {
		return fmt.Errorf("the written form can't be read: %w", err)
	}
	twice, err := json.Marshal(again)
	if err != nil || !bytes.Equal(raw, twice) {
		return fmt.Errorf("written again it is %s, not %s (%v)", twice, raw, err)
	}
	if err := again.Validate(); err != nil {
		return fmt.Errorf("read back, it is not valid: %w", err)
	}
	members["no_such_member"] = true
	odd, err := json.Marshal(members)
	if err != nil {
		return err
	}
	if _, err := auth.Decode(odd, s.o.Kinds); err == nil || !strings.Contains(err.Error(), "no_such_member") {
		return fmt.Errorf("an unknown member must be an error that names it, got %v", err)
	}
	return nil
}

func (s subject) endOfContext() error {
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	late, cancelLate := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancelLate()
	for _, ctx := range []context.Context{canceled, late} {
		err := s.scheme.Authorize(ctx, s.o.Request(), s.o.Good[0])
		if !errors.Is(err, ctx.Err()) {
			return fmt.Errorf("with an ended ctx, the error is %v, not %v", err, ctx.Err())
		}
	}
	return nil
}

func (s subject) concurrency() error {
	const each = 8
	errs := make(chan error, each*len(s.o.Good))
	var wg sync.WaitGroup
	for _, c := range s.o.Good {
		alone, err := s.picture(c)
		if err != nil {
			return err
		}
		for range each {
			wg.Go(func() {
				got, err := s.picture(c)
				if err == nil {
					err = s.compare(alone, got)
				}
				if err == nil {
					err = s.scheme.Accepts(c)
				}
				errs <- err
			})
		}
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return fmt.Errorf("side by side, a request comes out otherwise than alone: %w", err)
		}
	}
	return nil
}

// picture signs a new request and looks at it.
func (s subject) picture(c auth.Credential) (picture, error) {
	r, err := s.sign(c)
	if err != nil {
		return nil, fmt.Errorf("a Good credential can't sign: %w", err)
	}
	return s.look(r, c)
}

// identify asks for the identity, for the error alone.
func (s subject) identify(c auth.Credential) error {
	i, ok := s.scheme.(auth.Identifier)
	if !ok {
		return nil
	}
	_, _, err := i.Identity(c)
	return err
}

// compare allows for schemes whose signatures vary.
func (s subject) compare(want, got picture) error {
	if s.o.Varies {
		return same(want.shape(), got.shape())
	}
	return same(want, got)
}

func (s subject) absence() error {
	for _, c := range s.o.Good {
		if len(c.Values) == 0 {
			continue
		}
		empty := c.Clone()
		for name := range empty.Values {
			empty.Values[name] = secret.New("")
		}
		for _, bad := range []auth.Credential{{Kind: c.Kind}, empty} {
			if err := s.refused(bad); err != nil {
				return fmt.Errorf("a credential of kind %q without its values: %w", c.Kind, err)
			}
		}
	}
	for i, c := range s.o.Bad {
		if err := s.refused(c); err != nil {
			return fmt.Errorf("credential Bad[%d]: %w", i, err)
		}
	}
	return nil
}

// refused checks that both methods refuse c, and how they say it.
func (s subject) refused(c auth.Credential) error {
	_, signErr := s.sign(c)
	said := []error{signErr}
	if !s.renewable(c) {
		said = append(said, s.scheme.Accepts(c))
		if _, ok := s.scheme.(auth.Identifier); ok {
			said = append(said, s.identify(c))
		}
	}
	for _, err := range said {
		var e *auth.Error
		if !errors.As(err, &e) {
			return fmt.Errorf("must be refused with an *auth.Error, got %v", err)
		}
		if e.Field == "" || e.Reason == "" {
			return fmt.Errorf("the error must name the field and the reason, got %v", err)
		}
	}
	return nil
}

func (s subject) agreement() error {
	for _, c := range s.variants() {
		first := s.scheme.Accepts(c)
		if second := s.scheme.Accepts(c); (first == nil) != (second == nil) {
			return errors.New("the method Accepts gives different answers")
		}
		if _, err := s.sign(c); (first == nil) != (err == nil) && (first != nil || !s.renewable(c)) {
			return fmt.Errorf("the method Accepts says %v and Authorize %v", first, err)
		}
		if _, ok := s.scheme.(auth.Identifier); ok {
			if err := s.identify(c); (first == nil) != (err == nil) {
				return fmt.Errorf("the method Accepts says %v and Identity %v", first, err)
			}
		}
	}
	for i, c := range s.o.Good {
		if err := s.scheme.Accepts(c); err != nil {
			return fmt.Errorf("credential Good[%d] is refused: %w", i, err)
		}
	}
	return nil
}

// renewable says whether c may be accepted although it can't sign yet.
func (s subject) renewable(c auth.Credential) bool {
	r, ok := s.scheme.(auth.Renewer)
	return ok && r.Renewal(c).Possible
}

// variants are all credentials, and each with one value missing, empty or
// dangerous.
func (s subject) variants() []auth.Credential {
	all := slices.Concat(s.o.Good, s.o.Bad, []auth.Credential{{}})
	for _, c := range s.o.Good {
		for name, v := range c.Values {
			without := c.Clone()
			delete(without.Values, name)
			all = append(all, without)
			for _, text := range []string{"", v.Reveal() + "\r\nX-Injected: 1", v.Reveal() + "\n", v.Reveal() + "\x00", "\xff\xfe" + v.Reveal()} {
				changed := c.Clone()
				changed.Values[name] = secret.New(text)
				all = append(all, changed)
			}
		}
	}
	return all
}

func (s subject) silence() error {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range s.variants() {
		_, signErr := s.sign(c)
		broken := s.o.Request()
		broken.URL, broken.Header = nil, http.Header{"Content-Type": {"text/plain"}}
		for _, err := range []error{
			s.scheme.Accepts(c), signErr,
			s.scheme.Authorize(ended, s.o.Request(), c),
			s.scheme.Authorize(context.Background(), broken, c),
			s.identify(c),
		} {
			if err != nil && tells(fmt.Sprintf("%v\n%+v", err, err), c) {
				return errors.New("an error holds a secret, or a part of one; it is not shown here")
			}
		}
	}
	return nil
}

// tells reports whether text holds a value of c: encoded, or 8 bytes of it.
func tells(text string, c auth.Credential) bool {
	if secret.NewRedactor(c.Secrets()...).String(text) != text {
		return true
	}
	const window = 8
	for _, v := range c.Secrets() {
		value := v.Reveal()
		for i := 0; i+window <= len(value); i++ {
			if strings.Contains(text, value[i:i+window]) {
				return true
			}
		}
	}
	return false
}
