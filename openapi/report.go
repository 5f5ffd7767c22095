package openapi

import "fmt"

// Report tells what became of each operation. Total = Imported + Filtered + Skipped, always.
type Report struct {
	// Source, Title, Version and Format are the document's, see [Document].
	Source  string `json:"source,omitempty"`
	Title   string `json:"title,omitempty"`
	Version string `json:"version,omitempty"`
	Format  string `json:"format"`
	// Total counts the operations of the document.
	Total int `json:"total"`
	// Imported became actions.
	Imported int `json:"imported"`
	// Filtered were not selected.
	Filtered int `json:"filtered"`
	// Skipped can't become actions; Skips says why, one for each.
	Skipped int    `json:"skipped"`
	Skips   []Skip `json:"skips,omitempty"`
	// Notes say where something was narrowed, left out or guessed.
	Notes []Note `json:"notes,omitempty"`
}

// Code says in one word why an operation was skipped, or what was done to one.
type Code string

// The codes of a [Skip].
const (
	SkipMalformed     Code = "malformed"        // the operation isn't an object, or a part of it has the wrong form
	SkipMethod        Code = "method"           // the method can't be sent: TRACE, QUERY, CONNECT and the provider's own
	SkipPath          Code = "path"             // the path can't be a template
	SkipPseudoPath    Code = "pseudo_path"      // operations are told apart by a fragment that is never sent
	SkipReference     Code = "unresolved_ref"   // a parameter, body or response refers to something that isn't there
	SkipBody          Code = "body_media_type"  // the body has only media types that can't be written
	SkipParameter     Code = "parameter"        // a required parameter can't be sent
	SkipServer        Code = "server"           // the operation goes to a host of its own that nobody else reaches
	SkipAuth          Code = "auth_unsupported" // every alternative needs a scheme that can't be signed with
	SkipLimit         Code = "limit"            // beyond ImportOptions.MaxActions
	SkipUnregistrable Code = "unregistrable"    // what came out is no valid action
)

// The codes of a [Note].
const (
	NoteParameterDropped Code = "parameter_dropped" // a parameter that isn't sent
	NoteParameterRenamed Code = "parameter_renamed" // two members of the flat input would have the same name
	NoteParameterAdded   Code = "parameter_added"   // a variable of the path that isn't declared
	NoteStyle            Code = "style"             // a style that doesn't fit, or says too little
	NoteMediaType        Code = "media_type"        // one of several media types was chosen
	NoteBodyDropped      Code = "body_dropped"      // a body that the method can't have, or that holds nothing
	NoteBodyForm         Code = "body_form"         // how a form writes nested values isn't said
	NoteLayout           Code = "layout"            // the input is grouped although a flat one was asked for
	NoteResponse         Code = "response"          // what the answer is read as is a guess
	NoteSchema           Code = "schema"            // a keyword that means nothing, or can't be enforced, was left out
	NotePattern          Code = "pattern"           // a regular expression that can't be compiled isn't enforced
	NoteSchemaCut        Code = "schema_cut"        // a schema was too large; parts of it accept anything
	NoteReference        Code = "unresolved_ref"    // a schema refers to something that isn't there, and accepts anything
	NoteCycle            Code = "ref_cycle"         // a schema that refers to itself without a step, and accepts anything
	NoteServer           Code = "server"            // the base URL is a guess, or was left to the connection
	NoteAuth             Code = "auth"              // a scheme that was narrowed, or an alternative that was left out
	NotePath             Code = "path"              // a path that was written in another way
	NotePagination       Code = "pagination"        // pages that look as if they could be followed, but aren't
	NoteText             Code = "text"              // texts that were cut, or left out, to fit
)

// Skip is an operation that didn't become an action.
type Skip struct {
	Method      string `json:"method"`                 // of the operation
	Path        string `json:"path"`                   // of the operation
	OperationID string `json:"operation_id,omitempty"` // empty if it has none
	// Pointer is the place that is at fault (RFC 6901), Line its line, counted from 1.
	Pointer string `json:"pointer"`
	Line    int    `json:"line"`
	Code    Code   `json:"code"`   // why, for programs
	Detail  string `json:"detail"` // why, for people
}

// String gives a line for people.
func (s Skip) String() string {
	return fmt.Sprintf("%s %s (line %d, %s): %s: %s", s.Method, s.Path, s.Line, s.Pointer, s.Code, s.Detail)
}

// Note says what an import did beside the document's letter.
type Note struct {
	// Method, Path and Action are empty for what concerns the whole document, or a schema that several operations share.
	Method  string `json:"method,omitempty"`
	Path    string `json:"path,omitempty"`
	Action  string `json:"action,omitempty"`
	Pointer string `json:"pointer"` // the place, a JSON pointer (RFC 6901)
	Line    int    `json:"line"`    // counted from 1; 0 if unknown
	Code    Code   `json:"code"`    // what, for programs
	Detail  string `json:"detail"`  // what, for people
}

// String gives a line for people.
func (n Note) String() string {
	where := "document"
	if n.Method != "" {
		where = n.Method + " " + n.Path
	}
	return fmt.Sprintf("%s (line %d, %s): %s: %s", where, n.Line, n.Pointer, n.Code, n.Detail)
}
