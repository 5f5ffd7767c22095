package egress

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
)

// maxRedirects is how many redirects of one request are followed.
const maxRedirects = 5

// FollowRedirects wraps next so that redirects (301, 302, 303, 307, 308) of GET and HEAD are followed here, at most 5,
// and every hop passes through next: a guard in it checks each, a signer in it signs each anew.
//
// A hop carries no Authorization, Proxy-Authorization, Cookie, Referer or body, and nothing that next added to the
// request before. To another origin it carries only Accept, Accept-Language and User-Agent, and the [Identity] is
// taken out of its context: next sees every hop, and may give one to those origins that are meant to have it. Never
// followed, and failed with a [*ResponseError], are a sixth redirect, one from https to http, and one whose Location
// cannot be read; one to a user or to a host that is not written as one fails with a [*DeniedError]. A redirect of
// another method or of a request with a body, and one without Location, is given back as it is.
//
// An http.Client on top follows redirects by rules of its own; let its CheckRedirect return http.ErrUseLastResponse.
// A next that is nil fails every request.
func FollowRedirects(next http.RoundTripper) http.RoundTripper { return &follower{next} }

type follower struct{ next http.RoundTripper }

// RoundTrip sends req and follows where it leads.
func (f *follower) RoundTrip(req *http.Request) (*http.Response, error) {
	if f.next == nil {
		closeBody(req)
		return nil, errors.New("egress: FollowRedirects has no transport to send with; give it one")
	}
	resp, err := f.next.RoundTrip(req)
	for hops := 0; err == nil; hops++ {
		if resp == nil {
			return nil, errors.New("egress: the transport under FollowRedirects gave neither response nor error")
		}
		var hop *http.Request
		hop, err = nextHop(req, resp, hops)
		if err != nil {
			Drain(resp.Body)
			return nil, err
		}
		if hop == nil {
			return resp, nil
		}
		Drain(resp.Body)
		req = hop
		resp, err = f.next.RoundTrip(req)
	}
	return nil, err
}

// nextHop is the request that resp asks for, nil if resp is the answer.
func nextHop(req *http.Request, resp *http.Response, hops int) (*http.Request, error) {
	location := resp.Header.Get("Location")
	if !redirects(resp.StatusCode) || !followable(req) || location == "" {
		return nil, nil
	}
	refuse := func(reason string) error { return &ResponseError{Status: resp.StatusCode, Reason: reason} }
	if hops >= maxRedirects {
		return nil, refuse("more than " + strconv.Itoa(maxRedirects) + " redirects in a row")
	}
	target, err := req.URL.Parse(location)
	switch {
	case err != nil, target.Scheme != "https" && target.Scheme != "http":
		return nil, refuse("its Location is not an http or https URL")
	case target.User != nil || Origin(target) == "":
		return nil, (Policy{AllowHTTP: true}).CheckURL(target) // which says what is wrong with it under any policy
	}
	if req.URL.Scheme == "https" && target.Scheme != "https" {
		return nil, refuse("it leads from https to http")
	}
	return newHop(req, target), nil
}

func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// followable is true for requests that can be sent elsewhere without an effect. A body may be meant for the first
// receiver only.
func followable(req *http.Request) bool {
	switch req.Method {
	case "", http.MethodGet, http.MethodHead:
		return req.URL != nil && (req.Body == nil || req.Body == http.NoBody)
	}
	return false
}

func newHop(req *http.Request, target *url.URL) *http.Request {
	same := SameOrigin(req.URL, target)
	ctx := req.Context()
	if !same && identityOf(ctx) != nil {
		ctx = WithIdentity(ctx, nil)
	}
	hop := (&http.Request{
		Method:     req.Method,
		URL:        target,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     make(http.Header, len(req.Header)),
	}).WithContext(ctx)
	if same {
		hop.Host = req.Host
	}
	for name, values := range req.Header {
		if carried(name, same) {
			hop.Header[name] = append([]string(nil), values...)
		}
	}
	return hop
}

// carried tells which headers go on. Names are compared in their canonical form, since a map can hold others.
func carried(name string, same bool) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Accept", "Accept-Language", "User-Agent":
		return true
	case "Authorization", "Proxy-Authorization", "Cookie", "Referer":
		return false
	}
	return same
}
