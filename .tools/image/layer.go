package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

const (
	program = "/usr/bin/crm-tool"
	// userID is the user and group of the image: a number that hosts give to nobody.
	userID = 65532
	// home belongs to the user, and is where a volume for state_dir goes.
	home = "/var/lib/crm-tool"
)

// newLayer makes the file system: the binary, the certificate authorities, and the
// user with their home. Time zones are in the binary.
func newLayer(license, content []byte) (v1.Layer, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, dir := range []string{
		"etc/", "etc/ssl/", "etc/ssl/certs/", "usr/", "usr/bin/", "usr/share/", "usr/share/doc/", "usr/share/doc/crm-tool/",
		"var/", "var/lib/", home[1:] + "/",
	} {
		header := &tar.Header{Typeflag: tar.TypeDir, Name: dir, Mode: 0o755}
		if dir == home[1:]+"/" {
			header.Mode, header.Uid, header.Gid = 0o700, userID, userID
		}
		if err := write(w, header, nil); err != nil {
			return nil, err
		}
	}
	for _, f := range []struct {
		name    string
		mode    int64
		content []byte
	}{
		{"etc/passwd", 0o644, fmt.Appendf(nil, "root:x:0:0:root:/:/sbin/nologin\ncrm-tool:x:%d:%d::%s:/sbin/nologin\n", userID, userID, home)},
		{"etc/group", 0o644, fmt.Appendf(nil, "root:x:0:\ncrm-tool:x:%d:\n", userID)},
		{"etc/ssl/certs/ca-certificates.crt", 0o644, authorities()},
		{"usr/share/doc/crm-tool/LICENSE", 0o644, license},
		{program[1:], 0o755, content},
	} {
		if err := write(w, &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: f.mode, Size: int64(len(f.content))}, f.content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer))
}

// write writes one file. Its time is the same in every image.
func write(w *tar.Writer, header *tar.Header, content []byte) error {
	header.ModTime = time.Unix(0, 0)
	if err := w.WriteHeader(header); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}

// authorities returns Mozilla's certificate authorities, in PEM, as of the version
// in go.mod. A file cannot say that an authority counts only for certificates of
// before some day: those authorities are left out.
func authorities() []byte {
	var b bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}))
		}
	}
	return b.Bytes()
}
