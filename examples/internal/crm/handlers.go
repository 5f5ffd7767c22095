package crm

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const (
	usualPage = 3
	mostPage  = 100
	mostBody  = 64 << 10
)

// reply is an answer on its way.
type reply struct {
	status int
	header map[string]string
	body   any
}

// failed is an answer that says what went wrong.
func failed(status int, format string, args ...any) reply {
	return reply{status: status, body: map[string]string{"message": fmt.Sprintf(format, args...)}}
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /contacts", s.limited(listContacts))
	mux.HandleFunc("POST /contacts", s.signedIn(createContact))
	mux.HandleFunc("GET /contacts/{id}", s.signedIn(getContact))
	mux.HandleFunc("GET /deals", s.limited(listDeals))
	mux.HandleFunc("GET /reports/weekly", s.signedIn(weeklyReport))
	mux.HandleFunc("GET /forecast", s.signedIn(forecast))
	return mux
}

// endpoint answers a request of an account; [Server].mu is held.
type endpoint func(a *account, r *http.Request, body []byte) reply

// signedIn finds the account by its token, answers, and writes down that it did.
func (s *Server) signedIn(next endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBody)) // before any lock
		if err != nil {
			http.Error(w, "the body can't be read", http.StatusBadRequest)
			return
		}
		name, answer := s.answer(next, r, body)
		s.note(Exchange{Account: name, Method: r.Method, Path: r.URL.Path, Status: answer.status})
		w.Header().Set("Content-Type", "application/json")
		for k, v := range answer.header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(answer.status)
		_ = json.NewEncoder(w).Encode(answer.body)
	}
}

func (s *Server) answer(next endpoint, r *http.Request, body []byte) (name string, _ reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a := s.tokens[token]
	if a == nil {
		return "", failed(http.StatusUnauthorized, "the token is not valid")
	}
	return a.name, next(a, r, body)
}

func (s *Server) note(x Exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exchanges = append(s.exchanges, x)
}

// limited is signedIn with a rate limit.
func (s *Server) limited(next endpoint) http.HandlerFunc {
	return s.signedIn(func(a *account, r *http.Request, body []byte) reply {
		a.listings++
		if s.limitEvery > 0 && a.listings%s.limitEvery == 0 {
			slow := failed(http.StatusTooManyRequests, "not so fast")
			slow.header = map[string]string{"Retry-After": "1"}
			return slow
		}
		return next(a, r, body)
	})
}

// listContacts pages by number, and links to the next page.
func listContacts(a *account, r *http.Request, _ []byte) reply {
	size, err := number(r, "per_page", usualPage, mostPage)
	if err != nil {
		return failed(http.StatusBadRequest, "%v", err)
	}
	page, err := number(r, "page", 1, 1_000_000)
	if err != nil {
		return failed(http.StatusBadRequest, "%v", err)
	}
	from := min((page-1)*size, len(a.contacts))
	to := min(from+size, len(a.contacts))
	answer := reply{status: http.StatusOK, body: append([]Contact{}, a.contacts[from:to]...)}
	if to < len(a.contacts) {
		answer.header = map[string]string{"Link": fmt.Sprintf(`</contacts?page=%d&per_page=%d>; rel="next"`, page+1, size)}
	}
	return answer
}

// listDeals pages by a cursor that only the CRM can read.
func listDeals(a *account, r *http.Request, _ []byte) reply {
	size, err := number(r, "limit", usualPage, mostPage)
	if err != nil {
		return failed(http.StatusBadRequest, "%v", err)
	}
	from := 0
	if cursor := r.URL.Query().Get("cursor"); cursor != "" {
		last, err := base64.RawURLEncoding.DecodeString(cursor)
		from = 1 + slices.IndexFunc(a.deals, func(d Deal) bool { return d.ID == string(last) })
		if err != nil || from == 0 {
			return failed(http.StatusBadRequest, "cursor: is not one of this account")
		}
	}
	to := min(from+size, len(a.deals))
	body := map[string]any{"deals": append([]Deal{}, a.deals[from:to]...), "next_cursor": nil}
	if to < len(a.deals) {
		body["next_cursor"] = base64.RawURLEncoding.EncodeToString([]byte(a.deals[to-1].ID))
	}
	return reply{status: http.StatusOK, body: body}
}

func number(r *http.Request, name string, usual, most int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("%s: want 1 to %d", name, most)
	}
	return n, nil
}

func getContact(a *account, r *http.Request, _ []byte) reply {
	id, err := strconv.Atoi(r.PathValue("id"))
	i := slices.IndexFunc(a.contacts, func(c Contact) bool { return c.ID == id })
	if err != nil || i < 0 {
		return failed(http.StatusNotFound, "no such contact")
	}
	return reply{status: http.StatusOK, body: a.contacts[i]}
}

func createContact(a *account, _ *http.Request, body []byte) reply {
	var c Contact
	if err := json.Unmarshal(body, &c); err != nil {
		return failed(http.StatusBadRequest, "the body is not a contact")
	}
	if c.Name == "" || !strings.Contains(c.Email, "@") {
		return failed(http.StatusUnprocessableEntity, "a contact needs a name and an email address")
	}
	if slices.ContainsFunc(a.contacts, func(o Contact) bool { return o.Email == c.Email }) {
		return failed(http.StatusUnprocessableEntity, "the email address is taken")
	}
	c.ID = len(a.contacts) + 1
	a.contacts = append(a.contacts, c)
	return reply{status: http.StatusCreated, body: c}
}

// weeklyReport stumbles twice, then works for good.
func weeklyReport(a *account, _ *http.Request, _ []byte) reply {
	if a.reports++; a.reports <= 2 {
		return failed(http.StatusServiceUnavailable, "the report is not ready")
	}
	total := 0
	for _, d := range a.deals {
		total += d.Amount
	}
	return reply{status: http.StatusOK, body: map[string]int{"deals": len(a.deals), "total": total}}
}

func forecast(*account, *http.Request, []byte) reply {
	return failed(http.StatusInternalServerError, "nobody knows why")
}
