package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"

	"github.com/crm-tool/crm-tool/pkg/config/notation"
)

// Settings holds the values of all layers, each with its place. [Load] makes it;
// it does not change.
type Settings struct {
	path string
	// explicit means that somebody asked for this file.
	explicit, exists bool
	// flaws are problems that may hide what the file says: of a setting, of a
	// section or, without a key, of all.
	flaws []Problem
	// layers are indexed by Layer.
	layers    [FromEnvironment + 1][]entry
	effective map[string]entry
	// secrets are those from files. run runs the command for one.
	secrets map[string]Secret
	run     func(line string) ([]byte, error)
	// problems and warnings are those of this host.
	problems, warnings             []Problem
	sharedProblems, sharedWarnings []Problem
}

// Shared returns the settings that are shared in Odoo over the defaults, without
// those of this host.
func Shared(shared map[string]string) *Settings {
	l := loader{}
	s := &Settings{}
	s.layers[FromDefault] = l.defaults(false)
	return s.WithShared(shared)
}

// Path returns the configuration file, and whether it exists. If it does not, the
// path is where a new one belongs.
func (s *Settings) Path() (path string, exists bool) { return s.path, s.exists }

// Format writes only the path, whatever the verb is, because the layers hold
// secrets.
func (s *Settings) Format(f fmt.State, _ rune) {
	// A formatter cannot report an error.
	_, _ = fmt.Fprintf(f, "settings of %s", s.path)
}

// Warnings returns what works but should be corrected.
func (s *Settings) Warnings() []Problem {
	return slices.Concat(s.warnings, s.sharedWarnings, s.doubts())
}

// WithShared returns the settings together with those from Odoo, by the name of
// the key. A name that is not a shared setting is ignored with a warning, because
// another host may run a newer version.
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
		e, bad := newEntry(k, shared[name], source)
		bad = append(bad, e.senders()...)
		next.sharedProblems = append(next.sharedProblems, bad...)
		next.layers[FromOdoo] = append(next.layers[FromOdoo], e)
	}
	next.resolve()
	return &next
}

// resolve finds the effective values.
func (s *Settings) resolve() {
	s.effective = map[string]entry{}
	for _, layer := range s.layers {
		for _, e := range layer {
			s.put(e)
		}
	}
	if len(s.flaws) == 0 {
		return
	}
	for _, k := range allKeys() {
		if k.Kind == Switch {
			off := invalidEntry(k, notation.Format(false), Source{Layer: FromFile, Name: s.path})
			s.effective[k.Name] = off
		}
	}
}

// put lets an entry replace an earlier one, which is from a lower layer or from
// the same. An empty text replaces nothing.
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
	// A secret also replaces the file or the command that a lower layer names, and the
	// other way round.
	for _, form := range formsOf(e.key) {
		if form != name && s.effective[form].source.Layer < e.source.Layer {
			s.effective[form] = s.fallback(form)
		}
	}
}

// fallback returns the default of a key.
func (s *Settings) fallback(name string) entry {
	defaults := s.layers[FromDefault]
	return defaults[slices.IndexFunc(defaults, func(e entry) bool { return e.key.Name == name })]
}

// Config returns the effective values and checks that a command has everything
// it needs. The error is a [*ProblemsError] with all problems. The Config then
// only tells which switches are off.
func (s *Settings) Config(need Need) (Config, error) {
	config, problems, err := s.decode(need)
	if err != nil {
		return Config{}, err
	}
	return config, s.asError(slices.Concat(s.problems, problems, s.sharedProblems, s.conflicts(config), s.missing(need)))
}

// isHidden reports whether something that could not be read, or a mistyped name,
// is probably about a key. What seems to be missing or in conflict is then a
// consequence.
func (s *Settings) isHidden(name string) bool {
	k, _ := Lookup(name)
	meant := append(formsOf(k), name, k.Env())
	isFlaw := func(flaw Problem) bool {
		return flaw.Key == "" || isWithin(name, flaw.Key) || slices.Contains(meant, flaw.Key)
	}
	for _, form := range formsOf(k) {
		meant = append(meant, Key{Name: form}.Env())
	}
	isMistyped := func(p Problem) bool { return slices.Contains(meant, p.Nearest) }
	return slices.ContainsFunc(s.flaws, isFlaw) || slices.ContainsFunc(s.problems, isMistyped)
}

