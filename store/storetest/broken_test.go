package storetest_test

import (
	"maps"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/store/storetest"
)

// breakage is one way in which a store can be wrong.
type breakage struct {
	fails string // the test that has to see it
	store func(s *memory.Store) waygate.Store
	caps  func(c *storetest.Capabilities)
}

// broken replaces parts of a store.
type broken struct {
	*memory.Store
	connections waygate.ConnectionStore
	credentials waygate.CredentialStore
	definitions waygate.DefinitionStore
	records     waygate.RecordStore
}

func (b broken) Connections() waygate.ConnectionStore {
	return or(b.connections, b.Store.Connections())
}
func (b broken) Credentials() waygate.CredentialStore {
	return or(b.credentials, b.Store.Credentials())
}
func (b broken) Definitions() waygate.DefinitionStore {
	return or(b.definitions, b.Store.Definitions())
}
func (b broken) Records() waygate.RecordStore { return or(b.records, b.Store.Records()) }

func or[T comparable](a, b T) T {
	var none T
	if a != none {
		return a
	}
	return b
}

type (
	connections = waygate.ConnectionStore
	credentials = waygate.CredentialStore
	definitions = waygate.DefinitionStore
	records     = waygate.RecordStore
)

// breakages are all of them by name.
func breakages() map[string]breakage {
	all := map[string]breakage{}
	for _, some := range []map[string]breakage{wrongCapabilities(), brokenConnections(), brokenCredentials(), brokenRecordStores(), brokenOthers(), brokenWatches(),
		brokenFields(), brokenFlows(), brokenApps(), brokenPurges()} {
		maps.Copy(all, some)
	}
	return all
}

func wrongCapabilities() map[string]breakage {
	return map[string]breakage{
		"declares no watch":     {fails: "Capabilities", store: as, caps: func(c *storetest.Capabilities) { c.Watch = false }},
		"declares no waking":    {fails: "Capabilities", store: as, caps: func(c *storetest.Capabilities) { c.Wakes = false }},
		"declares no flows":     {fails: "Capabilities", store: as, caps: func(c *storetest.Capabilities) { c.Flows = false }},
		"declares no apps":      {fails: "Capabilities", store: as, caps: func(c *storetest.Capabilities) { c.Apps = false }},
		"declares no audit":     {fails: "Capabilities", store: as, caps: func(c *storetest.Capabilities) { c.Audit = false }},
		"hides its parts":       {fails: "Capabilities", store: func(s *memory.Store) waygate.Store { return bare{s} }},
		"declares durability":   {fails: "Capabilities", store: as, caps: func(c *storetest.Capabilities) { c.Durable = true }},
		"is durable":            {fails: "Capabilities", store: func(s *memory.Store) waygate.Store { return durable{s} }},
		"declares few records":  {fails: "Capabilities", store: as, caps: func(c *storetest.Capabilities) { c.BoundedRecords = 10 }},
		"declares more records": {fails: "RecordStore/8_bounded", store: as, caps: func(c *storetest.Capabilities) { c.BoundedRecords = 600 }},
		"declares all records":  {fails: "RecordStore/8_bounded", store: as, caps: func(c *storetest.Capabilities) { c.BoundedRecords = 0 }},
	}
}

func brokenConnections() map[string]breakage {
	conns := func(fails string, wrap func(connections) connections) breakage {
		return breakage{fails: fails, store: func(s *memory.Store) waygate.Store {
			return broken{Store: s, connections: wrap(s.Connections())}
		}}
	}
	return map[string]breakage{
		"finds other tenants' rows":     conns("Store/1_tenant", func(c connections) connections { return leaky{c} }),
		"ignores ctx":                   conns("Store/3_ended_ctx", func(c connections) connections { return deaf{c} }),
		"loses audit":                   conns("Store/6_audit_with_change", func(c connections) connections { return unaudited{c} }),
		"has a cursor on the last page": conns("Store/8_pages", func(c connections) connections { return endless{c} }),
		"promotes nobody":               conns("ConnectionStore/2_primary_promoted", func(c connections) connections { return unpromoted{c} }),
		"updates any version":           conns("ConnectionStore/6_update_race", func(c connections) connections { return careless{c} }),
		"takes foreign cursors":         conns("Store/1_cursor_of_another_tenant", func(c connections) connections { return gullible{c} }),
		"forgets what to resume":        conns("ConnectionStore/6_resume", func(c connections) connections { return forgetful{c} }),
		"keeps the old credential":      conns("ConnectionStore/6_credential_changes", func(c connections) connections { return loyal{c} }),
		"counts wrongly":                conns("ConnectionStore/8_purge", func(c connections) connections { return miscounting{c} }),
	}
}

