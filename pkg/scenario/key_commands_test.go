package scenario_test

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"time"

	"github.com/stretchr/testify/require"
)

func keyCommands() map[string]func(*script, []string) {
	return map[string]func(*script, []string){
		"key":         useKey,
		"key-names":   showKeyNames,
		"manage-keys": manageKeys,
	}
}

// useKey lets the tool log in with an API key: the one that bot has, or another.
func useKey(s *script, args []string) {
	o := s.options(args, "ends", "name")
	key := ""
	if len(args) == 0 {
		key = s.Key()
	} else {
		key = newKey()
		require.NoError(s, s.AddKey(bot, key))
		end := time.Now().Add(s.duration(o["ends"]))
		require.NoError(s, s.EndKey(key, o["name"], end))
		s.ts.Setenv("ENDS", end.UTC().Format("2006-01-02 15:04 MST"))
	}
	path := s.ts.MkAbs("secrets/key")
	require.NoError(s, os.WriteFile(path, []byte(key+"\n"), 0o600))
	s.ts.Setenv("CRM_TOOL_ODOO_PASSWORD_FILE", path)
}

// newKey returns what Odoo would make.
func newKey() string {
	key := make([]byte, 20)
	_, _ = rand.Read(key) // It never fails.
	return hex.EncodeToString(key)
}

// showKeyNames prints the names of bot's API keys, in the order in which they were made.
func showKeyNames(s *script, args []string) {
	s.arguments(args)
	answer := s.execute(bot, "res.users.apikeys", "search_read", []any{[]any{}}, map[string]any{"fields": []any{"name"}, "order": "id"})
	for _, r := range answer.([]any) {
		fmt.Fprintln(s.ts.Stdout(), record(r.(map[string]any)).text("name"))
	}
}

// manageKeys lets users make API keys by calls who are no administrators.
func manageKeys(s *script, args []string) {
	s.arguments(args)
	s.create("ir.config_parameter", map[string]any{"key": "base.enable_programmatic_api_keys", "value": "True"})
}
