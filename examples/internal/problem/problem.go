// Package problem answers a request of a service's own customer whose call through
// the gateway failed: with a status of the service's API, by the kind of the failure,
// never by its text.
//
//	contact, err := waygate.Invoke[Contact](r.Context(), tenant, "crm.get_contact", in)
//	if err != nil {
//		problem.Write(w, err)
//		return
//	}
package problem

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/waygate-go/waygate"
)

// Problem is what a customer is told about a failure: enough to act on, and the
// call to ask the service's operators about. The error's own text stays inside.
type Problem struct {
	Error  string               `json:"error"`
	Hint   waygate.Hint         `json:"hint,omitempty"`
	Fields []waygate.FieldError `json:"fields,omitempty"`
	Call   string               `json:"call,omitempty"`
}

// Of is the problem that an error is.
func Of(err error) Problem {
	var e *waygate.Error
	if !errors.As(err, &e) {
		return Problem{Error: "internal"}
	}
	return Problem{Error: string(e.Kind), Hint: e.Hint, Fields: e.Fields, Call: e.CallID}
}

// Write answers a failed call; a wait that is known becomes a Retry-After, rounded up.
func Write(w http.ResponseWriter, err error) {
	var e *waygate.Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	JSON(w, Status(err), Of(err))
}

// Status maps a failure to the status of our own API. What the CRM answered to
// us is not what we answer to the customer: its 401 means that the account has
// to be connected again, not that the customer's key is wrong.
func Status(err error) int {
	var e *waygate.Error
	if !errors.As(err, &e) {
		return http.StatusInternalServerError
	}
	switch { // those that stand out of their category
	case errors.Is(err, waygate.ErrInvalidResponse):
		return http.StatusBadGateway
	case errors.Is(err, waygate.ErrMissing), errors.Is(err, waygate.ErrUnresolved):
		return http.StatusNotFound
	case errors.Is(err, waygate.ErrServer):
		return http.StatusBadGateway
	}
	switch e.Category() {
	case waygate.CategoryValidation:
		return http.StatusUnprocessableEntity
	case waygate.CategoryAuth:
		return http.StatusConflict
	case waygate.CategoryRateLimit:
		return http.StatusTooManyRequests
	case waygate.CategoryTimeout:
		return http.StatusGatewayTimeout
	case waygate.CategoryNetwork:
		return http.StatusBadGateway
	case waygate.CategoryServer:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// JSON answers with a body.
func JSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
