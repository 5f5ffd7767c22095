package mapping_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/mapping"
)

// TestAgainstModel compares Apply with the plainest way to say what it does: copy everything, remove, set, and start
// again without the fields that failed. It also holds that the source is as it was after each Apply.
func TestAgainstModel(t *testing.T) {
	t.Parallel()
	rounds, failed, changed := 0, 0, 0
	for seed := range uint64(10_000) {
		r := rand.New(rand.NewPCG(seed, 1))
		m := randomMapping(r)
		p, err := mapping.Compile(m)
		if err != nil {
			continue // conflicting targets
		}
		in := randomTree(r, 0)
		snapshot := clone(in)
		out, notes, err := p.Apply(in)
		if err != nil {
			t.Fatal(err)
		}
		if !cmp.Equal(in, snapshot) {
			t.Fatalf("seed %d: the source was changed", seed)
		}
		want, bad := model(m, clone(in))
		if d := cmp.Diff(want, out); d != "" {
			t.Fatalf("seed %d: %v on %v: %s", seed, written(t, m), in, d)
		}
		var got []int
		for _, n := range notes {
			got = append(got, n.Field)
		}
		if !slices.Equal(got, bad) {
			t.Fatalf("seed %d: %v on %v: notes for %v, want %v", seed, written(t, m), in, got, bad)
		}
		rounds++
		failed += min(len(bad), 1)
		if !cmp.Equal(out, snapshot) {
			changed++
		}
	}
	if rounds < 4_000 || failed < 400 || changed < 2_000 {
		t.Errorf("too little was tried: %d rounds, %d with failures, %d with a change", rounds, failed, changed)
	}
}

func written(t *testing.T, m mapping.Mapping) string {
	t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func randomMapping(r *rand.Rand) (m mapping.Mapping) {
	path := func() string { return strings.Join(randomKeys(r), ".") }
	for range r.IntN(5) {
		f := mapping.Field{From: path(), To: path(), OmitEmpty: r.IntN(4) == 0}
		switch r.IntN(8) {
		case 0:
			f.Required = true
		case 1:
			f.Default = json.RawMessage([]string{"null", "0", `"d"`, "{}"}[r.IntN(4)])
		case 2:
			f.From, f.Const = "", json.RawMessage([]string{"null", "1", `""`, `{"k":[]}`}[r.IntN(4)])
		case 3:
			f.Keep = true
		}
		m.Fields = append(m.Fields, f)
	}
	return m
}

func randomKeys(r *rand.Rand) []string {
	keys := make([]string, 1+r.IntN(3))
	for i := range keys {
		keys[i] = []string{"a", "b", "c", "d"}[r.IntN(4)]
	}
	return keys
}

func randomTree(r *rand.Rand, depth int) any {
	if depth > 0 && (depth > 3 || r.IntN(3) > 0) {
		return []any{nil, false, int64(0), "", "s", 1.5, []any{}, []any{"i"}, map[string]any{}}[r.IntN(9)]
	}
	obj := map[string]any{}
	for _, key := range []string{"a", "b", "c", "d"} {
		if r.IntN(4) > 0 {
			obj[key] = randomTree(r, depth+1)
		}
	}
	return obj
}

type job struct {
	from, to []string
	value    any
	found    bool
	write    bool
	done     bool // takes part
	keep     bool
}

func model(m mapping.Mapping, source any) (any, []int) {
	jobs := make([]job, len(m.Fields))
	var bad []int
	for i, f := range m.Fields {
		j := &jobs[i]
		j.to, j.keep = strings.Split(f.To, "."), f.Keep
		switch {
		case f.Const != nil:
			j.value, j.done = unmarshal(f.Const), true
		default:
			j.from = strings.Split(f.From, ".")
			j.value, j.found = get(source, j.from)
			j.done = j.found
			if j.value == nil && f.Default != nil {
				j.value, j.done = unmarshal(f.Default), true
			}
			if !j.done && f.Required {
				bad = append(bad, i)
			}
		}
		j.write = !f.OmitEmpty || !isEmpty(j.value)
	}
	for {
		out := clone(source)
		for _, j := range jobs {
			if j.done && j.from != nil && !j.keep {
				remove(out, j.from)
			}
		}
		failed := -1
		for i, j := range jobs {
			if j.done && j.write && !fits(out, j.to) {
				failed = i
			}
		}
		for i, j := range jobs {
			if failed >= 0 || !j.done {
				continue
			}
			for k, other := range jobs {
				lost := !other.done && slices.Contains(bad, k) && other.found && !other.keep
				if n := min(len(j.to), len(other.from)); lost && slices.Equal(j.to[:n], other.from[:n]) {
					failed = i
				}
			}
		}
		if failed >= 0 {
			jobs[failed].done = false
			bad = append(bad, failed)
			continue
		}
		slices.Sort(bad)
		return finish(out, jobs), bad
	}
}

func finish(out any, jobs []job) any {
	for _, j := range jobs {
		if j.done && !j.write {
			remove(out, j.to)
		}
	}
	for _, j := range jobs {
		if j.done && j.write {
			set(out, j.to, j.value)
		}
	}
	return out
}

func get(v any, keys []string) (any, bool) {
	for _, key := range keys {
		obj, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = obj[key]; !ok {
			return nil, false
		}
	}
	return v, true
}

func remove(v any, keys []string) {
	last := len(keys) - 1
	if parent, ok := get(v, keys[:last]); ok {
		if obj, ok := parent.(map[string]any); ok {
			delete(obj, keys[last])
		}
	}
}

func fits(v any, keys []string) bool {
	for n := range keys {
		if at, _ := get(v, keys[:n]); at != nil {
			if _, ok := at.(map[string]any); !ok {
				return false
			}
		}
	}
	return true
}

func set(v any, keys []string, value any) {
	obj := v.(map[string]any)
	if len(keys) == 1 {
		obj[keys[0]] = value
		return
	}
	if obj[keys[0]] == nil {
		obj[keys[0]] = map[string]any{}
	}
	set(obj[keys[0]], keys[1:], value)
}

func clone(v any) any {
	switch t := v.(type) {
	case map[string]any:
		c := make(map[string]any, len(t))
		for k, x := range t {
			c[k] = clone(x)
		}
		return c
	case []any:
		c := make([]any, len(t))
		for i, x := range t {
			c[i] = clone(x)
		}
		return c
	}
	return v
}

func isEmpty(v any) bool {
	switch t := v.(type) {
	case nil:
		return true
	case string:
		return t == ""
	case []any:
		return len(t) == 0
	case map[string]any:
		return len(t) == 0
	}
	return false
}

func unmarshal(raw []byte) (v any) {
	switch string(raw) { // integers as the tree has them
	case "0":
		return int64(0)
	case "1":
		return int64(1)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	return v
}
