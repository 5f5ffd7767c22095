package waygatetest

import (
	"testing"
	"testing/synctest"

	"github.com/waygate-go/waygate"
)

// ActionHarness brings an action to [TestAction].
type ActionHarness struct {
	// Integration describes the API that the provider stands for, with the action
	// among its actions. It is asked once for each clause, within the clause's
	// bubble. Its BaseURL is provider.URL(), its Auth is auth.Bearer{}, and it
	// sets no retry policy, limits, breaker and timeouts.
	Integration func(provider *Provider) waygate.Integration
	// Action is the ID of the action, which
	//
	//   - sends exactly one request for each Do: POST /echo, by
	//     [waygate.Call.HTTPClient] and with Do's ctx, with the Call's Input as
	//     its JSON body;
	//   - answers what the provider answers: status, header and JSON body; for a
	//     status of 300 or more it may return an error of its own instead;
	//   - is declared idempotent (Effects), so that its request is retried;
	//   - has no mappings, schemas or records: the suite adds its own.
	Action string
	// Body says that the action's Response has a Body; else it has a Value.
	Body bool
	// Pages says that the action is a [waygate.Pager] which goes on for as long
	// as the answer has a member "next", and sends its value as the member
	// "cursor" of the next input. Else it has one page, whatever comes.
	Pages bool
}

// TestAction runs the clauses of [waygate.Action] against an action and the
// gateway together: one subtest for each, such as "Action/7_body_closed". None
// is left out; what the harness declares and the action doesn't do, fails.
//
// Each clause runs in a bubble of testing/synctest, so that waits take no time:
// the action must get by without sockets, and without goroutines from outside. One
// that waits while it holds a sync.Mutex stops the bubble's clock if a second
// call wants the mutex: the test then ends with go test's own timeout.
func TestAction(t *testing.T, h ActionHarness) {
	t.Helper()
	t.Run("Action", func(t *testing.T) {
		for _, c := range actionClauses() {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { c.test(t, h) })
			})
		}
	})
}

type actionClause struct {
	name string
	test func(*testing.T, ActionHarness)
}

func actionClauses() []actionClause {
	return []actionClause{
		{"1_info_constant", actionInfo},
		{"2_once_for_each_page", actionOnce},
		{"3_deadline", actionDeadline},
		{"4_input_is_a_copy", actionInput},
		{"5_own_connection_only", actionReach},
		{"6_body_or_value", actionResponse},
		{"7_body_closed", actionBody},
		{"8_status_fails", actionStatus},
		{"9_kind_of_error", actionErrors},
		{"10_panic_and_goexit", actionPanic},
		{"11_call_ends_with_do", actionEnd},
		{"pager", actionPager},
	}
}
