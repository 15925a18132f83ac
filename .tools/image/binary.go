package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// binary is a build of crm-tool for one platform.
type binary struct {
	content  []byte
	platform v1.Platform
	// version is that of the tag or, where there is none, the one that Go makes of the commit.
	version string
	// revision is the commit, and committed its time.
	revision  string
	committed time.Time
}

// read reads a binary and what Go's linker says in it.
func read(path string) (binary, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return binary{}, err
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return binary{}, fmt.Errorf("read what built %s: %w", path, err)
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if settings["GOOS"] != "linux" || settings["CGO_ENABLED"] != "0" {
		return binary{}, fmt.Errorf("%s is not a static binary for Linux", path)
	}
	committed, err := time.Parse(time.RFC3339, settings["vcs.time"])
	if err != nil {
		return binary{}, fmt.Errorf("%s does not know its commit; build it with -buildvcs=true: %w", path, err)
	}
	return binary{
		content: content, platform: v1.Platform{OS: "linux", Architecture: settings["GOARCH"]},
		version: strings.TrimPrefix(info.Main.Version, "v"), revision: settings["vcs.revision"], committed: committed.UTC(),
	}, nil
}

// readAll reads binaries of one commit.
func readAll(paths []string) ([]binary, error) {
	binaries := make([]binary, len(paths))
	for i, path := range paths {
		b, err := read(path)
		if err != nil {
			return nil, err
		}
		if first := binaries[0]; i > 0 && (b.version != first.version || b.revision != first.revision) {
			return nil, fmt.Errorf("%s is %s, and %s is %s", path, b.version, paths[0], first.version)
		}
		binaries[i] = b
	}
	return binaries, nil
}

// labels describe the image, as the annotations of OCI name them.
func (b binary) labels() map[string]string {
	const home = "https://github.com/crm-tool/crm-tool"
	labels := map[string]string{
		"title":         "crm-tool",
		"description":   "Reminders, archiving and questionnaires for the opportunities in Odoo's CRM",
		"url":           home,
		"source":        home,
		"documentation": home + "/blob/main/docs/installation.md",
		"licenses":      "Apache-2.0",
		"version":       b.version,
		"revision":      b.revision,
		"created":       b.committed.Format(time.RFC3339),
	}
	out := map[string]string{}
	for name, value := range labels {
		out["org.opencontainers.image."+name] = value
	}
	return out
}
