package waygate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/nearest"
	"github.com/waygate-go/waygate/internal/template"
)

// resolveConnection finds the connection and where it leads.
func (r *run) resolveConnection(ctx context.Context) error {
	switch {
	case r.spec.parent != nil:
		r.link = r.spec.parent.link
		return nil
	case r.spec.pinned != nil && r.spec.pinned.source != nil:
		return r.use(r.spec.pinned.source)
	case r.spec.opts.through != nil:
		return r.use(r.spec.opts.through)
	case r.spec.opts.on == "" && r.gw.cfg.Resolve != nil:
		c, err := r.resolveByHost(ctx)
		if err != nil {
			return err
		}
		if c != nil {
			return r.use(c)
		}
	}
	integ := r.action.integ
	if !integ.needsCredential() && r.spec.opts.on == "" && len(integ.params) == 0 {
		r.link.info = ConnectionInfo{Tenant: r.spec.tenant, Integration: integ.def.ID}
		return r.aim()
	}
	return r.find(ctx)
}

// find takes a stored connection.
func (r *run) find(ctx context.Context) error {
	integ, ref := r.action.integ, r.spec.opts.on
	found, err := r.gw.cache.find(ctx, r.spec.tenant, integ.def.ID, ref)
	switch {
	case errors.Is(err, ErrUnresolved) && ref == "" && !integ.needsCredential() && len(integ.params) == 0:
		r.link.info = ConnectionInfo{Tenant: r.spec.tenant, Integration: integ.def.ID}
		return r.aim()
	case errors.Is(err, ErrUnresolved) && ref == "":
		return errorf(KindUnresolved, "", "no connection to %q: make one with Tenant.Connect", integ.def.ID)
	case errors.Is(err, ErrUnresolved):
		return errorf(KindUnresolved, "", "no connection %q to %q%s", clip(ref), integ.def.ID,
			cmp.Or(r.gw.meantConnection(ctx, r.spec.tenant, integ.def.ID, ref), ": Tenant.Connections lists what there is"))
	case err != nil:
		return storeError(ctx, "", err)
	}
	return r.use(found)
}

// resolveByHost asks Config.Resolve, contained.
func (r *run) resolveByHost(ctx context.Context) (c Connection, err error) {
	defer func() {
		if p := recover(); p != nil {
			c, err = nil, errorf(KindConfig, "", "Config.Resolve panicked: %v", p)
		}
	}()
	c, err = r.gw.cfg.Resolve(ctx, r.spec.tenant, r.action.integ.def.ID)
	if err != nil {
		return nil, errorAs(fmt.Errorf("Config.Resolve: %w", err), kindOf(ctx, err, KindStore))
	}
	return c, nil
}

// use takes a connection after checking that it is the tenant's and active.
func (r *run) use(c Connection) error {
	info, err := connectionInfo(c)
	if err != nil {
		return err
	}
	integ := r.action.integ
	if info.Tenant != r.spec.tenant || info.Integration != integ.def.ID {
		return errorf(KindConfig, "", "the connection's Info names another tenant or integration than the call's")
	}
	if info.ID == "" {
		return errorf(KindConfig, "", "the connection's Info has no ID: give it one that is the same at every call")
	}
	r.link.info, r.link.source, r.link.found = info, c, r.gw.cfg.Now()
	if e := statusError(info); e != nil {
		return e
	}
	switch c.(type) {
	case *storedConnection, unsaved: // checked when it was written, or just now
	default:
		if err := r.gw.checkConnection(integ, info); err != nil {
			return errorAs(err, KindConfig)
		}
	}
	return r.aim()
}

// connectionInfo asks a host's connection who it is, contained.
func connectionInfo(c Connection) (info ConnectionInfo, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errorf(KindConfig, "", "the connection's Info panicked: %v", p)
		}
	}()
	return c.Info().clone(), nil
}

