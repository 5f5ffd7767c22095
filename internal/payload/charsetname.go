package payload

import (
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// byName knows the charsets of [UTF8] under the names of the IANA register that are in use, and under those that
// programs write for them. "" is UTF-8.
func byName(name string) encoding {
	name = strings.ReplaceAll(strings.ToLower(strings.Trim(name, " \t")), "_", "-")
	switch name {
	case "", "utf-8", "utf8", "unicode-1-1-utf-8", "x-unicode20utf8",
		"us-ascii", "ascii", "usascii", "iso646-us", "iso-646-us", "ansi-x3.4-1968", "csascii":
		return encoding{form: formUTF8}
	case "utf-16", "utf16":
		return encoding{form: formUTF16}
	case "utf-16le", "utf16le", "utf-16-le", "ucs-2", "iso-10646-ucs-2", "unicode", "csunicode", "unicodefeff":
		return encoding{form: formUTF16LE}
	case "utf-16be", "utf16be", "utf-16-be", "unicodefffe":
		return encoding{form: formUTF16BE}
	}
	for _, table := range []func(string) *charmap.Charmap{iso8859, windows, otherTable} {
		if t := table(name); t != nil {
			return encoding{form: formOneByte, table: t}
		}
	}
	return encoding{}
}

// iso8859 knows ISO/IEC 8859 by the number of its part, and by the names of the alphabets.
func iso8859(name string) *charmap.Charmap {
	name, _, _ = strings.Cut(name, ":") // iso_8859-1:1987
	switch isoPart(name) {
	case "1":
		return charmap.Windows1252
	case "2":
		return charmap.ISO8859_2
	case "3":
		return charmap.ISO8859_3
	case "4":
		return charmap.ISO8859_4
	case "5":
		return charmap.ISO8859_5
	case "6", "6-i", "6-e":
		return charmap.ISO8859_6
	case "7":
		return charmap.ISO8859_7
	case "8", "8-i", "8-e":
		return charmap.ISO8859_8
	case "9":
		return charmap.Windows1254
	case "10":
		return charmap.ISO8859_10
	case "11":
		return charmap.Windows874
	case "13":
		return charmap.ISO8859_13
	case "14":
		return charmap.ISO8859_14
	case "15":
		return charmap.ISO8859_15
	case "16":
		return charmap.ISO8859_16
	}
	return nil
}

// isoPart is the number that a name stands for: iso-8859-15, iso885915, latin-9.
func isoPart(name string) string {
	for _, prefix := range []string{"iso-8859-", "iso8859-", "iso-8859", "iso8859", "8859-"} {
		if part, ok := strings.CutPrefix(name, prefix); ok {
			return part
		}
	}
	switch name {
	case "latin1", "latin-1", "l1", "csisolatin1", "cp819", "ibm819":
		return "1"
	case "latin2", "latin-2", "l2", "csisolatin2":
		return "2"
	case "latin3", "latin-3", "l3", "csisolatin3":
		return "3"
	case "latin4", "latin-4", "l4", "csisolatin4":
		return "4"
	case "cyrillic", "csisolatincyrillic":
		return "5"
	case "arabic", "csisolatinarabic", "asmo-708", "ecma-114":
		return "6"
	case "greek", "greek8", "csisolatingreek", "elot-928", "ecma-118":
		return "7"
	case "hebrew", "csisolatinhebrew":
		return "8"
	case "latin5", "latin-5", "l5", "csisolatin5":
		return "9"
	case "latin6", "latin-6", "l6", "csisolatin6":
		return "10"
	case "tis-620", "tis620":
		return "11"
	case "latin7", "latin-7", "l7":
		return "13"
	case "latin8", "latin-8", "l8":
		return "14"
	case "latin9", "latin-9", "l9", "csisolatin9":
		return "15"
	case "latin10", "latin-10", "l10":
		return "16"
	}
	return ""
}

// windows knows the Windows code pages by number.
func windows(name string) *charmap.Charmap {
	for _, prefix := range []string{"windows-", "windows", "win-", "win", "x-cp", "cp-", "cp"} {
		if number, ok := strings.CutPrefix(name, prefix); ok {
			return windowsPage(number)
		}
	}
	return nil
}

func windowsPage(number string) *charmap.Charmap {
	switch number {
	case "874":
		return charmap.Windows874
	case "1250":
		return charmap.Windows1250
	case "1251":
		return charmap.Windows1251
	case "1252":
		return charmap.Windows1252
	case "1253":
		return charmap.Windows1253
	case "1254":
		return charmap.Windows1254
	case "1255":
		return charmap.Windows1255
	case "1256":
		return charmap.Windows1256
	case "1257":
		return charmap.Windows1257
	case "1258":
		return charmap.Windows1258
	}
	return nil
}

func otherTable(name string) *charmap.Charmap {
	switch name {
	case "koi8-r", "koi8r", "koi8", "koi", "cskoi8r":
		return charmap.KOI8R
	case "koi8-u", "koi8u", "koi8-ru":
		return charmap.KOI8U
	case "macintosh", "mac", "macroman", "mac-roman", "x-mac-roman", "csmacintosh":
		return charmap.Macintosh
	}
	return nil
}
