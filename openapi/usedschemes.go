package openapi

// usedSchemes are those that some operation asks for: where another one would write, a parameter may stand. Nil if nothing is
// said of security, since each of them may sign then.
func (im *importer) usedSchemes() map[string]bool {
	root := im.d.root.get("security")
	if !root.exists() && !im.anySecurity() {
		return nil
	}
	used := map[string]bool{}
	for _, op := range im.d.ops {
		list := op.get("security")
		if !list.exists() {
			list = root
		}
		for _, alternative := range list.items() {
			for _, m := range alternative.members() {
				used[m.name] = true
			}
		}
	}
	return used
}
