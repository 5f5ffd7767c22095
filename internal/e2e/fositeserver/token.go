package fositeserver

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"time"

	"github.com/ory/fosite"

	"github.com/waygate-go/waygate/internal/e2e/loopback"
)

// TokenRequest is what [Server.SetFault]'s function is told of a request, before any work is done.
type TokenRequest struct {
	// N counts all requests of the token endpoint from 1.
	N int
	// Grant is its grant_type.
	Grant string
	// Family and Subject are those of the refresh token or access token that it brings; empty if unknown.
	Family, Subject string
}

// Fault is what becomes of the answer. The work is done in any case.
type Fault struct {
	// Delay holds the answer back for a time, Wait until the channel is closed. Both end with the connection.
	Delay time.Duration
	Wait  <-chan struct{}
	// Lose breaks the connection, after Delay and Wait, without an answer.
	Lose bool
}

// SetFault chooses what becomes of each token request; nil means nothing does. f is called on the request's goroutine
// before the work is done, and may block: until the connection breaks, the request has just not arrived.
func (s *Server) SetFault(f func(TokenRequest) Fault) {
	if f == nil {
		f = func(TokenRequest) Fault { return Fault{} }
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// answer is what a refresh token got, for as long as it may get that again.
type answer struct {
	fields  map[string]any
	access  time.Time // when the access token expires
	until   time.Time
	family  string
	current string // signature of the refresh token that it holds
}

// token serves the token endpoint.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "unreadable form", http.StatusBadRequest)
		return
	}
	fault := s.announce(r)
	write := s.work(r)
	if !hold(r.Context(), fault) {
		return
	}
	if fault.Lose {
		loopback.Cut(w, false)
		return
	}
	write(w)
}

// announce counts a request, and asks what shall become of it.
func (s *Server) announce(r *http.Request) Fault {
	s.mu.Lock()
	grant := r.PostForm.Get("grant_type")
	s.requests[grant]++
	n := 0
	for _, count := range s.requests {
		n += count
	}
	fault, request := s.fault, TokenRequest{N: n, Grant: grant}
	s.mu.Unlock()
	if f, _, ok := s.FamilyOf(r.PostForm.Get("refresh_token")); ok {
		request.Family, request.Subject = f.ID, f.Subject
	}
	return fault(request)
}

// hold waits as long as the answer has to. It is false if nobody waits for it any more.
func hold(ctx context.Context, fault Fault) bool {
	if fault.Wait != nil {
		select {
		case <-fault.Wait:
		case <-ctx.Done():
			return false
		}
	}
	timer := time.NewTimer(fault.Delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// work does what a token request asks for, and returns how to answer it.
func (s *Server) work(r *http.Request) func(http.ResponseWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx := context.WithoutCancel(r.Context()) // what has begun is finished
	if again := s.repeat(ctx, r); again != nil {
		return again
	}
	s.ledger.cause = "reuse"
	if r.PostForm.Get("grant_type") == "authorization_code" {
		s.ledger.cause = "code_reuse"
	}
	request, err := s.provider.NewAccessRequest(ctx, r, newSession(s.options, s.options.ClientID))
	var response fosite.AccessResponder
	if err == nil {
		for _, scope := range request.GetRequestedScopes() {
			request.GrantScope(scope)
		}
		response, err = s.provider.NewAccessResponse(ctx, request)
	}
	if err != nil {
		return func(w http.ResponseWriter) { s.provider.WriteAccessError(ctx, w, request, err) }
	}
	response.SetExpiresIn(s.options.Lifetime) // fosite counts the time since, and rounds down
	s.remember(ctx, r, request, response)
	return func(w http.ResponseWriter) { s.provider.WriteAccessResponse(ctx, w, request, response) }
}

// remember keeps the answer to a refresh for its grace period, and forgets that from which the spent token came.
func (s *Server) remember(ctx context.Context, r *http.Request, request fosite.AccessRequester, response fosite.AccessResponder) {
	refresh, _ := response.GetExtra("refresh_token").(string)
	if s.options.Grace == 0 || !request.GetGrantTypes().ExactOne("refresh_token") {
		return
	}
	spent := s.strategy.RefreshTokenSignature(ctx, r.PostForm.Get("refresh_token"))
	maps.DeleteFunc(s.answers, func(_ string, a *answer) bool { return a.current == spent || time.Now().After(a.until) })
	s.answers[spent] = &answer{
		fields: maps.Clone(response.ToMap()), access: request.GetSession().GetExpiresAt(fosite.AccessToken),
		until: time.Now().Add(s.options.Grace), family: request.GetID(), current: s.strategy.RefreshTokenSignature(ctx, refresh),
	}
}

// repeat gives the answer of before, or nil if there is none or the client isn't who it says.
func (s *Server) repeat(ctx context.Context, r *http.Request) func(http.ResponseWriter) {
	a := s.answers[s.strategy.RefreshTokenSignature(ctx, r.PostForm.Get("refresh_token"))]
	if a == nil || time.Now().After(a.until) || s.ledger.families[a.family].Revoked != "" {
		return nil
	}
	if r.PostForm.Get("grant_type") != "refresh_token" {
		return nil
	}
	if _, err := s.provider.(*fosite.Fosite).AuthenticateClient(ctx, r, r.PostForm); err != nil {
		return nil
	}
	f := s.ledger.families[a.family]
	f.Repeats++
	s.ledger.log("repeated", f)
	fields := maps.Clone(a.fields)
	fields["expires_in"] = max(0, int(time.Until(a.access).Seconds()))
	return func(w http.ResponseWriter) { writeJSON(w, http.StatusOK, fields) }
}

// revoke serves RFC 7009.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger.cause = "revoked"
	s.provider.WriteRevocationResponse(r.Context(), w, s.provider.NewRevocationRequest(r.Context(), r))
}

// introspect serves RFC 7662.
func (s *Server) introspect(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	response, err := s.provider.NewIntrospectionRequest(r.Context(), r, newSession(s.options, ""))
	if err != nil {
		s.provider.WriteIntrospectionError(r.Context(), w, err)
		return
	}
	s.provider.WriteIntrospectionResponse(r.Context(), w, response)
}

// me is the API: it says whose token it was called with.
func (s *Server) me(w http.ResponseWriter, r *http.Request) {
	subject, ok := s.whose(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		writeJSON(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"sub": subject})
}

func (s *Server) whose(r *http.Request) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	use, found, err := s.provider.IntrospectToken(r.Context(), fosite.AccessTokenFromRequest(r), fosite.AccessToken, newSession(s.options, ""))
	if err != nil || use != fosite.AccessToken { // fosite takes refresh tokens too
		s.calls.Unauthorized++
		return "", false
	}
	s.calls.OK++
	return found.GetSession().GetSubject(), true
}

// Compare finds out whether they are the same.
func (plain) Compare(_ context.Context, hash, data []byte) error {
	if subtle.ConstantTimeCompare(hash, data) != 1 {
		return errors.New("another secret")
	}
	return nil
}

// Hash doesn't.
func (plain) Hash(_ context.Context, data []byte) ([]byte, error) { return data, nil }

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever doesn't read it has gone
}
