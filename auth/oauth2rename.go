package auth

import (
	"maps"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/written"
)

// rename gives the provider's name of a standard parameter; ok is false for one that is left out.
func (s OAuth2) rename(name string) (renamed string, ok bool) {
	if renamed, found := s.Rename[name]; found {
		return renamed, renamed != ""
	}
	return name, true
}

// authorizeRename is rename for the URL that the person is sent to.
func (s OAuth2) authorizeRename(name string) (renamed string, ok bool) {
	if renamed, found := s.AuthorizeRename[name]; found {
		return renamed, renamed != ""
	}
	return s.rename(name)
}

// renameFault looks for names that don't exist, that can't be left out, or that two parameters would get.
func (s OAuth2) renameFault() (field, why string) {
	all := slices.Compact(slices.Sorted(slices.Values(slices.Concat(authorizeNames(), requestNames()))))
	if field, why := renamesFault("rename", s.Rename, all, s.rename); why != "" {
		return field, why
	}
	if len(s.AuthorizeRename) > 0 && s.grant() != GrantAuthorizationCode {
		return "authorize_rename", "is for the grant authorization_code alone, which sends a person to a URL"
	}
	return renamesFault("authorize_rename", s.AuthorizeRename, authorizeNames(), s.authorizeRename)
}

func renamesFault(at string, names map[string]string, standard []string, rename func(string) (string, bool)) (field, why string) {
	taken := map[string]bool{}
	for _, name := range standard {
		to, ok := rename(name)
		if ok && taken[to] {
			return at, "gives two parameters the name " + written.Quote(to)
		}
		taken[to] = taken[to] || ok
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		field := at + "." + written.Quote(name)
		switch to := names[name]; {
		case !slices.Contains(standard, name):
			return field, "is no parameter of OAuth 2 there; put others into authorize_parameters or token_parameters"
		case len(to) > maxPlaceName || strings.ContainsFunc(to, isControl):
			return field, "is given a name that is longer than 256 bytes, or has a control character"
		case to == "" && !slices.Contains([]string{"response_type", paramClientID, "redirect_uri", paramScope, paramGrantType, "token_type_hint"}, name):
			return field, "can't be left out"
		}
	}
	return "", ""
}

// extraFault says why a parameter of the definition or of the caller can't have that name.
func (s OAuth2) extraFault(name string, reserved []string) string {
	if name == "" || len(name) > maxPlaceName {
		return "a parameter's name has 1 to 256 bytes"
	}
	for _, standard := range reserved {
		if renamed, ok := s.rename(standard); name == standard || ok && name == renamed {
			return "is set already, as OAuth 2 has it; use rename to leave it out or name it otherwise"
		}
	}
	return ""
}

// authorizeExtraFault is extraFault for the URL that the person is sent to.
func (s OAuth2) authorizeExtraFault(name string, reserved []string) string {
	if why := s.extraFault(name, reserved); why != "" {
		return why
	}
	for _, to := range s.AuthorizeRename {
		if name == to {
			return "is what authorize_rename calls another"
		}
	}
	return ""
}
