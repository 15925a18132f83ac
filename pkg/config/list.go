package config

import "slices"

// Value is the effective value of one setting.
type Value struct {
	Key    Key
	Source Source
	// text may be a secret, and a Secret stays one when the value is printed.
	text Secret
}

// String returns the canonical text, or an invalid text as it was given. It is
// "<redacted>" for a secret, and empty for a setting that is not set.
func (v Value) String() string { return v.Key.show(v.text.Reveal()) }

// Is reports whether the value has this canonical text, as [ParseValue] returns
// it. Secrets can be compared without showing them.
func (v Value) Is(canonical string) bool { return v.text.Reveal() == canonical }

// List returns every setting with its effective value, in the order of [Keys].
func (s *Settings) List() []Value {
	keys := allKeys()
	values := make([]Value, len(keys))
	for i, k := range keys {
		values[i] = s.valueOf(k)
	}
	return values
}

// Value returns the effective value of one key. The error is a [Problem] that
// says that there is no such key.
func (s *Settings) Value(name string) (Value, error) {
	k, err := find(name)
	if err != nil {
		return Value{}, err
	}
	return s.valueOf(k), nil
}

func (s *Settings) valueOf(k Key) Value {
	e := s.effective[k.Name]
	return Value{Key: k, Source: e.source, text: NewSecret(e.text)}
}

// SecretFile returns the path of the file that the configuration file names for a
// secret, or nothing.
func (s *Settings) SecretFile(secret Key) string {
	for _, e := range s.layers[FromFile] {
		if e.key.Name == secret.Name+fileSuffix && e.text != "" {
			return e.path()
		}
	}
	return ""
}

// SecretBeside returns the other setting for the secret of a key that the configuration
// file has. Two cannot be set together.
func (s *Settings) SecretBeside(k Key) (Value, bool) {
	for _, e := range s.layers[FromFile] {
		if e.key.Name != k.Name && e.text != "" && slices.Contains(formsOf(k), e.key.Name) {
			return Value{Key: e.key, Source: e.source, text: NewSecret(e.text)}, true
		}
	}
	return Value{}, false
}

// Telling returns the setting that tells the value of a key on this host: its own, or for
// a secret perhaps the one that names its file or command.
func (s *Settings) Telling(k Key) Value {
	told := s.valueOf(k)
	for _, form := range formsOf(k) {
		other, _ := Lookup(form)
		if v := s.valueOf(other); v.Source.Layer > told.Source.Layer {
			told = v
		}
	}
	return told
}
