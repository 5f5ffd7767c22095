package auth_test

import (
	"errors"
	"testing"

	"github.com/waygate-go/waygate/auth"
)

func asTokenError(err error, into **auth.TokenError) bool { return errors.As(err, into) }

var _ *testing.T
