package postgres_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/store/postgres"
)

// seed fills tables with the rows of 51 tenants, of which one has half: 20,000 connections and credentials, 20,000
// entries, flows and apps, 40,000 records of five weeks.
const seed = `
	INSERT INTO waygate.connection_groups (tenant, integration) SELECT 'tenant ' || g/2, CASE WHEN g%2 = 0 THEN 'slack' ELSE 'github' END FROM generate_series(0, 199) AS g;
	INSERT INTO waygate.credentials (tenant, id, integration, sealed, status, refresh_at, digests, updated_at)
		SELECT 'tenant ' || CASE WHEN g%2 = 0 THEN 7 ELSE g%100 END, 'crd_s' || g, 'github', 'sealed', 'active',
			CASE WHEN g%200 = 0 THEN '2030-01-01'::timestamptz WHEN g%2 = 0 THEN '2040-01-01'::timestamptz END, '{}', now()
		FROM generate_series(0, 19999) AS g;
	INSERT INTO waygate.credential_digests (digest, tenant, credential_id)
		SELECT convert_to('digest of s' || g, 'UTF8'), 'tenant ' || CASE WHEN g%2 = 0 THEN 7 ELSE g%100 END, 'crd_s' || g FROM generate_series(0, 19999) AS g;
	INSERT INTO waygate.connections (id, tenant, integration, slug, status, resume, is_primary, credential_id, base_url, app, created_at, updated_at)
		SELECT 'con_s' || g, 'tenant ' || CASE WHEN g%2 = 0 THEN 7 ELSE g%100 END, CASE WHEN g%2 = 0 THEN 'slack' ELSE 'github' END, 's' || g, 'active', '', g < 100 AND g%2 = 1, 'crd_s' || g, '', '', now(), now()
		FROM generate_series(0, 19999) AS g;
	INSERT INTO waygate.audit_entries (tenant, id, actor, action, target) SELECT 'tenant ' || CASE WHEN g%2 = 0 THEN 7 ELSE g%100 END, 'aud_' || g, '', 'a', 't' FROM generate_series(0, 19999) AS g;
	INSERT INTO waygate.records (tenant, id, start, integration, action, connection, connection_id, read_id, kind, duration, bucket, body)
		SELECT 'tenant ' || CASE WHEN g%2 = 0 THEN 7 ELSE g%100 END, 'call_' || g, '2031-01-01'::timestamptz + g * interval '1 minute' * 5 / 4, 'github', 'list', 's', 'con_s',
			CASE WHEN g%3 = 0 THEN 'read_' || g/10 ELSE '' END, CASE WHEN g%9 = 0 THEN 'server' ELSE '' END, 1000000, 180, '{}'
		FROM generate_series(0, 39999) AS g;
	INSERT INTO waygate.record_rollups (tenant, hour, integration, action, connection, connection_id, kind, calls, buckets, counts)
		SELECT tenant, date_trunc('hour', start, 'UTC'), integration, action, connection, connection_id, kind, count(*), '{180}', ARRAY[count(*)]
		FROM waygate.records GROUP BY 1, 2, 3, 4, 5, 6, 7;
	INSERT INTO waygate.flows (tenant, id, integration, expires_at)
		SELECT 'tenant ' || CASE WHEN g%2 = 0 THEN 7 ELSE g%100 END, 'flow_s' || g, 'github', clock_timestamp() + (g - 500) * interval '1 second' FROM generate_series(0, 19999) AS g;
	INSERT INTO waygate.apps (tenant, integration, id, status, created_at, updated_at)
		SELECT 'tenant ' || CASE WHEN g%2 = 0 THEN 7 ELSE g%100 END, 'github', 'app_s' || g, 'active', now(), now() FROM generate_series(0, 19999) AS g;
	INSERT INTO waygate.changes (xid, kind, tenant, integration, id) SELECT g::text::xid8, 'connection', 't', 'github', 'c' FROM generate_series(3, 20000) AS g;
	ANALYZE`

// TestHotStatementsUseIndexes: none of them reads a table from end to end, or sorts more than it gives.
func TestHotStatementsUseIndexes(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	for w := range 6 {
		r := call("first of a week", 0)
		r.Start = r.Start.AddDate(0, 0, 7*w)
		appendAll(t, s, r)
	}
	exec(t, pool, "DELETE FROM waygate.records; DELETE FROM waygate.record_rollups")
	exec(t, pool, seed)
	indexes := map[string]string{
		"Find the primary": "connections_primary", "Find by slug": "connections_slug", "Get": "credentials_pkey",
		"FindGrant": "credential_digests_pkey", "Scan": "credentials_n", "Due": "credentials_refresh", "Changes": "changes_xid",
		"List": "connections_n", "List of an integration": "connections_oldest", "Audit": "audit_entries_pkey",
		"Records": "tenant_start_id_idx", "Records that failed": "tenant_start_id_idx1", "Records of a kind": "tenant_start_id_idx1",
		"Records by ID": "tenant_id_idx", "Records of a read": "read_id_start_id_idx", "Records of a day": "tenant_start_id_idx",
		"Statistics": "record_rollups_pkey", "List of a credential": "connections_credential", "App": "apps_pkey",
		"PutFlow": "flows_expired", "TakeFlow": "flows_pkey",
	}
	for name, st := range postgres.HotStatements(s, "tenant 7", "s107", start) {
		plan := value[string](t, pool, "EXPLAIN (FORMAT JSON) "+st.SQL, st.Args...)
		used := false
		for _, node := range nodes(t, plan) {
			small := strings.HasSuffix(node.Relation, "_default") || node.Relation == "change_horizon"
			if node.Type == "Seq Scan" && !small || node.Type == "Sort" && node.Rows > 1000 {
				t.Errorf("%s: a %s of %s, %.0f rows:\n%s", name, node.Type, node.Relation, node.Rows, plan)
			}
			used = used || strings.HasSuffix(node.Index, indexes[name]) && node.Index != ""
		}
		if !used || indexes[name] == "" {
			t.Errorf("%s: doesn't use the index %q:\n%s", name, indexes[name], plan)
		}
	}
}

// planNode is a part of what EXPLAIN tells.
type planNode struct {
	Type     string     `json:"Node Type"`
	Relation string     `json:"Relation Name"`
	Index    string     `json:"Index Name"`
	Rows     float64    `json:"Plan Rows"`
	Plans    []planNode `json:"Plans"`
}

// nodes are all parts of a plan.
func nodes(t *testing.T, plan string) []planNode {
	t.Helper()
	var list []struct{ Plan planNode }
	if err := json.Unmarshal([]byte(plan), &list); err != nil || len(list) != 1 {
		t.Fatalf("%v: %s", err, plan)
	}
	all := []planNode{list[0].Plan}
	for i := 0; i < len(all); i++ {
		all = append(all, all[i].Plans...)
	}
	return all
}
