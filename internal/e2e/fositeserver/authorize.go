package fositeserver

import (
	"crypto/rand"
	"html/template"
	"net/http"
	"net/url"

	"github.com/ory/fosite"
)

// login is a person's session with the provider's pages.
type login struct{ user, csrf string }

const sessionCookie = "provider_session"

// authorize serves the authorization endpoint: the login page to whoever is a stranger, the consent page to others, and
// a redirect to whoever has decided.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx := r.Context()
	request, err := s.provider.NewAuthorizeRequest(ctx, r)
	if err != nil {
		s.provider.WriteAuthorizeError(ctx, w, request, err)
		return
	}
	person := s.person(r)
	switch {
	case person == nil:
		page(w, form{ID: "login", Action: "/login", Hidden: map[string]string{"return": r.URL.RequestURI()}, Fields: []string{"user", "password"}})
	case r.Method != http.MethodPost:
		page(w, form{ID: "consent", Action: r.URL.RequestURI(), Hidden: map[string]string{"csrf": person.csrf}, Fields: []string{"decision"}})
	case r.PostFormValue("csrf") != person.csrf:
		http.Error(w, "this form is of another session", http.StatusForbidden)
	case r.PostFormValue("decision") != "allow":
		s.provider.WriteAuthorizeError(ctx, w, request, fosite.ErrAccessDenied)
	default:
		s.allow(w, r, request, person)
	}
}

// allow sends the person back with a code, and with the issuer (RFC 9207).
func (s *Server) allow(w http.ResponseWriter, r *http.Request, request fosite.AuthorizeRequester, person *login) {
	for _, scope := range request.GetRequestedScopes() {
		request.GrantScope(scope)
	}
	response, err := s.provider.NewAuthorizeResponse(r.Context(), request, newSession(s.options, person.user))
	if err != nil {
		s.provider.WriteAuthorizeError(r.Context(), w, request, err)
		return
	}
	response.AddParameter("iss", s.URL())
	s.provider.WriteAuthorizeResponse(r.Context(), w, request, response)
}

// person is who is logged in; nil if nobody is. The caller holds mu.
func (s *Server) person(r *http.Request) *login {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	return s.sessions[cookie.Value]
}

// login makes a session, and goes back to where the person came from.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	to, err := url.Parse(r.PostFormValue("return"))
	if err != nil || to.Host != "" || to.Path != "/oauth2/authorize" {
		http.Error(w, "no such page", http.StatusBadRequest)
		return
	}
	user := r.PostFormValue("user")
	if user == "" || r.PostFormValue("password") != Password {
		http.Error(w, "wrong user or password", http.StatusForbidden)
		return
	}
	id := rand.Text()
	s.mu.Lock()
	s.sessions[id] = &login{user: user, csrf: rand.Text()}
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: id, Path: "/", HttpOnly: true, Secure: s.options.TLS, SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, to.RequestURI(), http.StatusSeeOther)
}

// form is a page: a person fills in the fields.
type form struct {
	ID, Action string
	Hidden     map[string]string
	Fields     []string
}

func page(w http.ResponseWriter, f form) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	// The template is small, and made of a constant.
	_ = template.Must(template.New("page").Parse(`<!doctype html><title>{{.ID}}</title>
<form id="{{.ID}}" method="post" action="{{.Action}}">
{{range $name, $value := .Hidden}}<input type="hidden" name="{{$name}}" value="{{$value}}">
{{end}}{{range .Fields}}<label>{{.}} <input name="{{.}}"></label>
{{end}}<button>Go on</button>
</form>
`)).Execute(w, f)
}