// IsBlank reports whether there is no file, or it sets no more than a package makes
// it set: where the state of this host is.
func (s *Settings) IsBlank() bool {
	isSet := func(e entry) bool { return e.key.Name != "state_dir" }
	return len(s.flaws)+len(s.problems) == 0 && !slices.ContainsFunc(s.layers[FromFile], isSet)
}

// asError returns nil for no problems.
func (s *Settings) asError(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	e := &ProblemsError{Problems: problems}
	if s.IsBlank() {
		e.hint = "nothing is configured yet: crm-tool init asks for what it needs, tries it, and writes the file"
	}
	return e
}

// Connection returns what is needed to read the shared settings. The error, a
// [*ProblemsError], leaves out the problems of other settings, so that they can
// be listed and corrected.
func (s *Settings) Connection() (Odoo, error) {
	config, failed, err := s.decode(NeedOdoo)
	if err != nil {
		return Odoo{}, err
	}
	var problems []Problem
	for _, p := range slices.Concat(s.problems, failed, s.conflicts(config), s.missing(NeedOdoo)) {
		if p.Key == "" || strings.HasPrefix(p.Key, "odoo") {
			problems = append(problems, p)
		}
	}
	return config.Odoo, s.asError(problems)
}

// Hooks returns the commands before and after a run, also if something is wrong with
// other settings. A command that is not to be trusted is left out.
func (s *Settings) Hooks() Hooks {
	line := func(name string) string {
		if s.isDoubtful(s.effective[name]) {
			return ""
		}
		return s.effective[name].text
	}
	return Hooks{Before: line("hooks.before"), Success: line("hooks.success"), Failure: line("hooks.failure")}
}

// Watch returns what a run needs to tell others how it ended, also if something is
// wrong with other settings: of these, and of what is invalid, it has the defaults. Need
// is [NeedMonitor] or [NeedAlerts]. The error is about a secret that is needed.
func (s *Settings) Watch(need Need) (Config, error) {
	config, problems, err := s.decode(need)
	if err != nil {
		return Config{}, err
	}
	return config, s.asError(problems)
}

// decode fills the typed configuration, with defaults for invalid values, and runs the
// commands for the secrets that are needed. The problems are theirs. An error means that
// [Keys] and [Config] do not match. Viper gets values instead of texts, because it would
// read 30 as 30 nanoseconds and abc as 0.
func (s *Settings) decode(need Need) (Config, []Problem, error) {
	secrets, problems := s.runCommands(need)
	maps.Copy(secrets, s.secrets)
	v := viper.New()
	for _, d := range s.layers[FromDefault] {
		switch secret, isSecret := secretOf(d.key); {
		case !isSecret:
			v.Set(d.key.Name, s.value(d))
		case secret.Name != d.key.Name:
		case secrets[d.key.Name].IsZero():
			v.Set(d.key.Name, s.value(d))
		default:
			v.Set(d.key.Name, secrets[d.key.Name])
		}
	}
	var config Config
	complete := func(c *mapstructure.DecoderConfig) { c.TagName, c.ErrorUnset = "name", true }
	if err := v.UnmarshalExact(&config, complete); err != nil {
		return Config{}, nil, fmt.Errorf("decode settings: %w", err)
	}
	return config, problems, nil
}

// value returns the effective value of a key, given its default.
func (s *Settings) value(d entry) any {
	e := s.effective[d.key.Name]
	if e.value == nil {
		return d.value
	}
	if e.key.Name == "state_dir" && e.text == noStateDir {
		return ""
	}
	if e.key.Kind == Path {
		return e.path()
	}
	return e.value
}
