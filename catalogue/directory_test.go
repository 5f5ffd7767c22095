package catalogue_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/catalogue"
)

// written gives an integration's form, with the actions in the order of ids.
func written(t *testing.T, in waygate.Integration) string {
	t.Helper()
	in.Actions = slices.Clone(in.Actions)
	slices.SortFunc(in.Actions, func(a, b waygate.Action) int { return cmp.Compare(a.Info().ID, b.Info().ID) })
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// directory puts files into a directory of a catalogue.
func directory(name string, files map[string][]byte) fstest.MapFS {
	fsys := fstest.MapFS{}
	for path, text := range files {
		fsys[name+"/"+path] = &fstest.MapFile{Data: text}
	}
	return fsys
}

// TestFiles shows that the files of an integration are read as that integration, and written as the same bytes again.
func TestFiles(t *testing.T) {
	t.Parallel()
	odd := waygate.Integration{ID: "odd", BaseURL: "https://a.example.com", Auth: auth.None{}}
	for _, id := range []string{"z", "integration", "a-b", "a", "a_b", "0"} {
		odd.Actions = append(odd.Actions, waygate.HTTPAction{ID: id, Method: "GET", Path: "/" + id, Description: "one\ntwo\n"})
	}
	large := waygate.HTTPAction{ID: "large", Method: "GET", Path: "/", InputSchema: json.RawMessage(`{"enum":["` + strings.Repeat("x", 1<<20) + `"]}`)}
	odd.Actions = append(odd.Actions, large)
	none := waygate.Integration{ID: "none", BaseURL: "https://a.example.com", Auth: auth.None{}}
	for _, in := range append(parseDir(t), odd, none) {
		files, err := catalogue.Files(in)
		if err != nil {
			t.Fatal(err)
		}
		list, err := catalogue.Parse(newGateway(t), directory("dir", files))
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %d integrations, %v", in.ID, len(list), err)
		}
		if diff := gocmp.Diff(written(t, in), written(t, list[0])); diff != "" {
			t.Error(diff)
		}
		again, err := catalogue.Files(list[0])
		if diff := gocmp.Diff(files, again); diff != "" || err != nil || len(files) != len(in.Actions)+1 {
			t.Errorf("%s: %d files, %v %s", in.ID, len(files), err, diff)
		}
	}
}

// TestFilesRefused shows what has no files, and that the error says why.
func TestFilesRefused(t *testing.T) {
	t.Parallel()
	get := func(id string) waygate.Action { return waygate.HTTPAction{ID: id, Method: "GET", Path: "/"} }
	huge := func(id string) waygate.Action {
		return waygate.HTTPAction{ID: id, InputSchema: json.RawMessage(`"` + strings.Repeat("x", 9<<20) + `"`)}
	}
	function := waygate.ActionFunc(waygate.ActionInfo{ID: "go"}, func(context.Context, *waygate.Call) (*waygate.Response, error) { return nil, nil })
	for want, actions := range map[string][]waygate.Action{
		`two actions have the id "a"`:           {get("a"), get("b"), get("a")},
		`"../a" can't be an action's id`:        {get("../a")},
		`"_a" can't be an action's id`:          {get("_a")},
		`"" can't be an action's id`:            {get("")},
		`"A" can't be an action's id`:           {get("A")},
		"go (":                                  {function},
		"may have 16777216: divide its actions": {huge("a"), huge("b")},
	} {
		files, err := catalogue.Files(waygate.Integration{ID: "x", Auth: auth.None{}, Actions: actions})
		if err == nil || !strings.Contains(err.Error(), want) || files != nil {
			t.Errorf("%d files, %.200v, want %s", len(files), err, want)
		}
	}
}

// An integration as a directory: one file for each action.
func ExampleFiles() {
	files, err := catalogue.Files(waygate.Integration{
		ID: "crm", BaseURL: "https://api.crm.example.com/v2", Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "list_contacts", Method: "GET", Path: "/contacts"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Printf("--- %s\n%s", name, files[name])
	}
	// Output:
	// --- actions/list_contacts.yaml
	// kind: http
	// id: list_contacts
	// method: GET
	// path: /contacts
	// --- integration.yaml
	// id: crm
	// base_url: https://api.crm.example.com/v2
	// auth:
	//   kind: bearer
}
