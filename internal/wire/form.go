package wire

// FormOptions says how nested values are named in a form. The zero value is PHP's and Rails' way: a[b]=1 and a[]=1.
type FormOptions struct {
	// Objects names the members of a nested object: "brackets" (a[b]=1, also ""), "dots" (a.b=1), or "flat", which
	// refuses nested objects.
	Objects string `json:"objects,omitempty"`
	// Arrays names the items of an array: "brackets" (a[]=1, also ""), "repeat" (a=1&a=2), "indices" (a[0]=1&a[1]=2),
	// or "comma" (a=1,2 with the comma escaped; an item that holds one is refused). An array that holds objects or
	// arrays is counted by "brackets" as by "indices" (a[0][b]=1) and refused by "repeat" and "comma".
	Arrays string `json:"arrays,omitempty"`
}

// Validate says whether both settings are known. The error is an [*Error].
func (o FormOptions) Validate() error {
	if _, e := o.nesting(); e != nil {
		return e
	}
	return nil
}

// nesting gives the rules that the options stand for.
func (o FormOptions) nesting() (nesting, *Error) {
	n := nesting{on: true}
	switch o.Objects {
	case "", "brackets":
		n.open, n.shut = "[", "]"
	case "dots":
		n.open = "."
	case "flat":
		n.flat = true
	default:
		return n, misuse("objects", "brackets, dots or flat", o.Objects, "there is no such way to write objects")
	}
	switch o.Arrays {
	case "", "brackets":
		n.items, n.number = "[]", true
	case "indices":
		n.items, n.number = "[0]", true
	case "repeat":
	case "comma":
		n.items = ","
	default:
		return n, misuse("arrays", "brackets, repeat, indices or comma", o.Arrays, "there is no such way to write arrays")
	}
	return n, nil
}

// AppendForm appends members as application/x-www-form-urlencoded (WHATWG's URL standard): a space is "+", pairs
// are joined by "&", also to what dst holds. Members are in the order of the bytes of their names.
//
// A member that is null is left out, as is a null inside an array or object, and an empty array or object. A nested
// key can't be empty or hold brackets, nor a dot with Objects "dots": it could pass for structure. All names
// together can't be longer than 16 MiB. The error is an [*Error] with the place; dst is then as it was.
func AppendForm(dst []byte, members map[string]any, o FormOptions) ([]byte, error) {
	nest, e := o.nesting()
	if e != nil {
		return dst, e
	}
	n := nester{nesting: nest, keys: formData, value: formData, form: true, dst: dst}
	var room [16]string
	for _, name := range sortedKeys(room[:0], members) {
		if name == "" {
			return dst, malformed("a name that is not empty", "a member of a form needs a name").under(name)
		}
		if e := n.step(members[name], "", name, ""); e != nil {
			return dst, e.under(name)
		}
	}
	return n.dst, nil
}
