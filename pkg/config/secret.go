package config

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "<redacted>"

// Secret is a text that must not be shown: however Go prints, marshals or logs
// it, it is "<redacted>". Only [Secret.Reveal] returns the text. The zero value is
// the empty secret.
type Secret struct {
	// A pointer, because fmt ignores the methods of a value in an unexported
	// field. It then prints an address instead of the text.
	text *string
}

var (
	_ fmt.Formatter  = Secret{}
	_ slog.LogValuer = Secret{}
)

// NewSecret makes a secret of a text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal returns the text itself.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether the secret is empty, that is, not set.
func (s Secret) IsZero() bool { return s.text == nil }

// String returns "<redacted>".
func (Secret) String() string { return redacted }

// GoString returns "<redacted>".
func (Secret) GoString() string { return redacted }

// Format writes "<redacted>" whatever the verb is.
func (Secret) Format(f fmt.State, _ rune) {
	// A formatter cannot report an error.
	_, _ = io.WriteString(f, redacted)
}

// MarshalText returns "<redacted>"; JSON, XML and YAML encoders use it.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue returns "<redacted>".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
