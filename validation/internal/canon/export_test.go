package canon

// Plain says whether a schema is accepted without the whole check.
func (v *Vetter) Plain(text []byte) bool { return v.plain(text) }
