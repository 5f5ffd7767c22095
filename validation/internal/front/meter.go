package front

import (
	"context"
	"time"

	"github.com/waygate-go/waygate/validation/internal/canon"
)

// Work that one Validate may cost, in microseconds of an idle machine, roughly.
// It is proportional to the size of the tree, so that a schema that multiplies
// along the depth of a tree is stopped.
const (
	baseBudget    = 50_000
	budgetPerNode = 100
	maxBudget     = 2_000_000
	// bytesPerMicro is how fast the slower engine looks at a string: at each
	// evaluation it prints it, to tell values apart.
	bytesPerMicro = 16
	// partsPerMicro is how fast members and items are looked at.
	partsPerMicro = 8
	// StepsPerMicro is how fast a pattern runs: instructions times bytes.
	StepsPerMicro = 100
	// bytesPerBudget is for how many bytes of a tree the budget is one
	// microsecond larger.
	bytesPerBudget = 4
	// maxTime bounds a check on a machine that is slower, or busy.
	maxTime = 5 * time.Second
	// workPerLook is after how much work a meter looks whether its time is over.
	workPerLook = 2_000
)

// Meter counts the work of one Validate, and stops the engine when there is too
// much of it or when the caller's time is over.
type Meter struct {
	doc        *canon.Doc
	maxSubject int
	done       <-chan struct{}
	until      time.Time
	left       int  // budget
	look       int  // at which budget to look at done again
	oversized  bool // a pattern met a subject that is too long
}

// What an engine is stopped with.
type (
	overBudget struct{}
	overTime   struct{}
)

func (m *Meter) start(ctx context.Context, budget int) {
	m.done, m.until = ctx.Done(), time.Now().Add(maxTime)
	m.left, m.look, m.oversized = budget, budget-workPerLook, false
}

func (m *Meter) spend(work int) {
	m.left -= work
	if m.left < 0 {
		panic(overBudget{})
	}
	if m.left > m.look {
		return
	}
	m.look = m.left - workPerLook
	if time.Now().After(m.until) {
		panic(overBudget{})
	}
	select {
	case <-m.done:
		panic(overTime{})
	default:
	}
}

// Format makes the function that the engine calls once for each evaluation of
// a schema object, as the format of that name: it counts the work, and matches
// the pattern.
func (m *Meter) Format(f canon.Format) func(any) bool {
	return func(value any) bool {
		switch v := value.(type) {
		case string:
			m.spend(f.Weight + len(v)/bytesPerMicro)
			return f.Pattern == nil || m.match(f, v)
		case map[string]any:
			m.spend(f.Weight + len(v)/partsPerMicro)
			if f.Names > 0 {
				m.spendNames(f.Names, v)
			}
		case []any:
			m.spend(f.Weight + len(v)/partsPerMicro)
		default:
			m.spend(f.Weight)
		}
		return true
	}
}

// Place counts the work of writing the pointer of a violation, which is as long as
// the names on its way.
func (m *Meter) Place(pointer string) { m.spend(len(pointer) / bytesPerMicro) }

func (m *Meter) match(f canon.Format, text string) bool {
	if len(text) > m.maxSubject {
		m.oversized = true
		return false
	}
	m.spend(len(text) * f.Size / StepsPerMicro)
	return f.Pattern.MatchString(text)
}

// spendNames counts the work of matching member names, before it is done.
func (m *Meter) spendNames(size int, members map[string]any) {
	work := 0
	for name := range members {
		work += (len(name) + 8) * size / StepsPerMicro
	}
	m.spend(work)
}
