package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/openapi"
)

// integration reads a catalogue's file or an API document, which a scheme may be given for.
func integration(ctx context.Context, s streams, gw *waygate.Gateway, file string, scheme auth.Scheme) (waygate.Integration, error) {
	res, err := imported(ctx, s, file, openapi.ImportOptions{Auth: scheme})
	if err == nil {
		return res.Integration, nil
	}
	if !errors.Is(err, openapi.ErrMalformed) && !errors.Is(err, openapi.ErrVersion) {
		return waygate.Integration{}, err
	}
	list, other := catalogue.Parse(gw, only{os.DirFS(filepath.Dir(file)), filepath.Base(file)})
	switch {
	case other != nil && errors.Is(other, catalogue.ErrEmpty), other == nil && len(list) != 1:
		return waygate.Integration{}, err
	case other != nil:
		return waygate.Integration{}, errors.Join(err, other)
	}
	return list[0], nil
}

// only is a file system with one file.
type only struct {
	fs.FS
	name string
}

// ReadDir lists that file.
func (o only) ReadDir(name string) ([]fs.DirEntry, error) {
	info, err := fs.Stat(o.FS, o.name)
	if err != nil || name != "." {
		return nil, err
	}
	return []fs.DirEntry{fs.FileInfoToDirEntry(info)}, nil
}
