package storetest

import (
	"crypto/sha256"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/waygate-go/waygate"
)

// canonical writes rows as text in which equal rows are equal: times to the
// microsecond, maps in order, nothing for what is empty, and of an intent not
// what remains, for that runs down between two looks.
func canonical(v any) string {
	var b strings.Builder
	writeCanonical(&b, reflect.ValueOf(v))
	return b.String()
}

func writeCanonical(b *strings.Builder, v reflect.Value) {
	if !v.IsValid() {
		return
	}
	switch x := v.Interface().(type) {
	case time.Time:
		if !x.IsZero() {
			b.WriteString(x.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano))
		}
		return
	case waygate.Intent:
		fmt.Fprintf(b, "{%q %d}", x.Holder, x.Fence)
		return
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		writeText(b, string(v.Bytes()))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		b.WriteString("{")
		for i := range v.NumField() {
			if f := v.Field(i); !empty(f) {
				b.WriteString(" " + v.Type().Field(i).Name + ":")
				writeCanonical(b, f)
			}
		}
		b.WriteString("}")
	case reflect.Pointer, reflect.Interface:
		writeCanonical(b, v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			b.WriteString("\n- ")
			writeCanonical(b, v.Index(i))
		}
	case reflect.Map:
		writeMap(b, v)
	case reflect.String:
		writeText(b, v.String())
	default:
		fmt.Fprint(b, v.Interface())
	}
}

func writeMap(b *strings.Builder, v reflect.Value) {
	lines := make([]string, 0, v.Len())
	for _, k := range v.MapKeys() {
		var line strings.Builder
		fmt.Fprintf(&line, " %q=", k)
		writeCanonical(&line, v.MapIndex(k))
		lines = append(lines, line.String())
	}
	slices.Sort(lines)
	b.WriteString(strings.Join(lines, ""))
}

// writeText writes a text, of a large one its size and hash.
func writeText(b *strings.Builder, s string) {
	if len(s) > 4096 {
		fmt.Fprintf(b, "%d bytes (SHA-256 %x)", len(s), sha256.Sum256([]byte(s)))
		return
	}
	fmt.Fprintf(b, "%q", s)
}

// empty is true of zero values and of what has no elements.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	}
	return v.IsZero()
}

// scribble overwrites all that v shares with others: elements of slices, values
// of maps, what pointers point to.
func scribble(v any) { scribbleValue(reflect.ValueOf(v)) }

func scribbleValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			scribbleValue(v.Elem())
		}
	case reflect.Struct:
		if _, ok := v.Interface().(time.Time); ok {
			return
		}
		for i := range v.NumField() {
			scribbleValue(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			scribbleValue(v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			v.SetMapIndex(k, reflect.Zero(v.Type().Elem()))
		}
		if !v.IsNil() {
			v.SetMapIndex(reflect.ValueOf("scribbled").Convert(v.Type().Key()), reflect.Zero(v.Type().Elem()))
		}
	case reflect.String:
		if v.CanSet() {
			v.SetString("scribbled")
		}
	case reflect.Uint8:
		if v.CanSet() {
			v.SetUint(v.Uint() ^ 0xff)
		}
	}
}