func brokenCredentials() map[string]breakage {
	creds := func(fails string, wrap func(credentials) credentials) breakage {
		return breakage{fails: fails, store: func(s *memory.Store) waygate.Store {
			return broken{Store: s, credentials: wrap(s.Credentials())}
		}}
	}
	return map[string]breakage{
		"saves any version":    creds("CredentialStore/5_save_race", func(c credentials) credentials { return lastWins{c} }),
		"shares leases":        creds("CredentialStore/6_one_holder", func(c credentials) credentials { return generous{c} }),
		"has one fence":        creds("CredentialStore/8_fence", func(c credentials) credentials { return fenceless{c} }),
		"panics":               creds("Store/10_odd_arguments", func(c credentials) credentials { return nervous{c} }),
		"carries nothing over": creds("CredentialStore/11_status_carried_over", func(c credentials) credentials { return isolated{c} }),
		"stops the clock":      creds("CredentialStore/12_intent_remaining", func(c credentials) credentials { return frozen{c} }),
		"inserts intents": {fails: "CredentialStore/12_insert_without_intent", store: func(s *memory.Store) waygate.Store {
			return broken{Store: s, connections: marking{s.Connections(), s.Credentials()}}
		}},
		"rounds times": creds("Store/9_times_kept", func(c credentials) credentials { return coarse{c} }),
	}
}

func brokenRecordStores() map[string]breakage {
	recs := func(fails string, wrap func(*brokenRecords)) breakage {
		return breakage{fails: fails, store: func(s *memory.Store) waygate.Store {
			r := &brokenRecords{records: s.Records()}
			wrap(r)
			return broken{Store: s, records: r}
		}}
	}
	return map[string]breakage{
		"writes batches bit by bit": recs("RecordStore/1_append_whole", func(r *brokenRecords) { r.bits = true }),
		"ignores a call's ID":       recs("RecordStore/6_filters", func(r *brokenRecords) { r.anyID = true }),
		"includes until":            recs("RecordStore/6_times", func(r *brokenRecords) { r.later = time.Microsecond }),
		"expires too much":          recs("RecordStore/7_expire", func(r *brokenRecords) { r.expires = time.Microsecond }),
		"takes the rank below":      recs("StatisticsStore/2_percentiles", func(r *brokenRecords) { r.below = true }),
	}
}

func brokenOthers() map[string]breakage {
	return map[string]breakage{
		"shares results": {fails: "Store/5_results", store: func(s *memory.Store) waygate.Store {
			return broken{Store: s, definitions: &caching{definitions: s.Definitions(), got: map[string]waygate.StoredDefinition{}}}
		}},
		"ignores case": {fails: "Store/7_ids", store: func(s *memory.Store) waygate.Store {
			return broken{Store: s, definitions: caseless{s.Definitions()}}
		}},
		"sorts as people do": {fails: "Store/8_order_of_bytes", store: func(s *memory.Store) waygate.Store {
			return broken{Store: s, definitions: alphabetic{s.Definitions()}}
		}},
		"tidies audit entries": {fails: "Store/7_any_bytes", store: func(s *memory.Store) waygate.Store {
			return tidy{broken{Store: s}}
		}},
		"reads all variables": {fails: "VariableStore/3_names", store: func(s *memory.Store) waygate.Store {
			return unnamed{broken{Store: s}}
		}},
		"reseals anything": {fails: "VariableStore/6_reseal", store: func(s *memory.Store) waygate.Store {
			return resealing{broken{Store: s}}
		}},
	}
}

func as(s *memory.Store) waygate.Store { return s }
