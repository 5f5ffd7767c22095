package auth

// TokenAnswer says where the answer of a token endpoint deviates from RFC 6749 §5.1. A path is written as dotted names,
// "data.access_token"; empty means the standard name.
type TokenAnswer struct {
	AccessToken  string `json:"access_token,omitempty"`  // "access_token" by default
	RefreshToken string `json:"refresh_token,omitempty"` // "refresh_token" by default
	ExpiresIn    string `json:"expires_in,omitempty"`    // "expires_in" by default; see Expiry
	Scope        string `json:"scope,omitempty"`         // "scope" by default
	TokenType    string `json:"token_type,omitempty"`    // "token_type" by default
	IDToken      string `json:"id_token,omitempty"`      // "id_token" by default
	// Expiry is the form of what stands at ExpiresIn. Empty means ExpirySeconds.
	Expiry ExpiryForm `json:"expiry,omitempty"`
	// Success is a path that tells whether an answer with status 200 is one of success: what stands there must be one
	// of SuccessValues, true if there are none. Empty: any answer with an access token is. {"ok": false} is Success "ok".
	Success       string   `json:"success,omitempty"`
	SuccessValues []string `json:"success_values,omitempty"`
	// Error and Description are where the error code and its text stand. Empty means "error" and "error_description".
	Error       string `json:"error,omitempty"`
	Description string `json:"description,omitempty"`
	// RefusedCodes are the provider's own codes that say what RFC 6749 says with invalid_grant; at most 16.
	RefusedCodes []string `json:"refused_codes,omitempty"`
}

// ExpiryForm is how an answer writes when the access token expires.
type ExpiryForm string

// The forms. Where what stands there can't be read, or is not positive, the expiry is unknown.
const (
	// ExpirySeconds counts from when the request was sent: a number, or text of one.
	ExpirySeconds ExpiryForm = "seconds"
	// ExpiryEpoch is the Unix time in seconds.
	ExpiryEpoch ExpiryForm = "epoch"
	// ExpiryEpochMillis is the Unix time in milliseconds.
	ExpiryEpochMillis ExpiryForm = "epoch_ms"
	// ExpiryISO is a date and time of ISO 8601 as RFC 3339 has it; in UTC if there is no zone.
	ExpiryISO ExpiryForm = "iso"
	// ExpiryDuration is a text such as "24h", "90m" or "30d", counted from when the request was sent.
	ExpiryDuration ExpiryForm = "duration"
	// ExpiryJWT is the claim "exp" of the access token (RFC 7519 §4.1.4). Its signature is not checked: the provider's own
	// answer brought it.
	ExpiryJWT ExpiryForm = "jwt"
)

// Capture takes a value out of a token answer or a callback and makes it a parameter of the connection.
type Capture struct {
	// Parameter is the connection's parameter, [a-z0-9_]{1,64}; required.
	Parameter string `json:"parameter"`
	// From is where the value is. Empty means CaptureAnswer.
	From CaptureSource `json:"from,omitempty"`
	// Path is where in the answer, "team.id", or the name of the callback's parameter. Empty means Parameter.
	Path string `json:"path,omitempty"`
	// Prefix is cut off its start, if it is there: "https://", where a host is wanted. At most 256 bytes.
	Prefix string `json:"prefix,omitempty"`
	// Pattern is a regular expression (RE2) of at most 1 KiB that the value as a whole, without Prefix, must match; required,
	// because who makes the callback is not known. A value has at most 1 KiB.
	Pattern string `json:"pattern"`
	// Optional lets the value be absent.
	Optional bool `json:"optional,omitempty"`
}

// CaptureSource is what a [Capture] takes its value from.
type CaptureSource string

// The sources.
const (
	// CaptureAnswer is the answer of the token endpoint to the first request.
	CaptureAnswer CaptureSource = "answer"
	// CaptureCallback is the query that the person's browser came back with. Its values can be used in TokenURL.
	CaptureCallback CaptureSource = "callback"
)

// Assertion says what a signed JWT holds (RFC 7523 §3). It always has jti, iat and exp.
type Assertion struct {
	// Algorithm is of RFC 7518 §3.1 and RFC 8037: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or
	// EdDSA. Empty means RS256.
	Algorithm string `json:"algorithm,omitempty"`
	// Issuer, Subject and Audience are templates. Empty means the client's id, the issuer, and the token URL. In a JWT of
	// ClientAuthPrivateKey issuer and subject are the client's id always.
	Issuer   string `json:"issuer,omitempty"`
	Subject  string `json:"subject,omitempty"`
	Audience string `json:"audience,omitempty"`
	// Lifetime is how long the JWT is valid, at most 24 hours. 0 means 5 minutes.
	Lifetime Duration `json:"lifetime,omitempty"`
	// Claims are more claims for GrantJWTBearer, whose values are templates: {"scope": "read"}; at most 32.
	Claims map[string]string `json:"claims,omitempty"`
}
