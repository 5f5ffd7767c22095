package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"strings"
)

// hmacFault says why CallbackHMAC can't be as it is.
func (s OAuth2) hmacFault() string {
	switch {
	case s.CallbackHMAC == "":
		return ""
	case len(s.CallbackHMAC) > maxName || strings.ContainsFunc(s.CallbackHMAC, isControl):
		return "is longer than 64 bytes, or has a control character"
	case s.CallbackHMAC == s.codeName() || s.CallbackHMAC == "state":
		return "is the name of another parameter of the callback"
	case s.grant() != GrantAuthorizationCode:
		return "is for the grant authorization_code alone, which has a callback"
	}
	switch s.clientAuth() {
	case ClientAuthBody, ClientAuthBasic, ClientAuthBasicRaw, ClientAuthQuery:
		return ""
	}
	return "is made with the client's secret, which client_auth " + string(s.clientAuth()) + " has none of"
}

// checkHMAC looks at the signature of a callback.
func (s OAuth2) checkHMAC(client Client, q CodeExchange) error {
	if s.CallbackHMAC == "" {
		return nil
	}
	bad := func(why string) error {
		return &Error{Op: opRequest, Scheme: s.Kind(), Field: "callback." + s.CallbackHMAC, Reason: why}
	}
	if client.Secret.Reveal() == "" {
		return bad("can't be checked without the client's secret")
	}
	others := maps.Clone(q.Callback)
	delete(others, s.CallbackHMAC)
	mac := hmac.New(sha256.New, []byte(client.Secret.Reveal()))
	mac.Write([]byte(others.Encode()))
	given, err := hex.DecodeString(q.Callback.Get(s.CallbackHMAC))
	if err != nil || len(q.Callback[s.CallbackHMAC]) > 1 || !hmac.Equal(given, mac.Sum(nil)) {
		return bad("isn't the signature of this callback: it was changed on its way, or is for another client; begin again")
	}
	return nil
}
