package egress

import "slices"

// level is the account of a [Budget] as a whole, or of one tenant in it. Its budget's mutex guards it.
type level struct {
	capacity int64
	used     int64        // reserved altogether
	growing  int64        // of that, by bodies still being read, except last's
	last     *hold        // the one that may use the rest
	limits   []limitCount // of the bodies being read; few differ
	holds    int
	waiters  int // of a tenant: how many of its holds wait
}

// limitCount is how many bodies being read have the same limit.
type limitCount struct {
	limit int64
	count int
}

func (l *level) enter(h *hold) {
	l.count(h.max, 1)
	l.holds++
}

func (l *level) count(limit int64, change int) {
	for i := range l.limits {
		if l.limits[i].limit == limit {
			if l.limits[i].count += change; l.limits[i].count == 0 {
				l.limits = slices.Delete(l.limits, i, i+1)
			}
			return
		}
	}
	l.limits = append(l.limits, limitCount{limit, change})
}

// admits reports whether h can have what it wants.
func (l *level) admits(h *hold) bool {
	more := h.want - h.held
	if l.used+more > l.capacity {
		return false
	}
	return l.last == h || l.growing+more <= l.capacity-l.largest()
}

// largest is the limit of the largest body being read.
func (l *level) largest() int64 {
	var most int64
	for _, c := range l.limits {
		most = max(most, c.limit)
	}
	return most
}

// fits reports whether h would be sure to end if it had the right to the rest. Once true it stays true while h is
// read, because admits keeps room for the largest.
func (l *level) fits(h *hold) bool {
	return l.last == h || l.growing-h.held+h.max <= l.capacity
}

// offer gives h the right to the rest, if nobody has it.
func (l *level) offer(h *hold) {
	if l.last == nil && l.fits(h) {
		l.last = h
		l.growing -= h.held
	}
}

func (l *level) take(h *hold) {
	more := h.want - h.held
	l.used += more
	if l.last != h {
		l.growing += more
	}
}

// finish ends the growth of h and leaves it with size bytes.
func (l *level) finish(h *hold, size int64) {
	if l.last == h {
		l.last = nil
	} else {
		l.growing -= h.held
	}
	l.used += size - h.held
	l.count(h.max, -1)
}
