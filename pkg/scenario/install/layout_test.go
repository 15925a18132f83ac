//go:build odoo && install

package install_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/x509"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// imageFolder is the image as make image writes it: an OCI image layout.
const imageFolder = top + "/bin/image"

// descriptor names a blob (OCI image specification, descriptor).
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Platform    map[string]string `json:"platform"`
	Annotations map[string]string `json:"annotations"`
}

// index is an index or a manifest of the specification.
type index struct {
	Manifests   []descriptor      `json:"manifests"`
	Config      descriptor        `json:"config"`
	Layers      []descriptor      `json:"layers"`
	Annotations map[string]string `json:"annotations"`
}

// imageConfig is how a container of the image runs.
type imageConfig struct {
	Architecture string    `json:"architecture"`
	OS           string    `json:"os"`
	Created      time.Time `json:"created"`
	Config       struct {
		User       string
		Env        []string
		Entrypoint []string
		Cmd        []string
		Labels     map[string]string
	} `json:"config"`
	RootFS struct {
		DiffIDs []string `json:"diff_ids"`
	} `json:"rootfs"`
}

// image is the image for one platform.
type image struct {
	imageConfig
	// layer is the only layer, as a tar archive.
	layer []byte
	// size is how much a host downloads.
	size int64
}

// blob returns what a descriptor names.
func blob(t *testing.T, d descriptor) []byte {
	t.Helper()
	algorithm, sum, _ := strings.Cut(d.Digest, ":")
	content, err := os.ReadFile(filepath.Join(imageFolder, "blobs", algorithm, sum))
	require.NoError(t, err, "run make image")
	assert.Equal(t, d.Digest, digest(content))
	assert.Len(t, content, int(d.Size))
	return content
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func decode[T any](t *testing.T, content []byte) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal(content, &v))
	return v
}

// readImages returns the images by their architecture, and the index of them.
func readImages(t *testing.T) (images map[string]image, of index, name descriptor) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(imageFolder, "index.json"))
	require.NoError(t, err, "run make image")
	layout := decode[index](t, content)
	require.Len(t, layout.Manifests, 1)
	name = layout.Manifests[0]
	assert.Equal(t, "application/vnd.oci.image.index.v1+json", name.MediaType)
	of = decode[index](t, blob(t, name))
	images = map[string]image{}
	for _, d := range of.Manifests {
		manifest := decode[index](t, blob(t, d))
		require.Len(t, manifest.Layers, 1)
		assert.Equal(t, of.Annotations, manifest.Annotations)
		i := image{imageConfig: decode[imageConfig](t, blob(t, manifest.Config)), size: manifest.Config.Size + manifest.Layers[0].Size}
		assert.Equal(t, map[string]string{"os": i.OS, "architecture": i.Architecture}, d.Platform)
		unpacked, err := gzip.NewReader(bytes.NewReader(blob(t, manifest.Layers[0])))
		require.NoError(t, err)
		i.layer, err = io.ReadAll(unpacked)
		require.NoError(t, err)
		assert.Equal(t, []string{digest(i.layer)}, i.RootFS.DiffIDs)
		images[i.Architecture] = i
	}
	return images, of, name
}

// entry is a file of the image.
type entry struct {
	name       string
	mode       int64
	owner      int
	isRegular  bool
	secondsOld int64
}

// files returns the entries in their order, and the content of the files.
func (i image) files(t *testing.T) (entries []entry, contents map[string][]byte) {
	t.Helper()
	contents = map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(i.layer)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return entries, contents
		}
		require.NoError(t, err)
		require.Equal(t, h.Uid, h.Gid, h.Name)
		entries = append(entries, entry{h.Name, h.Mode, h.Uid, h.Typeflag == tar.TypeReg, h.ModTime.Unix()})
		contents[h.Name], err = io.ReadAll(r)
		require.NoError(t, err)
	}
}