func (i ConnectionInfo) clone() ConnectionInfo {
	i.Parameters, i.Headers, i.Metadata = maps.Clone(i.Parameters), maps.Clone(i.Headers), maps.Clone(i.Metadata)
	i.Tags, i.Mappings = slices.Clone(i.Tags), cloneMappings(i.Mappings)
	return i
}

// aim expands the base URL.
func (r *run) aim() error {
	integ := r.action.integ
	if integ.fixed != nil && r.link.info.BaseURL == "" {
		r.link.base, r.link.origin = integ.fixed, integ.origin
	} else {
		base, err := integ.baseFor(r.link.info)
		if err != nil {
			return newError(KindConfig, "", err)
		}
		r.link.base, r.link.origin = base, egress.Origin(base)
	}
	if r.link.origin == "" {
		return errorf(KindConfig, "", "base URL: its host or port can't be read: want something like https://api.example.com/v1")
	}
	return nil
}

// baseFor is where a connection's requests go.
func (c *compiledIntegration) baseFor(info ConnectionInfo) (*url.URL, error) {
	if info.BaseURL != "" {
		return c.ownBase(info.BaseURL)
	}
	if c.fixed != nil {
		return c.fixed, nil
	}
	text, err := c.base.Expand(func(ref template.Ref) (string, bool) {
		v, ok, err := c.parameter(info, ref.Name)
		return v, ok && err == nil
	})
	if err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	return c.own(c.base, text)
}

// own reads what a template of a base URL was expanded to. One that leads to another owner's host never gets the
// platform's secrets.
func (c *compiledIntegration) own(t *template.Template, text string) (*url.URL, error) {
	u, err := parseBase(text)
	if err == nil && c.platformSecrets && c.strays(t, u.Hostname()) {
		return nil, fmt.Errorf("base URL: this integration sends secrets of the platform, and with these parameters its host is below " +
			"a domain where anybody may have one: if it is the provider's own, list that domain in OwnDomains")
	}
	return u, err
}

// ownBase checks a connection's own base URL. One that leads elsewhere never
// gets the platform's secrets.
func (c *compiledIntegration) ownBase(text string) (*url.URL, error) {
	u, err := parseBase(text)
	if err != nil {
		return nil, fmt.Errorf("base_url: %w", err)
	}
	if !c.platformSecrets || c.sameOwner(u) {
		return u, nil
	}
	return nil, fmt.Errorf("base_url: this integration sends secrets of the platform, so a connection can't lead it to another domain " +
		"unless the integration lists that origin in Origins")
}

// parameter is the value of a connection parameter, checked.
func (c *compiledIntegration) parameter(info ConnectionInfo, name string) (string, bool, error) {
	for _, p := range c.params {
		if p.Name != name {
			continue
		}
		v, ok := info.Parameters[name]
		if !ok && p.Default != nil {
			v, ok = *p.Default, true
		}
		if !ok {
			return "", p.Optional, nil
		}
		return p.full(v), true, p.check(v)
	}
	return "", false, nil
}

// checkParameters tests what a connection gives against what is declared.
func (c *compiledIntegration) checkParameters(info ConnectionInfo, later func(string) bool) (missing bool, err error) {
	known := map[string]bool{}
	for _, p := range c.params {
		known[p.Name] = true
		_, ok, err := c.parameter(info, p.Name)
		if err != nil {
			return false, err
		}
		if !ok && later != nil && later(p.Name) {
			missing = true
			continue
		}
		if !ok {
			return false, badParameter(p.Name, "required", "is missing: give it in Parameters")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(info.Parameters)) {
		if !known[name] {
			return false, badParameter(name, "additionalProperties", "is not declared by integration "+c.def.ID+nearest.DidYouMean(name, c.parameterNames()))
		}
	}
	return missing, nil
}

// later says which parameters a connection may get only while it is made.
func (c *compiledIntegration) later(name string) bool {
	return c.told(name) || c.hooks.connect != nil
}

func (c *compiledIntegration) parameterNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range c.params {
			if !yield(p.Name) {
				return
			}
		}
	}
}
