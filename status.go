package waygate

import "net/http"

// statusKind is the kind of a status of 300 or more.
func statusKind(status int) Kind {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return KindRejected
	case http.StatusUnauthorized:
		return KindAuth
	case http.StatusForbidden:
		return KindForbidden
	case http.StatusNotFound, http.StatusGone:
		return KindMissing
	case http.StatusRequestTimeout:
		return KindTimeout
	case http.StatusTooEarly:
		return KindServer
	case http.StatusTooManyRequests:
		return KindRateLimited
	}
	switch {
	case status >= 500:
		return KindServer
	case status >= 400:
		return KindClient
	}
	return KindInvalidResponse // 1xx that ended an exchange, and 3xx that was not followed
}
