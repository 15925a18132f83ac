// Command image makes the container image of binaries of crm-tool: an OCI image
// layout in a folder, with no daemon, no base image and no network.
//
//	go run . FOLDER LICENSE BINARY...
//
// There is one binary a platform. All else is read from the binaries themselves:
// their platform, version and commit. The same binaries give the same bytes.
package main

import (
	"fmt"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 3 {
		return fmt.Errorf("write: image FOLDER LICENSE BINARY")
	}
	license, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	index, version, err := newIndex(license, args[2:])
	if err != nil {
		return err
	}
	return save(args[0], index, version)
}

// save writes a layout that has only this index, under the name of its version.
func save(folder string, index v1.ImageIndex, version string) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	path, err := layout.Write(folder, mutate.IndexMediaType(empty.Index, types.OCIImageIndex))
	if err != nil {
		return fmt.Errorf("write the layout: %w", err)
	}
	name := map[string]string{"org.opencontainers.image.ref.name": version}
	if err := path.AppendIndex(index, layout.WithAnnotations(name)); err != nil {
		return fmt.Errorf("write the layout: %w", err)
	}
	return nil
}
