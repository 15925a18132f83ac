package main

import (
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// newIndex makes one image of each binary, and the index that names them by their
// platform.
func newIndex(license []byte, paths []string) (index v1.ImageIndex, version string, err error) {
	binaries, err := readAll(paths)
	if err != nil {
		return nil, "", err
	}
	index = mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, b := range binaries {
		image, err := newImage(license, b)
		if err != nil {
			return nil, "", fmt.Errorf("make the image for %s: %w", b.platform, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &b.platform}})
	}
	annotated, ok := mutate.Annotations(index, binaries[0].labels()).(v1.ImageIndex)
	if !ok {
		return nil, "", fmt.Errorf("an index with annotations is %T", annotated)
	}
	return annotated, binaries[0].version, nil
}

// newImage makes an image of a binary with one layer.
func newImage(license []byte, b binary) (v1.Image, error) {
	layer, err := newLayer(license, b.content)
	if err != nil {
		return nil, err
	}
	image := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	image = mutate.ConfigMediaType(image, types.OCIConfigJSON)
	image, err = mutate.ConfigFile(image, &v1.ConfigFile{
		OS: b.platform.OS, Architecture: b.platform.Architecture,
		Created: v1.Time{Time: b.committed}, Config: b.config(),
		RootFS: v1.RootFS{Type: "layers"},
	})
	if err != nil {
		return nil, err
	}
	image, err = mutate.Append(image, mutate.Addendum{
		Layer:   layer,
		History: v1.History{Created: v1.Time{Time: b.committed}, CreatedBy: "crm-tool " + b.version},
	})
	if err != nil {
		return nil, err
	}
	annotated, ok := mutate.Annotations(image, b.labels()).(v1.Image)
	if !ok {
		return nil, fmt.Errorf("an image with annotations is %T", annotated)
	}
	return annotated, nil
}

// config says how a container of the image runs. The user is a number, so that
// Kubernetes can tell that it is not root (runAsNonRoot).
func (b binary) config() v1.Config {
	return v1.Config{
		User:       fmt.Sprintf("%d:%d", userID, userID),
		Env:        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		Entrypoint: []string{program},
		WorkingDir: "/",
		Labels:     b.labels(),
	}
}
