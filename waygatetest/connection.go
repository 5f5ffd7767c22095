package waygatetest

import (
	"testing"
	"testing/synctest"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// ConnectionHarness brings a kind of connection to [TestConnection]. The zero
// value is the stored ones, which [waygate.Tenant.Connect] makes.
type ConnectionHarness struct {
	// Open makes a connection of the host's own kind. It is asked within the
	// clause's bubble.
	Open func(t testing.TB, c OwnConnection) waygate.Connection
	// Resolve hands the host's connection over by Config.Resolve, in place of
	// [waygate.Through].
	Resolve bool
	// Refreshes says that the connection is a [waygate.Refresher].
	Refreshes bool
}

// OwnConnection says what the suite wants of a host's connection.
type OwnConnection struct {
	Tenant, Integration string // what Info has to say
	// Credential is what the connection gives.
	Credential auth.Credential
	// Next is what Refresh brings where the connection refreshes: Refresh with
	// the Credential as used returns it, and Credential gives it from then on.
	Next auth.Credential
}

// TestConnection runs the clauses of [waygate.Connection] and
// [waygate.Refresher] against a kind of connection and the gateway together: one
// subtest for each, such as "Connection/4_asked_for_each_attempt". None is left
// out; what the harness declares and the connection doesn't do, fails.
//
// Each clause runs in a bubble of testing/synctest, so that waits take no time:
// the connection must get by without sockets, and without goroutines from
// outside; give it a fake of what it asks. What [TestAction] says of a mutex
// holds here too.
func TestConnection(t *testing.T, h ConnectionHarness) {
	t.Helper()
	t.Run("Connection", func(t *testing.T) {
		for _, c := range connectionClauses() {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { c.test(newConnectionBench(t, h)) })
			})
		}
	})
}

type connectionClause struct {
	name string
	test func(*connectionBench)
}

func connectionClauses() []connectionClause {
	return []connectionClause{
		{"1_names_tenant_and_integration", (*connectionBench).names},
		{"2_info_without_secret", (*connectionBench).infoWithoutSecret},
		{"3_status", (*connectionBench).status},
		{"4_asked_for_each_attempt", (*connectionBench).askedForEach},
		{"5_many_at_once", (*connectionBench).atOnce},
		{"6_ends_with_ctx", (*connectionBench).endsWithCtx},
		{"7_credential_only_read", (*connectionBench).onlyRead},
		{"8_credential_that_does_not_fit", (*connectionBench).misfit},
		{"9_kind_of_error", (*connectionBench).errors},
		{"10_panic", (*connectionBench).panics},
		{"11_base_and_parameters_checked", (*connectionBench).target},
		{"refresher", (*connectionBench).refreshes},
	}
}
