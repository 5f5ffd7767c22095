package paginationtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/waygate-go/waygate/pagination"
)

func (s subject) definition() error {
	kind := s.strategy.Kind()
	if !regexp.MustCompile(`^[a-z0-9_]{1,64}$`).MatchString(kind) {
		return fmt.Errorf("the kind %q is not 1 to 64 of a-z, 0-9 and _", kind)
	}
	if err := s.strategy.Validate(); err != nil {
		return fmt.Errorf("the method Validate refuses the definition: %w", err)
	}
	prepared, err := pagination.Prepare(s.strategy)
	if err != nil {
		return fmt.Errorf("it can't be prepared: %w", err)
	}
	if prepared.Kind() != kind || s.strategy.Kind() != kind || prepared.Validate() != nil {
		return errors.New("prepared, it has another kind or is not valid")
	}
	if !reflect.DeepEqual(prepared.First(), s.strategy.First()) {
		return errors.New("prepared, it has another First")
	}
	return nil
}

func (s subject) written() error {
	if s.o.Unwritten {
		return nil
	}
	raw, err := json.Marshal(s.strategy)
	if err != nil {
		return fmt.Errorf("it can't be written: %w", err)
	}
	var members map[string]any
	if json.Unmarshal(raw, &members) != nil || members["kind"] != s.strategy.Kind() {
		return fmt.Errorf("the written form %s has not the kind %q", raw, s.strategy.Kind())
	}
	again, err := pagination.Decode(raw, s.o.Kinds)
	if err != nil {
		return fmt.Errorf("the written form can't be read: %w", err)
	}
	twice, err := json.Marshal(again)
	if err != nil || !bytes.Equal(raw, twice) {
		return fmt.Errorf("written again it is %s, not %s (%v)", twice, raw, err)
	}
	members["no_such_member"] = true
	odd, err := json.Marshal(members)
	if err != nil {
		return err
	}
	if _, err := pagination.Decode(odd, s.o.Kinds); err == nil || !strings.Contains(err.Error(), "no_such_member") {
		return fmt.Errorf("an unknown member must be an error that names it, got %v", err)
	}
	return nil
}

// answer is what Next says, in a form to compare.
func answer(s pagination.Strategy, p pagination.Page) string {
	next, err := s.Next(p)
	switch {
	case err != nil:
		return "error " + err.Error()
	case next == nil:
		return "end"
	}
	return next.Key()
}

func (s subject) noMemory() error {
	prepared, err := pagination.Prepare(s.strategy)
	if err != nil {
		return err
	}
	pages, err := s.oddPages()
	if err != nil {
		return err
	}
	first := make([]string, len(pages))
	for i, p := range pages {
		first[i] = answer(prepared, p)
	}
	for i, p := range slices.Backward(pages) {
		if answer(prepared, p) != first[i] {
			return errors.New("a page has another answer after others were read")
		}
		if answer(s.strategy, p) != first[i] {
			return errors.New("prepared, the strategy answers otherwise")
		}
	}
	return nil
}

func (s subject) concurrency() error {
	prepared, err := pagination.Prepare(s.strategy)
	if err != nil {
		return err
	}
	pages, err := s.walk(items(20), 3)
	if err != nil {
		return err
	}
	const readers = 8
	differ := make(chan bool, readers*len(pages))
	var wg sync.WaitGroup
	for _, p := range pages {
		alone := answer(prepared, p)
		for range readers {
			wg.Go(func() {
				_ = prepared.First()
				differ <- answer(prepared, p) != alone
			})
		}
	}
	wg.Wait()
	close(differ)
	for d := range differ {
		if d {
			return errors.New("side by side, a page has another answer than alone")
		}
	}
	return nil
}

func (s subject) aliasing() error {
	prepared, err := pagination.Prepare(s.strategy)
	if err != nil {
		return err
	}
	pages, err := s.oddPages()
	if err != nil {
		return err
	}
	for _, p := range pages {
		before := clonePage(p)
		next, err := prepared.Next(p)
		if !reflect.DeepEqual(before, p) {
			return errors.New("the method Next changes the page")
		}
		if err != nil || next == nil {
			continue
		}
		key := next.Key()
		next.URL = "changed"
		for i := range next.Set {
			next.Set[i].Name = "changed"
		}
		if again, err := prepared.Next(p); err != nil || again == nil || again.Key() != key {
			return errors.New("what Next gave is still the strategy's own")
		}
	}
	want := fmt.Sprint(prepared.First())
	for i, first := 0, prepared.First(); i < len(first); i++ {
		first[i].Name = "changed"
	}
	if fmt.Sprint(prepared.First()) != want {
		return errors.New("what First gave is still the strategy's own")
	}
	return nil
}

func (s subject) origin() error {
	pages, err := s.oddPages()
	if err != nil {
		return err
	}
	for _, p := range pages {
		next, err := s.strategy.Next(p)
		if err != nil || next == nil {
			continue
		}
		raw, err := json.Marshal(next.Set)
		if err != nil {
			return fmt.Errorf("a Next can't be written: %w", err)
		}
		if len(next.URL) > 4<<10 || len(raw) > 8<<10 {
			return errors.New("a Next has more than 4 KiB")
		}
		if next.URL == "" {
			continue
		}
		u, err := url.Parse(next.URL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
			return errors.New("a Next has a URL that is not absolute, not http or https, or has user information")
		}
		if !s.o.AnyOrigin && (p.URL == nil || u.Scheme != p.URL.Scheme || u.Host != p.URL.Host) {
			return fmt.Errorf("a Next leads to another origin, %s://%s", u.Scheme, u.Host)
		}
	}
	return nil
}

func (s subject) silence() error {
	pages, err := s.oddPages()
	if err != nil {
		return err
	}
	for _, p := range pages {
		if _, err := s.strategy.Next(p); err != nil && strings.Contains(fmt.Sprintf("%v %+v", err, err), marker) {
			return errors.New("an error holds a cursor, a record or the query of a URL; it is not shown here")
		}
	}
	return nil
}

func (s subject) places() error {
	placer, ok := s.strategy.(pagination.Placer)
	if !ok {
		return nil
	}
	prepared, err := pagination.Prepare(s.strategy)
	if err != nil {
		return err
	}
	places := placer.Places()
	if p, ok := prepared.(pagination.Placer); !ok || !reflect.DeepEqual(p.Places(), places) {
		return errors.New("prepared, it has other Places")
	}
	pages, err := s.oddPages()
	if err != nil {
		return err
	}
	for _, p := range pages {
		next, err := prepared.Next(p)
		if err != nil || next == nil {
			continue
		}
		for _, set := range next.Set {
			if !slices.ContainsFunc(places, func(p pagination.Param) bool { return samePlace(p, set) }) {
				return fmt.Errorf("a Next sets %q in the %s, which Places doesn't list", set.Name, set.In)
			}
		}
	}
	return nil
}

func (s subject) panics() error {
	for _, p := range []pagination.Page{
		{}, {Records: -1}, {URL: &url.URL{}}, {Header: http.Header{"Link": nil}},
		{Before: -1, Index: -1, Records: 1, Sent: []pagination.Param{{}, {Name: "offset", Value: -1.5}}},
		{Body: []any{}}, {Body: map[string]any{}, Last: []any{nil}}, {Body: "", Last: int64(0), Records: 1},
	} {
		_, _ = s.strategy.Next(p)
	}
	pages, err := s.oddPages()
	if err != nil {
		return err
	}
	for _, p := range pages {
		p.URL = nil
		_, _ = s.strategy.Next(p)
		p.Header = nil
		_, _ = s.strategy.Next(p)
	}
	return nil
}
