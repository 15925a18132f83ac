package config

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

// SecretBeside returns where the configuration file holds the secret that the key
// would name a file for. The two cannot be set together.
func (s *Settings) SecretBeside(file Key) (Value, bool) {
	secret, ok := secretOf(file)
	for _, e := range s.layers[FromFile] {
		if ok && e.key.Name == secret.Name && e.text != "" {
			return Value{Key: secret, Source: e.source, text: NewSecret(e.text)}, true
		}
	}
	return Value{}, false
}
