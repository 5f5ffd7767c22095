package template

import (
	"io"
	"time"
)

// Env is what functions take from the outside.
type Env struct {
	// Now is the time that now gives. It fails while this is zero.
	Now time.Time
	// Random is where random reads. It fails while this is nil.
	Random io.Reader
}

// The limits of calls.
const (
	maxCallDepth  = 4        // calls in calls, the outermost counted
	maxArguments  = 16       // of one call
	maxRandom     = 64       // bytes from one random
	maxBase64Text = 64 << 10 // bytes that one base64 takes
)

// call is one use of a function.
type call struct {
	function function
	offset   int
	args     []argument
}

// argument is one of a call's: a text, a name or a call.
type argument struct {
	text   string
	ref    Ref   // a name, if it has one
	call   *call // a call, if it isn't nil
	offset int
}

func (a *argument) isText() bool { return a.call == nil && a.ref.Name == "" }

// self is how a call is named in errors.
func (c *call) self() Ref { return Ref{Name: c.function.name + "()"} }

func (c *call) fault(reason string) error {
	return &Error{Offset: c.offset, Ref: c.self(), Reason: reason}
}

// needs adds the names of all arguments to refs.
func (c *call) needs(refs []Ref) []Ref {
	for i := range c.args {
		switch a := &c.args[i]; {
		case a.call != nil:
			refs = a.call.needs(refs)
		case a.ref.Name != "":
			refs = append(refs, a.ref)
		}
	}
	return refs
}

// texts adds the texts of all arguments to list.
func (c *call) texts(list []string) []string {
	for i := range c.args {
		switch a := &c.args[i]; {
		case a.call != nil:
			list = a.call.texts(list)
		case a.isText() && a.text != "":
			list = append(list, a.text)
		}
	}
	return list
}

// text is what the call gives where text is wanted: a digest in hexadecimal.
func (c *call) text(env Env, lookup func(Ref) (Value, bool)) (string, error) {
	b, err := c.function.run(c, env, lookup)
	if err != nil {
		return "", err
	}
	return c.function.show(b), nil
}

// argument gives the text of argument i.
func (c *call) argument(i int, env Env, lookup func(Ref) (Value, bool)) (string, error) {
	a := &c.args[i]
	switch {
	case a.call != nil:
		return a.call.text(env, lookup)
	case a.isText():
		return a.text, nil
	}
	v, ok := Value{}, false
	if lookup != nil {
		v, ok = lookup(a.ref)
	}
	if !ok {
		return "", &Error{Offset: a.offset, Ref: a.ref, Reason: a.ref.missing()}
	}
	return v.Text, nil
}

// raw is argument with the bytes of a digest, for a function that wants bytes.
func (c *call) raw(i int, env Env, lookup func(Ref) (Value, bool)) (string, error) {
	if inner := c.args[i].call; inner != nil {
		b, err := inner.function.run(inner, env, lookup)
		return string(b), err
	}
	return c.argument(i, env, lookup)
}

// writeFrom writes the texts of the arguments from i on.
func (c *call) writeFrom(i int, w io.Writer, env Env, lookup func(Ref) (Value, bool)) error {
	for ; i < len(c.args); i++ {
		text, err := c.argument(i, env, lookup)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, text); err != nil {
			return c.fault("its arguments can't be taken in")
		}
	}
	return nil
}

// isCall says whether a { begins a call, at the start of s: a name and an open
// parenthesis, with spaces around the name perhaps.
func isCall(s string) bool {
	if s[0] != '{' {
		return false
	}
	r := callReader{src: s, at: 1}
	r.space()
	name := r.name()
	r.space()
	return isIdentifier(name) && r.peek() == '('
}

// isIdentifier holds for names that begin with a letter or an underscore, as those
// in calls must, so that a number isn't taken for one.
func isIdentifier(s string) bool { return isName(s) && !isDigit(s[0]) && s[0] != '-' && s[0] != '.' }
