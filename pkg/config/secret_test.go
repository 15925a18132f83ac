package config_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/config"
)

func TestSecret(t *testing.T) {
	const text = "hunter2"
	secret := config.NewSecret(text)
	type holder struct {
		Public config.Secret
		hidden config.Secret
	}
	inside := holder{Public: secret, hidden: secret}

	t.Run("is revealed on demand", func(t *testing.T) {
		assert.Equal(t, text, secret.Reveal())
		assert.Equal(t, text, inside.hidden.Reveal())
		assert.Empty(t, config.Secret{}.Reveal())
	})
	t.Run("knows whether it is set", func(t *testing.T) {
		assert.False(t, secret.IsZero())
		assert.True(t, config.Secret{}.IsZero())
		assert.True(t, config.NewSecret("").IsZero())
	})
	t.Run("equals one with the same text", func(t *testing.T) {
		assert.Equal(t, config.NewSecret(text), secret)
		assert.NotEqual(t, config.NewSecret("other"), secret)
	})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10.3s"} {
		t.Run("is redacted by the verb "+verb, func(t *testing.T) {
			assert.Equal(t, "<redacted>", fmt.Sprintf(verb, secret))
			for _, around := range []any{&secret, inside, &inside, []config.Secret{secret}, map[string]config.Secret{"a": secret}} {
				printed := fmt.Sprintf(verb, around)
				assert.NotContains(t, printed, text)
				assert.NotContains(t, printed, "68756e74657232")
			}
		})
	}
	t.Run("is an address for %p, which asks no method", func(t *testing.T) {
		assert.Regexp(t, `^%!p\(config.Secret=\{0x[0-9a-f]+\}\)$`, fmt.Sprintf("%p", secret))
	})
	t.Run("is redacted as a text", func(t *testing.T) {
		assert.Equal(t, "<redacted>", secret.String())
		assert.Equal(t, "<redacted>", secret.GoString())
	})
	t.Run("is redacted by encoders", func(t *testing.T) {
		encoded, err := json.Marshal(map[string]any{"password": secret})
		require.NoError(t, err)
		assert.Equal(t, `{"password":"\u003credacted\u003e"}`, string(encoded))
		encoded, err = yaml.Marshal(map[string]any{"password": secret})
		require.NoError(t, err)
		assert.Equal(t, "password: <redacted>\n", string(encoded))
		encoded, err = xml.Marshal(secret)
		require.NoError(t, err)
		assert.Equal(t, "<Secret>&lt;redacted&gt;</Secret>", string(encoded))
	})
	t.Run("is redacted in logs", func(t *testing.T) {
		var log bytes.Buffer
		noTime := func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
		options := &slog.HandlerOptions{ReplaceAttr: noTime}
		slog.New(slog.NewTextHandler(&log, options)).Info("login", "password", secret, "all", inside)
		slog.New(slog.NewJSONHandler(&log, options)).Info("login", "password", secret)
		assert.Contains(t, log.String(), "level=INFO msg=login password=<redacted> all=")
		assert.Contains(t, log.String(), `{"level":"INFO","msg":"login","password":"<redacted>"}`)
		assert.NotContains(t, log.String(), text)
	})
}
