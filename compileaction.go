package waygate

import (
	"fmt"
	"net/textproto"
	"time"

	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/resilience"
)

// compileAction adds an action to c, and gives what c.def keeps of it.
func (g *Gateway) compileAction(c *compiledIntegration, a Action) (Action, error) {
	if a == nil {
		return nil, fmt.Errorf("is nil: give an HTTPAction or an Action in Go, or leave it out")
	}
	info, err := safeInfo(a)
	if err != nil {
		return nil, err
	}
	if err := checkSlug("id", info.ID); err != nil {
		return nil, err
	}
	if _, twice := c.actions[info.ID]; twice {
		return nil, at("id", fmt.Errorf("%q is used twice: give one of the two actions another", info.ID))
	}
	own := info.bare().clone()
	a = bareAction(a, own)
	ca := &compiledAction{integ: c, info: own, fullID: c.def.ID + "." + info.ID, action: a}
	if err := g.compileInfo(ca, info); err != nil {
		return nil, fmt.Errorf("action %s: %w", info.ID, err)
	}
	if h, ok := unwrapped[interface{ definition() HTTPAction }](a); ok { // also a pointer, or a struct that embeds one
		if ca.http, err = g.compileHTTP(c, h.definition()); err != nil {
			return nil, fmt.Errorf("action %s: %w", info.ID, err)
		}
		ca.scopes.add(ca.http.path)
		for _, t := range ca.http.headers {
			ca.scopes.add(t.value)
		}
	}
	for _, t := range c.headers {
		ca.scopes.add(t.value)
	}
	_, ca.plain = a.(HTTPAction)
	ca.pager, _ = unwrapped[Pager](a)
	if _, own := ca.pager.(interface{ definition() HTTPAction }); own && ca.http.strategy == nil {
		ca.pager = nil
	}
	c.actions[info.ID] = ca
	return a, nil
}

// safeInfo contains a panic in a host's Info.
func safeInfo(a Action) (info ActionInfo, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("its Info method panicked")
		}
	}()
	return a.Info(), nil
}

// compileInfo checks and compiles what all kinds of actions have. i is the action's own, with its schemas.
func (g *Gateway) compileInfo(a *compiledAction, i ActionInfo) error {
	if len(i.Description) > maxDescription {
		return at("description", fmt.Errorf("%d bytes, want at most %d", len(i.Description), maxDescription))
	}
	if err := checkTags(i.Tags); err != nil {
		return err
	}
	if err := a.compileSchemas(i); err != nil {
		return err
	}
	if err := compileMappings(a); err != nil {
		return err
	}
	if err := compileRecords(a); err != nil {
		return err
	}
	if err := g.compileResponse(a); err != nil {
		return at("response", err)
	}
	if err := checkIdempotency(i.Idempotency, a.integ); err != nil {
		return at("idempotency", err)
	}
	return g.compileChoices(a)
}

// compileChoices settles what an action inherits: action > integration >
// Config.
func (g *Gateway) compileChoices(a *compiledAction) error {
	if err := checkTimeout(a.info.Timeout); err != nil {
		return at("timeout", err)
	}
	a.timeout = g.cfg.Timeout
	for _, d := range []time.Duration{time.Duration(a.integ.def.Timeout), a.info.Timeout} {
		if d != 0 {
			a.timeout = d
		}
	}
	a.retry = g.cfg.Retry
	for _, p := range []resilience.Policy{a.integ.def.Retry, a.info.Retry} {
		if p == nil {
			continue
		}
		if err := p.Validate(); err != nil {
			return at("retry", err)
		}
		a.retry = p
	}
	if err := a.compileReader(); err != nil {
		return err
	}
	if err := checkValidation(a.info.Validation); err != nil {
		return err
	}
	return compileChecks(a)
}

func (a *compiledAction) compileSchemas(i ActionInfo) (err error) {
	if a.input, err = a.integ.shelf.put(i.InputSchema); err != nil {
		return at("input_schema", err)
	}
	if a.output, err = a.integ.shelf.put(i.OutputSchema); err != nil {
		return at("output_schema", err)
	}
	return nil
}

func compileMappings(a *compiledAction) (err error) {
	if m := a.info.InputMapping; m != nil {
		if a.inMap, err = mapping.Compile(*m); err != nil {
			return at("input_mapping", err)
		}
	}
	if m := a.info.OutputMapping; m != nil {
		if a.outMap, err = mapping.Compile(*m); err != nil {
			return at("output_mapping", err)
		}
	}
	return nil
}

func compileRecords(a *compiledAction) (err error) {
	if a.info.Records == "" {
		if a.info.MappedRecords != "" {
			return at("mapped_records", fmt.Errorf("is set without records: set both"))
		}
		return nil
	}
	if a.records, err = singular(a.info.Records); err != nil {
		return at("records", err)
	}
	a.mapped = a.records
	if a.info.MappedRecords != "" {
		if a.mapped, err = singular(a.info.MappedRecords); err != nil {
			return at("mapped_records", err)
		}
	}
	return nil
}

// singular compiles a path that finds one place at most.
func singular(src string) (*jsonpath.Path, error) {
	p, err := jsonpath.Compile(src)
	if err != nil {
		return nil, err
	}
	if !p.Singular() {
		return nil, fmt.Errorf("%s can find several places: name the one array that holds the records", src)
	}
	return p, nil
}

func checkIdempotency(i *Idempotency, c *compiledIntegration) error {
	if i == nil {
		return nil
	}
	if i.Lifetime < 0 {
		return at("lifetime", fmt.Errorf("%s is negative: use 0 for 24 h", time.Duration(i.Lifetime)))
	}
	switch textproto.CanonicalMIMEHeaderKey(i.Header) {
	case "Idempotency-Key", "X-Idempotency-Key":
		return nil
	}
	if err := checkHeaderName(i.Header, c.places); err != nil {
		return at("header", err)
	}
	return nil
}
