package config

import (
	"errors"
	"io/fs"
	"path/filepath"
)

// PathEnv is the variable that names the configuration file.
const PathEnv = envPrefix + "CONFIG"

// SchemaURL is where the JSON Schema of the file is, for editors.
const SchemaURL = "https://raw.githubusercontent.com/crm-tool/crm-tool/main/docs/config.schema.json"

// systemFile is read when users have no file of their own.
const systemFile = "/etc/crm-tool/config.yaml"

// locate finds the file. A file that was asked for must exist. Otherwise the
// first candidate that exists is taken, or the first to be made.
func (l *loader) locate(flag string, s *Settings) {
	if s.path = flag; s.path == "" {
		s.path = l.env[PathEnv]
	}
	if s.path != "" {
		s.explicit = true
		return
	}
	candidates := []string{systemFile}
	if dir := l.userDir("XDG_CONFIG_HOME", ".config"); dir != "" {
		candidates = []string{filepath.Join(dir, "config.yaml"), systemFile}
	}
	s.path = candidates[0]
	for _, path := range candidates {
		if _, err := l.files.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			s.path = path
			return
		}
	}
}

// userDir returns the folder crm-tool below a base directory of the XDG
// specification, which says to ignore relative ones.
func (l *loader) userDir(variable, fallback string) string {
	if base := l.env[variable]; filepath.IsAbs(base) {
		return filepath.Join(base, "crm-tool")
	}
	if home := l.env["HOME"]; filepath.IsAbs(home) {
		return filepath.Join(home, fallback, "crm-tool")
	}
	return ""
}

func (l *loader) defaults(superuser bool) []entry {
	keys := allKeys()
	entries := make([]entry, len(keys))
	for i, k := range keys {
		text := k.Default
		if k.Name == "state_dir" {
			text = l.stateDir(superuser)
		}
		// A test checks that every default is valid.
		entries[i], _ = newEntry(k, text, Source{Layer: FromDefault})
	}
	return entries
}

func (l *loader) stateDir(superuser bool) string {
	if superuser {
		return "/var/lib/crm-tool"
	}
	if dir := l.userDir("XDG_STATE_HOME", filepath.Join(".local", "state")); dir != "" {
		return dir
	}
	return noStateDir
}
