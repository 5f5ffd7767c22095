package storetest

import "time"

// timesKept: times that are given come back the same to the microsecond, in
// whatever zone, and unset ones unset.
func timesKept(e *env) {
	zone := time.FixedZone("UTC+5:45", 5*3600+45*60)
	for _, at := range []time.Time{{}, base(), base().Add(time.Microsecond).In(zone), time.Date(1999, 12, 31, 23, 59, 59, 999_999_000, zone),
		time.Date(2299, 1, 1, 0, 0, 0, 1000, time.UTC), time.Now()} {
		e := e.again()
		p := e.imagine(acme)
		p.cred.Expires, p.cred.RefreshAt, p.cred.IssuedAt, p.cred.ForcedAt = at, at, at, at
		p.record.Start, p.record.Attempts[0].Start = at, at
		if at.IsZero() {
			p.record.Start = base()
		}
		e.roundTrip(p)
	}
}

// timesSet: the store's clock, not the caller's, says when rows were made and
// changed.
func timesSet(e *env) {
	p := e.imagine(acme)
	told := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	p.conn.CreatedAt, p.conn.UpdatedAt, p.cred.UpdatedAt = told, told, told
	p.definition.CreatedAt = told
	c, err := e.connections.Insert(e.ctx(), p.conn, &p.cred, nil)
	e.ok(err, "Insert")
	cred := e.get(acme, p.cred.ID)
	d, err := e.definitions.Put(e.ctx(), p.definition, 0, nil)
	e.ok(err, "Put")
	stamps := append([]time.Time{c.CreatedAt, c.UpdatedAt, cred.UpdatedAt, d.CreatedAt}, e.partTimes(p, told)...)
	for i, at := range stamps {
		if at.IsZero() || at.Equal(told) || at.Sub(stamps[0]).Abs() > time.Minute {
			e.Errorf("time %d is %s, want the store's own, about %s", i, at, stamps[0])
		}
	}
	step := time.Millisecond
	if e.caps.Advance != nil {
		step = time.Hour
		e.caps.Advance(step)
	} else {
		time.Sleep(step)
	}
	c.CreatedAt, c.UpdatedAt, cred.UpdatedAt = told, told, told
	later, err := e.connections.Update(e.ctx(), c, nil)
	e.ok(err, "Update")
	saved, err := e.credentials.Save(e.ctx(), cred, nil)
	e.ok(err, "Save")
	e.same(later.CreatedAt, stamps[0], "CreatedAt after an update")
	if d := later.UpdatedAt.Sub(stamps[1]); d < step {
		e.Errorf("UpdatedAt moved by %s, want at least %s", d, step)
	}
	if d := saved.UpdatedAt.Sub(stamps[2]); d < step {
		e.Errorf("UpdatedAt of the credential moved by %s, want at least %s", d, step)
	}
}

// partTimes are those that the store sets in the rows of optional parts, whatever
// it is told.
func (e *env) partTimes(p place, told time.Time) (stamps []time.Time) {
	e.Helper()
	if e.variables != nil {
		p.own.UpdatedAt = told
		e.put(p.own)
		stamps = append(stamps, e.allVariables()[0].UpdatedAt)
	}
	if e.apps != nil {
		p.app.CreatedAt, p.app.UpdatedAt = told, told
		a := e.addApp(p.app)
		stamps = append(stamps, a.CreatedAt, a.UpdatedAt)
	}
	return stamps
}
