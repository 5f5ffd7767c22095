// Package secret keeps secrets from being seen: in values that don't print, in text that leaves the process, and at rest.
//
// A [String] holds one secret. However it is printed, logged or marshalled, out comes [Redacted]; only
// [String.Reveal] gives the value:
//
//	token := secret.New("ghp_0123456789")
//	fmt.Printf("%+v", token)                    // [redacted]
//	req.Header.Set("Authorization", "Bearer "+token.Reveal())
//
// A [Redactor] knows secret values and removes them from text that others wrote (an error of a library, the body of
// a provider's answer), in clear and in the encodings in which they usually travel. Redact first, [Truncate] after:
//
//	r := secret.NewRedactor(token).Pair(user, password)
//	log.Print(secret.Truncate(r.String(err.Error()), 2000))
//
// A [Keyring] seals bytes for the store. Each seal is tied to the place it was made for, a [Binding], so that a row
// copied to another tenant, kind or field does not open. Keys come from a [Source] ([StaticKeys], [KeyFile], or the
// host's own); the first one seals, all of them open, and [Keyring.Reload] takes up a changed list:
//
//	ring, err := secret.NewKeyring(ctx, secret.KeyFile("/etc/waygate/keys"))
//	place := secret.Binding{Purpose: secret.PurposeCredential, Tenant: "acme", ID: "con_1", Field: "sealed"}
//	sealed, err := ring.Seal(place, []byte(`{"token":"…"}`))
//	plain, err := ring.Open(place, sealed)
//
// Failures are an [*Error]; errors.Is tells its class: [ErrKey], [ErrBinding], [ErrUnknownKey], [ErrNotAuthentic],
// [ErrMalformed], [ErrSecret]. No error of this package holds a secret value.
package secret
