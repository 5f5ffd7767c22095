package memory

import (
	"container/heap"
	"slices"
)

// fair is a bounded log of many tenants. When it is full, the tenant that has
// the most loses its oldest: one busy tenant can't push out the others'.
//
// Adding takes O(log n) to find the place, and moves what is newer than the
// added, which is little because things come about in their order.
type fair[T any] struct {
	limit, size int
	compare     func(a, b T) int // below 0 if a is older
	logs        map[string]*tenantLog[T]
	longest     logHeap[T]
}

// tenantLog is one tenant's part, oldest first, never empty.
type tenantLog[T any] struct {
	tenant string
	items  []T
	index  int // in the heap
}

func newFair[T any](limit int, compare func(a, b T) int) fair[T] {
	return fair[T]{limit: limit, compare: compare, logs: map[string]*tenantLog[T]{}, longest: logHeap[T]{compare: compare}}
}

// add takes an item, and returns one that had to go for it.
func (f *fair[T]) add(tenant string, v T) (dropped T, ok bool) {
	l := f.logs[tenant]
	if l == nil {
		l = &tenantLog[T]{tenant: tenant, items: []T{v}}
		f.logs[tenant] = l
		heap.Push(&f.longest, l)
	} else {
		i := len(l.items)
		if f.compare(v, l.items[i-1]) < 0 {
			i, _ = slices.BinarySearchFunc(l.items, v, f.compare)
		}
		l.items = slices.Insert(l.items, i, v)
		heap.Fix(&f.longest, l.index)
	}
	f.size++
	if f.size <= f.limit {
		return dropped, false
	}
	most := f.longest.logs[0]
	dropped = most.items[0]
	f.cutOldest(most, 1)
	return dropped, true
}

// items returns what a tenant has, oldest first; not to be changed.
func (f *fair[T]) items(tenant string) []T {
	if l := f.logs[tenant]; l != nil {
		return l.items
	}
	return nil
}

// dropOldest removes and returns the oldest n of a log.
func (f *fair[T]) dropOldest(l *tenantLog[T], n int) []T {
	dropped := slices.Clone(l.items[:n])
	f.cutOldest(l, n)
	return dropped
}

func (f *fair[T]) cutOldest(l *tenantLog[T], n int) {
	clear(l.items[:n]) // let go of what they hold
	l.items = l.items[n:]
	f.shrunk(l, n)
}

// remove takes one item away.
func (f *fair[T]) remove(tenant string, v T) {
	l := f.logs[tenant]
	if l == nil {
		return
	}
	if i, ok := slices.BinarySearchFunc(l.items, v, f.compare); ok {
		l.items = slices.Delete(l.items, i, i+1)
		f.shrunk(l, 1)
	}
}

// shrunk keeps the books of a log that has n less.
func (f *fair[T]) shrunk(l *tenantLog[T], n int) {
	f.size -= n
	if len(l.items) > 0 {
		heap.Fix(&f.longest, l.index)
		return
	}
	heap.Remove(&f.longest, l.index)
	delete(f.logs, l.tenant)
}

// dropTenant removes and returns all that a tenant has.
func (f *fair[T]) dropTenant(tenant string) []T {
	l := f.logs[tenant]
	if l == nil {
		return nil
	}
	return f.dropOldest(l, len(l.items))
}

// logHeap has the longest log first; of several, the one with the oldest item.
type logHeap[T any] struct {
	logs    []*tenantLog[T]
	compare func(a, b T) int
}

func (h *logHeap[T]) Len() int { return len(h.logs) }

func (h *logHeap[T]) Less(i, j int) bool {
	a, b := h.logs[i].items, h.logs[j].items
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return h.compare(a[0], b[0]) < 0
}

func (h *logHeap[T]) Swap(i, j int) {
	h.logs[i], h.logs[j] = h.logs[j], h.logs[i]
	h.logs[i].index, h.logs[j].index = i, j
}

func (h *logHeap[T]) Push(x any) {
	l, _ := x.(*tenantLog[T])
	l.index = len(h.logs)
	h.logs = append(h.logs, l)
}

func (h *logHeap[T]) Pop() any {
	last := len(h.logs) - 1
	l := h.logs[last]
	h.logs[last] = nil
	h.logs = h.logs[:last]
	return l
}
