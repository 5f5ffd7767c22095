// Package catalogue reads integrations from files, YAML or JSON, and writes them back.
//
// A catalogue is a file system: a directory, or files embedded in the program.
//
//	//go:embed integrations
//	var integrations embed.FS
//
//	err := catalogue.Register(ctx, gw, integrations)
//
// Each file that ends in .yaml, .yml or .json holds one integration, in the written form of [waygate.Integration]; an
// action without kind is a [waygate.HTTPAction], and a schema stands as YAML, too:
//
//	# yaml-language-server: $schema=https://example.com/catalogue/schema.json
//	id: crm
//	base_url: https://api.crm.example.com/v2
//	auth: {kind: bearer}
//	actions:
//	  - id: list_contacts
//	    method: GET
//	    path: /contacts
//	    records: data
//	    input_schema: {type: object, properties: {owner: {type: string}}}
//
// A directory with a file integration.yaml (or .yml, .json) is one integration: each other file in it, and in the
// directories below that have no integration of their own, holds an action or a list of actions. They are added to those
// of the main file in the order of their paths. Files are taken in the order of the bytes of their paths; names that
// begin with . or _ are left out, other endings too. A symbolic link to a file is that file; one to a directory is refused.
//
// The YAML is that of version 1.2 as far as JSON can say the same: yes, no and dates are text, anchors and aliases may
// be used to repeat a value, and what could be read in two ways is refused. A file has at most 1 MiB of YAML, or 16 MiB
// of JSON.
//
// [Parse] gives the integrations, [Register] registers all of them or none. What is wrong is an [Error] with file, line
// and column, for each bad file one:
//
//	crm.yaml:7:5: /actions/0/method: actions[0]: action list_contacts: method "get": want GET, HEAD, POST, …
//
// [YAML] and [JSON] write an integration, the same bytes each time. [Schema] is a JSON Schema for editors: save it, or
// serve it, and name it in the first line of a file, as above. The comment is read by the YAML language server, which the
// YAML extensions of common editors use; they then complete and check what is typed.
package catalogue
