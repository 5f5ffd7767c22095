// Package nearest finds the names that somebody may have meant who wrote another.
//
// An error that says "no such name" is read by a person, or by an agent, that has the right one nearly: a letter too few,
// two in the wrong order, another case, a dash for an underscore. [Names] finds those in what there is, [DidYouMean]
// makes the end of an error's text of them:
//
//	fmt.Errorf("no action %q%s", name, nearest.DidYouMean(name, maps.Keys(actions)))
//	// no action "list_isues": did you mean "list_issues"?
//
// The distance is that of optimal string alignment: inserted, dropped and changed letters and neighbours that changed
// places count one each, and at most a third of the letters may differ, three at most. Case, and which of - _ . and space
// stands between words, count nothing.
//
// Whoever asks decides what may be shown: candidates must be names that the reader of the error may know.
package nearest
