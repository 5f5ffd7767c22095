package waygate

import "time"

// The presets of a collected read. An option after one of them changes a limit
// of it.

// ForModel bounds a collected read to what a language model takes at once: 5
// pages, 100 records, 40,000 characters (about 10,000 tokens), 30 s.
func ForModel() Option { return preset("ForModel", 5, 100, 40_000, 30*time.Second) }

// FullSet bounds a collected read by the caps alone: 100 pages, 10,000 records,
// 1,000,000 characters, 300 s. What is longer is read with [Items].
func FullSet() Option {
	return preset("FullSet", maxPagesCap, maxItemsCap, maxCharsCap, maxTimeout)
}

// Sample bounds a collected read to a look at what there is: 1 page, 10 records,
// 10,000 characters, 10 s.
func Sample() Option { return preset("Sample", 1, 10, 10_000, 10*time.Second) }

func preset(name string, pages, items, chars int, d time.Duration) Option {
	return optionFunc(func(o *options) error {
		o.bounded = append(o.bounded, name)
		o.maxPages, o.maxItems, o.maxChars, o.timeout = pages, items, chars, d
		return nil
	})
}
