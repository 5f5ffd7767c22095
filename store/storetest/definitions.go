package storetest

import (
	"fmt"

	"github.com/waygate-go/waygate"
)

func definitionClauses() []clause {
	return []clause{
		{name: "1_versions", run: definitionVersions},
		{name: "2_latest", run: putAfterLatest},
		{name: "3_fixed", run: versionsAreFixed},
		{name: "4_newest", run: newestDefinition},
		{name: "5_deleted", run: deletedDefinition},
		{name: "6_list", run: listDefinitions},
		{name: "7_bytes", run: definitionBytes},
		{name: "8_put_race", run: putRace},
	}
}

// revise adds a version of "api" after latest.
func (e *env) revise(latest int64) (waygate.StoredDefinition, error) {
	return e.definitions.Put(e.ctx(), waygate.StoredDefinition{ID: "api", Version: 77, Body: []byte(fmt.Sprint("after ", latest))}, latest, nil)
}

func definitionVersions(e *env) {
	version := int64(0)
	for _, latest := range []int64{0, 1, 2, -1, 0, 4, -1, -1, 0} {
		if latest < 0 {
			err := e.definitions.Delete(e.ctx(), "api", nil)
			if err != nil {
				e.is(err, waygate.ErrUnresolved, "Delete of what was deleted")
			}
			continue
		}
		d, err := e.revise(latest)
		e.ok(err, fmt.Sprintf("Put after %d", latest))
		version++
		e.same(d, waygate.StoredDefinition{ID: "api", Version: version, Body: []byte(fmt.Sprint("after ", latest)), CreatedAt: d.CreatedAt}, "the result of Put")
	}
	if version != 6 {
		e.Errorf("%d versions were put, want 6", version)
	}
}

func putAfterLatest(e *env) {
	for _, latest := range []int64{1, -1} {
		_, err := e.revise(latest)
		e.is(err, waygate.ErrConflict, fmt.Sprintf("Put after %d of a new id", latest))
	}
	for range 2 {
		d, err := e.revise(0)
		e.ok(err, "Put of a new or deleted id")
		for _, latest := range []int64{0, d.Version - 1, d.Version + 1} {
			_, err = e.revise(latest)
			e.is(err, waygate.ErrConflict, fmt.Sprintf("Put after %d where %d is the newest", latest, d.Version))
		}
		e.ok(e.definitions.Delete(e.ctx(), "api", nil), "Delete")
		_, err = e.revise(d.Version)
		e.is(err, waygate.ErrConflict, "Put after the newest version of a deleted id")
	}
}

func versionsAreFixed(e *env) {
	first, err := e.revise(0)
	e.ok(err, "Put")
	e.tick()
	_, err = e.revise(1)
	e.ok(err, "Put")
	e.ok(e.definitions.Delete(e.ctx(), "api", nil), "Delete")
	_, err = e.revise(0)
	e.ok(err, "Put")
	got, err := e.definitions.Get(e.ctx(), "api", 1)
	e.ok(err, "Get of version 1")
	e.same(got, first, "the first version, later")
}

func newestDefinition(e *env) {
	for latest := range int64(3) {
		put, err := e.revise(latest)
		e.ok(err, "Put")
		got, err := e.definitions.Get(e.ctx(), "api", 0)
		e.ok(err, "Get")
		e.same(got, put, "the newest version")
	}
	for version, class := range map[int64]error{1: nil, 3: nil, 4: waygate.ErrUnresolved, -1: waygate.ErrUnresolved} {
		got, err := e.definitions.Get(e.ctx(), "api", version)
		if class != nil {
			e.is(err, class, fmt.Sprintf("Get of version %d", version))
		} else if err != nil || got.Version != version {
			e.Errorf("Get of version %d gave %d, error %v", version, got.Version, err)
		}
	}
}

func deletedDefinition(e *env) {
	first, err := e.revise(0)
	e.ok(err, "Put")
	e.define("other")
	e.ok(e.definitions.Delete(e.ctx(), "api", nil), "Delete")
	_, err = e.definitions.Get(e.ctx(), "api", 0)
	e.is(err, waygate.ErrUnresolved, "Get of a deleted id")
	e.is(e.definitions.Delete(e.ctx(), "api", nil), waygate.ErrUnresolved, "Delete of a deleted id")
	e.same(ids(e.allDefinitions(), definitionID), []string{"other"}, "the list after Delete")
	got, err := e.definitions.Get(e.ctx(), "api", first.Version)
	e.ok(err, "Get of the version that a call in flight began with")
	e.same(got, first, "that version")
	second, err := e.revise(0)
	e.ok(err, "Put of a deleted id")
	e.same(ids(e.allDefinitions(), definitionID), []string{"api", "other"}, "the list after Put")
	got, err = e.definitions.Get(e.ctx(), "api", 0)
	e.ok(err, "Get")
	e.same(got, second, "the version after Delete")
}

// listDefinitions: in the order of the bytes of the ids, not of some language.
func listDefinitions(e *env) {
	want := []string{"a", "a-b", "a1", "a_b", "ab", "b", "é"}
	for _, i := range []int{3, 6, 0, 5, 2, 4, 1} {
		e.define(want[i])
	}
	_, err := e.definitions.Put(e.ctx(), waygate.StoredDefinition{ID: "ab", Body: []byte("second")}, 1, nil)
	e.ok(err, "Put")
	list := e.allDefinitions()
	e.same(ids(list, definitionID), want, "the list")
	if len(list) == len(want) && (list[4].Version != 2 || string(list[4].Body) != "second" || list[3].Version != 1) {
		e.Errorf("the list has %+v and %+v, want the newest version of each", list[3], list[4])
	}
}

func definitionBytes(e *env) {
	for i, body := range []string{"{ \"b\" : 1,\n\t\"a\":1.0 , \"a\": 2}\r\n", " ", "", "\x00\xff\xfe", "not json"} {
		d := waygate.StoredDefinition{ID: fmt.Sprint("d", i), Body: []byte(body)}
		_, err := e.definitions.Put(e.ctx(), d, 0, nil)
		e.ok(err, "Put")
		got, err := e.definitions.Get(e.ctx(), d.ID, 0)
		e.ok(err, "Get")
		e.same(string(got.Body), body, "the body")
	}
}

func putRace(e *env) {
	for latest := range int64(3) {
		e.one(e.race(racers, func(int) error {
			_, err := e.revise(latest)
			return err
		}), fmt.Sprintf("Put after %d", latest))
	}
	got, err := e.definitions.Get(e.ctx(), "api", 0)
	e.ok(err, "Get")
	if got.Version != 3 {
		e.Errorf("version %d after three that won, want 3", got.Version)
	}
}
