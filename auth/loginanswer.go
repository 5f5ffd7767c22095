package auth

// LoginAnswer says what the answer to a [LoginStep] means. A path is written as dotted names, "data.token"; empty is the
// whole of the body.
type LoginAnswer struct {
	// Format is what the body is read as, whatever its Content-Type says. Empty means FormatJSON. It is read if a path
	// leads into it, up to 1 MiB.
	Format LoginFormat `json:"format,omitempty"`
	// Values are what is taken from it; at most 16.
	Values []LoginValue `json:"values,omitempty"`
	// Expires says where the answer tells when the token expires. Nil: it doesn't.
	Expires *LoginExpiry `json:"expires,omitempty"`
	// Statuses are those of success, at most 16; also one of 302, for it isn't followed. Empty means 200 to 299.
	Statuses []int `json:"statuses,omitempty"`
	// Success is a path that tells whether an answer with such a status is one of success: what stands there must be one
	// of SuccessValues, true if there are none. Empty: it is.
	Success       string   `json:"success,omitempty"`
	SuccessValues []string `json:"success_values,omitempty"`
	// Error and Description are where an error code and its text stand. An answer with a code there (not false, not 0) is
	// no success. Empty: nowhere.
	Error       string `json:"error,omitempty"`
	Description string `json:"description,omitempty"`
	// RefusedCodes are the codes that say that the credential is wrong: it isn't tried again until it was replaced. They
	// count with any status, for a SOAP fault has 500. At most 16.
	RefusedCodes []string `json:"refused_codes,omitempty"`
	// RefusedStatuses are the statuses that say the same; at most 16. Empty means 401, unless there are RefusedCodes and
	// the answer has a code.
	RefusedStatuses []int `json:"refused_statuses,omitempty"`
}

// LoginFormat is what the body of an answer is.
type LoginFormat string

// The formats.
const (
	// FormatJSON is JSON (RFC 8259).
	FormatJSON LoginFormat = "json"
	// FormatXML is XML 1.0. A path names elements from the root on, without their namespaces: "Envelope.Body.token". An
	// attribute is ['@name'], elements of the same name are a list. Space around texts is cut.
	FormatXML LoginFormat = "xml"
	// FormatText is text, which is one value as a whole, with an empty path. Space around it is cut.
	FormatText LoginFormat = "text"
)

// LoginValue is one value of an answer.
type LoginValue struct {
	// Name is what {captured.name} calls it in later steps, [a-z0-9_]{1,64}; required. "access_token" is the token, and
	// "refresh_token" what the refresh is asked with: both are kept.
	Name string `json:"name"`
	// From is where it is. Empty means FromBody.
	From LoginSource `json:"from,omitempty"`
	// Path is the path in the body, or the name of the header, the cookie or the redirect's parameter.
	Path string `json:"path,omitempty"`
	// Prefix is cut off its start, if it is there: "Bearer ".
	Prefix string `json:"prefix,omitempty"`
	// Keep keeps it in the credential under its name, for Use.
	Keep bool `json:"keep,omitempty"`
	// Optional lets it be absent.
	Optional bool `json:"optional,omitempty"`
}

// LoginSource is the part of an answer that a value is taken from.
type LoginSource string

// The sources.
const (
	FromBody   LoginSource = "body"   // a path in the body
	FromHeader LoginSource = "header" // a header, whole
	FromCookie LoginSource = "cookie" // the value of a cookie that Set-Cookie sets (RFC 6265)
	// FromRedirect is the query of the URL that the header Location names (RFC 9110, section 10.2.2), which is not
	// followed: where a login ends as the authorization of OAuth 2 does, with ?code=. Statuses then has 302.
	FromRedirect LoginSource = "redirect"
)

// LoginExpiry says where an answer tells when the token expires.
type LoginExpiry struct {
	// From is where it is told. Empty means FromBody. A cookie tells by its own Max-Age or Expires (RFC 6265 §4.1.2).
	From LoginSource `json:"from,omitempty"`
	// Path is the path in the body, or the name of the header, the cookie or the parameter of the redirect; not looked at with
	// ExpiryJWT.
	Path string `json:"path,omitempty"`
	// Form is how it is written. Empty means ExpirySeconds. Not looked at with FromCookie.
	Form ExpiryForm `json:"form,omitempty"`
}
