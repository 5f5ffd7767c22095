package catalogue

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/waygate-go/waygate"
)

// Files writes an integration as a directory of a catalogue, for those that are too large for one file, or are to be read
// action by action: integration.yaml holds all but the actions, and actions/ID.yaml one action each, as [YAML] writes
// them; what would have more than 1 MiB that way is JSON without white space. The keys are paths below the directory,
// parted by slashes.
//
// [Parse] of the directory gives the same integration, with its actions in the order of the files' paths. One that is too
// large for that, with more than 16 MiB as JSON, is an error; so are two actions with one id, an id that can't be an
// action's, and actions in Go.
func Files(in waygate.Integration) (map[string][]byte, error) {
	whole, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	if len(whole) > maxJSON {
		return nil, fmt.Errorf("catalogue: integration %q has %d bytes as JSON, and may have %d: divide its actions among several integrations",
			in.ID, len(whole), maxJSON)
	}
	files := make(map[string][]byte, len(in.Actions)+1)
	for _, a := range in.Actions {
		id := a.Info().ID
		name := "actions/" + id
		switch {
		case id == "", strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "", id[0] == '_':
			return nil, fmt.Errorf("catalogue: %.60q can't be an action's id: it has a-z, 0-9, _ and -, and begins with a letter or digit", id)
		case id == "integration": // the name of a main file
			name += ".action"
		}
		if files[name+".yaml"] != nil || files[name+".json"] != nil {
			return nil, fmt.Errorf("catalogue: two actions have the id %q: give one of them another", id)
		}
		if err := addFile(files, name, a); err != nil {
			return nil, err
		}
	}
	in.Actions = nil
	return files, addFile(files, "integration", in)
}

// addFile writes a value as the file of that name, whose ending tells the form.
func addFile(files map[string][]byte, name string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("catalogue: %w", err)
	}
	text, err := yamlOf(raw)
	if err != nil {
		return err
	}
	if len(text) > maxYAML {
		files[name+".json"] = raw
		return nil
	}
	files[name+".yaml"] = text
	return nil
}
