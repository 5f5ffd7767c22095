package waygate

import (
	"fmt"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// unaccepted adds to what a 401 says who can do what about it.
func (r *run) unaccepted(err error) error {
	if !r.action.signs() {
		return err
	}
	stored, ok := r.link.source.(*storedConnection)
	if !ok {
		return fmt.Errorf("%w: the connection's Credential has to return another", err)
	}
	if row, failed := stored.open(); failed == nil {
		err = r.spent(stored, row, err)
	}
	if o := r.action.integ.oauth; o != nil && (o.Grant == "" || o.Grant == auth.GrantAuthorizationCode) {
		return fmt.Errorf("%w: authorize the account again with Tenant.Authorize and the same Slug, or give Tenant.SetCredential a new token", err)
	}
	return fmt.Errorf("%w: give the connection a new credential with Tenant.SetCredential", err)
}

// spent says so of a token that is over, and can't be renewed.
func (r *run) spent(c *storedConnection, row auth.TokenRow, err error) error {
	expires, integ := row.Credential.Expires, r.action.integ
	if expires.IsZero() || expires.After(r.gw.cfg.Now()) || integ.renewer != nil && c.renewable(integ, row) {
		return err
	}
	return fmt.Errorf("%w: the token expired at %s, and can't be renewed", err, expires.UTC().Format(time.RFC3339))
}
