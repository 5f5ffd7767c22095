package jsontree

// Parse checks a text as [Scan] does and makes the tree of it. Of a repeated
// key the last value wins. The tree shares no memory with data.
//
// A number without fraction and exponent is an int64 if it fits, else a
// json.Number; any other is a float64, rounded to the nearest, or a json.Number
// if it is beyond float64 (1e400). -0 is the float64 negative zero, because no
// int64 holds it.
func Parse(data []byte, lim Limits) (tree any, st Stats, err error) {
	lim = lim.withDefaults()
	return parse(data, lim.Depth, lim.Nodes)
}

// parse is Parse with limits taken as they are, zero included.
func parse(data []byte, depth, nodes int) (tree any, st Stats, err error) {
	p := parser{data: data, maxDepth: depth, nodes: nodes}
	tree, ok := p.parse()
	if ok && !p.duplicate {
		return tree, Stats{Depth: p.deepest, Nodes: nodes - p.nodes}, nil
	}
	if st, err = scan(data, depth, nodes); err != nil {
		return nil, st, err
	}
	if !ok { // the two don't agree
		return nil, st, &SyntaxError{Line: 1, Column: 1, Reason: "the text can't be read"}
	}
	return tree, st, nil
}