func TestTheImageHasTheBinaryAndWhatItNeeds(t *testing.T) {
	images, of, name := readImages(t)
	require.Len(t, images, 2)
	for architecture, i := range images {
		entries, contents := i.files(t)
		const user = 65532
		dir := func(name string) entry { return entry{name: name, mode: 0o755} }
		file := func(name string, mode int64) entry { return entry{name: name, mode: mode, isRegular: true} }
		assert.Equal(t, []entry{
			dir("etc/"), dir("etc/ssl/"), dir("etc/ssl/certs/"), dir("usr/"), dir("usr/bin/"), dir("usr/share/"), dir("usr/share/doc/"),
			dir("usr/share/doc/crm-tool/"), dir("var/"), dir("var/lib/"),
			{name: "var/lib/crm-tool/", mode: 0o700, owner: user},
			file("etc/passwd", 0o644), file("etc/group", 0o644), file("etc/ssl/certs/ca-certificates.crt", 0o644),
			file("usr/share/doc/crm-tool/LICENSE", 0o644), file("usr/bin/crm-tool", 0o755),
		}, entries, architecture)

		assert.Equal(t, "linux", i.OS)
		assert.Equal(t, "65532:65532", i.Config.User)
		assert.Equal(t, []string{"/usr/bin/crm-tool"}, i.Config.Entrypoint)
		assert.Empty(t, i.Config.Cmd, "without arguments the program shows what it can do")
		assert.Equal(t, []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, i.Config.Env)
		assert.Contains(t, string(contents["etc/passwd"]), "\ncrm-tool:x:65532:65532::/var/lib/crm-tool:/sbin/nologin\n")
		assert.Less(t, i.size, int64(15<<20), "what a host downloads")

		assert.True(t, x509.NewCertPool().AppendCertsFromPEM(contents["etc/ssl/certs/ca-certificates.crt"]))
		assert.Greater(t, bytes.Count(contents["etc/ssl/certs/ca-certificates.crt"], []byte("BEGIN CERTIFICATE")), 100)

		built, err := buildinfo.Read(bytes.NewReader(contents["usr/bin/crm-tool"]))
		require.NoError(t, err)
		settings := map[string]string{}
		for _, s := range built.Settings {
			settings[s.Key] = s.Value
		}
		assert.Equal(t, []string{"linux", architecture, "0"}, []string{settings["GOOS"], settings["GOARCH"], settings["CGO_ENABLED"]})
		version := strings.TrimPrefix(built.Main.Version, "v")
		assert.Equal(t, version, name.Annotations["org.opencontainers.image.ref.name"])
		assert.Equal(t, of.Annotations, i.Config.Labels)
		assert.Equal(t, version, i.Config.Labels["org.opencontainers.image.version"])
		assert.Equal(t, settings["vcs.revision"], i.Config.Labels["org.opencontainers.image.revision"])
		assert.Equal(t, settings["vcs.time"], i.Config.Labels["org.opencontainers.image.created"])
		assert.Equal(t, settings["vcs.time"], i.Created.Format(time.RFC3339))
	}
}

// The release's own binaries are in the image, and make the same bytes again.
func TestTheImageIsThatOfTheRelease(t *testing.T) {
	again := filepath.Join(t.TempDir(), "image")
	binaries, err := filepath.Glob(filepath.Join(top, "dist", "crm-tool_linux_*", "crm-tool"))
	require.NoError(t, err)
	require.Len(t, binaries, 2, "run make test-install")
	args := []string{"run", ".", again, "../../LICENSE"}
	for _, path := range binaries {
		path, err := filepath.Abs(path)
		require.NoError(t, err)
		args = append(args, path)
	}
	program := exec.CommandContext(t.Context(), "go", args...)
	program.Dir = filepath.Join(top, ".tools/image")
	out, err := program.CombinedOutput()
	require.NoError(t, err, string(out))
	want, err := os.ReadFile(filepath.Join(imageFolder, "index.json"))
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(again, "index.json"))
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "the digest in it is that of all below")
}

// The command of CONTRIBUTING.md sends the image to a registry, both platforms of it.
func TestTheImageIsPushed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	program := filepath.Join(t.TempDir(), "crane")
	crane := func(args ...string) *exec.Cmd { return exec.CommandContext(t.Context(), program, args...) }
	build := exec.CommandContext(t.Context(), "go", "build", "-modfile=.tools/image/go.mod", "-o", program, "github.com/google/go-containerregistry/cmd/crane")
	build.Dir = top
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	registry := crane("registry", "serve", "--address", address)
	require.NoError(t, registry.Start())
	defer func() {
		require.NoError(t, registry.Process.Kill())
		_ = registry.Wait() // It was killed.
	}()
	require.Eventually(t, func() bool {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		return err == nil && conn.Close() == nil
	}, 20*time.Second, 20*time.Millisecond)

	_, _, name := readImages(t)
	target := address + "/crm-tool:1.0.0"
	out, err = crane("push", imageFolder, target).CombinedOutput()
	require.NoError(t, err, string(out))
	out, err = crane("digest", target).Output()
	require.NoError(t, err)
	assert.Equal(t, name.Digest, strings.TrimSpace(string(out)))
	for _, platform := range []string{"linux/amd64", "linux/arm64"} {
		out, err = crane("validate", "--remote", target, "--platform", platform).CombinedOutput()
		require.NoError(t, err, string(out))
	}
}
