package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// Settings are the values of all layers, with the place of each. Load makes
// them; they do not change.
type Settings struct {
	path string
	// explicit means that somebody asked for this file.
	explicit, exists bool
	// unreadable means that the file may hold a switch that cannot be seen.
	unreadable bool
	// layers are indexed by Layer.
	layers    [FromEnvironment + 1][]entry
	effective map[string]entry
	secrets   map[string]Secret
	// problems and warnings are those of this host.
	problems, warnings             []Problem
	sharedProblems, sharedWarnings []Problem
}

// Path returns the configuration file that was read, or when there is none
// where it would be made, and whether it exists.
func (s *Settings) Path() (path string, exists bool) { return s.path, s.exists }

// Format writes the path alone whatever the verb is, because the layers hold
// secrets.
func (s *Settings) Format(f fmt.State, _ rune) {
	// A formatter has nowhere to report an error to.
	_, _ = fmt.Fprintf(f, "settings of %s", s.path)
}

// Warnings returns what works and should still be mended.
func (s *Settings) Warnings() []Problem {
	return slices.Concat(s.warnings, s.sharedWarnings, s.doubts())
}

// WithShared returns the settings together with those that Odoo holds, by the
// name of the key. What is there and is no shared setting of this version is
// ignored with a warning, because another host may run a newer one.
func (s *Settings) WithShared(shared map[string]string) *Settings {
	next := *s
	next.layers[FromOdoo] = nil
	next.sharedProblems, next.sharedWarnings = nil, nil
	source := Source{Layer: FromOdoo}
	for _, name := range slices.Sorted(maps.Keys(shared)) {
		k, ok := Lookup(name)
		if !ok || !k.Shared {
			next.sharedWarnings = append(next.sharedWarnings, Problem{Key: name, Place: source.String(), Cause: "is not a shared setting and is ignored"})
			continue
		}
		e, err := newEntry(k, shared[name], source)
		if err != nil {
			next.sharedProblems = append(next.sharedProblems, e.problem(err.Error()))
		}
		next.layers[FromOdoo] = append(next.layers[FromOdoo], e)
	}
	next.resolve()
	return &next
}

// resolve lays the layers over each other.
func (s *Settings) resolve() {
	s.effective = map[string]entry{}
	for _, layer := range s.layers {
		for _, e := range layer {
			s.put(e)
		}
	}
	if !s.unreadable {
		return
	}
	for _, k := range Keys() {
		if k.Kind == Switch {
			off := invalidEntry(k, format(false), Source{Layer: FromFile, Name: s.path})
			s.effective[k.Name] = off
		}
	}
}

// put lays one entry over those of lower layers, and over the other entries of
// its own. An empty text says nothing.
func (s *Settings) put(e entry) {
	name := e.key.Name
	if e.valid && e.text == "" && e.source.Layer != FromDefault {
		return
	}
	before := s.effective[name]
	isOff := before.value == false && before.source.Layer != FromDefault
	if e.key.Kind == Switch && isOff && e.value == true {
		return
	}
	s.effective[name] = e
	// A secret also overrides the file with the secret that a lower layer
	// names, and the other way round.
	twin := name + fileSuffix
	if secret, ok := secretOf(e.key); ok {
		twin = secret.Name
	}
	if other, ok := s.effective[twin]; ok && other.source.Layer < e.source.Layer {
		s.effective[twin] = s.fallback(twin)
	}
}

// fallback returns the default of a key.
func (s *Settings) fallback(name string) entry {
	defaults := s.layers[FromDefault]
	return defaults[slices.IndexFunc(defaults, func(e entry) bool { return e.key.Name == name })]
}

// Config returns the effective values and checks that everything is there that
// a command needs. The error is a *ProblemsError with all problems; the Config
// is then good for nothing but to learn that a switch is off.
func (s *Settings) Config(need Need) (Config, error) {
	config, err := s.decode()
	if err != nil {
		return Config{}, err
	}
	return config, s.asError(slices.Concat(s.problems, s.sharedProblems, s.conflicts(config), s.missing(need)))
}

// asError returns nil for no problems.
func (s *Settings) asError(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	e := &ProblemsError{Problems: problems}
	if !s.exists && !s.unreadable {
		e.hint = "there is no configuration file yet: crm-tool init asks for what it needs, tries it, and writes one"
	}
	return e
}

// Connection returns what is needed to read the shared settings. Its error, a
// *ProblemsError, leaves out what is wrong with the other settings, so that
// they can be listed and mended.
func (s *Settings) Connection() (Odoo, error) {
	config, err := s.decode()
	if err != nil {
		return Odoo{}, err
	}
	var problems []Problem
	for _, p := range slices.Concat(s.problems, s.conflicts(config), s.missing(NeedOdoo)) {
		if p.Key == "" || strings.HasPrefix(p.Key, "odoo") {
			problems = append(problems, p)
		}
	}
	return config.Odoo, s.asError(problems)
}

// decode fills the typed configuration; what is invalid has its default. An
// error means that Keys and Config do not match. Viper gets values and not
// texts: it would read 30 as 30 nanoseconds and abc as 0.
func (s *Settings) decode() (Config, error) {
	v := viper.New()
	for _, d := range s.layers[FromDefault] {
		if _, ok := secretOf(d.key); !ok {
			v.Set(d.key.Name, s.value(d))
		}
	}
	var config Config
	complete := func(c *mapstructure.DecoderConfig) { c.ErrorUnset = true }
	if err := v.UnmarshalExact(&config, complete); err != nil {
		return Config{}, fmt.Errorf("decode settings: %w", err)
	}
	return config, nil
}

// value returns the effective value of a key, given its default.
func (s *Settings) value(d entry) any {
	e := s.effective[d.key.Name]
	if secret, ok := s.secrets[d.key.Name]; ok {
		return secret
	}
	if e.value == nil {
		return d.value
	}
	if e.key.Name == "state_dir" && e.text == NoStateDir {
		return ""
	}
	if e.key.Kind == Path {
		return e.path()
	}
	return e.value
}

// secretOf returns the secret that a file named by the key holds.
func secretOf(k Key) (Key, bool) {
	base, ok := strings.CutSuffix(k.Name, fileSuffix)
	if !ok {
		return Key{}, false
	}
	secret, ok := Lookup(base)
	return secret, ok && secret.Kind == Password
}
