package resilience

// Held is why a failure isn't repeated that could be, as far as the policy goes.
type Held string

// The reasons.
const (
	HeldBody     Held = "body"     // the request's body can't be read again from the beginning
	HeldWait     Held = "wait"     // the provider states a longer wait than is accepted
	HeldDeadline Held = "deadline" // the wait would not end before the context's deadline
	HeldBudget   Held = "budget"   // there were too many retries lately: Transport.Spend refused
)

// String is the reason in words, as it stands behind "not repeated: ".
func (h Held) String() string {
	switch h {
	case HeldBody:
		return "the body can't be read again"
	case HeldWait:
		return "the provider asks for a longer wait than is accepted"
	case HeldDeadline:
		return "the wait would outlast the deadline"
	case HeldBudget:
		return "the retry budget for this host is spent"
	}
	return string(h)
}

// HeldError is a failure that wasn't repeated, with the reason. A loop gives what its last attempt gave, so it is for those
// who make an error of that.
type HeldError struct {
	Reason Held  // why it wasn't repeated
	Err    error // the failure
}

// Error is the failure's text and the reason.
func (e *HeldError) Error() string {
	text := "the attempt failed"
	if e.Err != nil {
		text = e.Err.Error()
	}
	return text + "; not repeated: " + e.Reason.String()
}

// Unwrap returns the failure.
func (e *HeldError) Unwrap() error { return e.Err }
