package catalogue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/waygate-go/waygate"
)

// Parse reads the integrations below the root of fsys, in the order of the bytes of their paths, with the kinds that gw
// knows. Nothing is registered, and only the form is checked: [Register] checks what the definitions say.
//
// A catalogue without a file is an [*Error] that is [ErrEmpty]: mostly the directory is another one, or was left out of
// an image. A program whose catalogue may be empty tests for it.
//
// If a file is bad, no integration is returned: the error joins an [*Error] for each bad file.
func Parse(gw *waygate.Gateway, fsys fs.FS) ([]waygate.Integration, error) {
	list, err := parse(gw, fsys)
	if err != nil {
		return nil, err
	}
	var out []waygate.Integration
	for _, p := range list {
		out = append(out, p.in)
	}
	return out, nil
}

// Register parses the integrations below the root of fsys and registers all of them, or none: if one is bad, or another
// is registered under the same id, those that were registered before it are taken away again. The error joins an
// [*Error] for each bad file; its cause is the gateway's, so that errors.Is finds [waygate.ErrConfig] and
// [waygate.ErrConflict]; without a file it is [ErrEmpty]. The same catalogue registered again does nothing.
//
// Calls that come while Register runs may meet a catalogue of which a part is registered: register before the gateway is
// used, or call [waygate.Gateway.Replace] for each integration of [Parse] to change one in use.
func Register(ctx context.Context, gw *waygate.Gateway, fsys fs.FS) error {
	list, err := parse(gw, fsys)
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range list {
		if err := gw.Check(p.in); err != nil {
			errs = append(errs, p.def.fault(err))
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	var added []string
	for _, p := range list {
		_, unknown := gw.Integration(p.in.ID)
		err := gw.Register(ctx, p.in)
		switch {
		case err == nil && unknown != nil:
			added = append(added, p.in.ID)
		case err != nil:
			errs = append(errs, p.def.fault(err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	if len(errs) == 0 {
		return nil
	}
	for _, id := range added {
		if err := gw.Unregister(context.WithoutCancel(ctx), id); err != nil && !errors.Is(err, waygate.ErrUnresolved) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// parsed is an integration with the files that it comes from.
type parsed struct {
	in  waygate.Integration
	def *definition
}

func parse(gw *waygate.Gateway, fsys fs.FS) ([]parsed, error) {
	if gw == nil || fsys == nil {
		return nil, &Error{Err: errors.New("the gateway or the file system is nil: give both")}
	}
	sources, errs := find(fsys)
	if len(sources) == 0 && len(errs) == 0 {
		return nil, &Error{Err: ErrEmpty}
	}
	var list []parsed
	homes := map[string]string{} // the files by the ids of their integrations
	for _, src := range sources {
		def, bad := assemble(fsys, src)
		if len(bad) > 0 {
			errs = append(errs, bad...)
			continue
		}
		in, err := gw.ParseIntegration(def.json)
		if err != nil {
			errs = append(errs, def.fault(err))
			continue
		}
		if other, twice := homes[in.ID]; twice && in.ID != "" {
			errs = append(errs, def.at("/id", fmt.Errorf("%s has an integration %q already: give one of the two another id", other, in.ID)))
			continue
		}
		homes[in.ID] = src.main
		list = append(list, parsed{in, def})
	}
	return list, errors.Join(errs...)
}
